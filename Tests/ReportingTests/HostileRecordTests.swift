import Reporting
import Testing

/// What a record holds can be read in a report and does nothing there.
@Suite struct HostileRecordTests {
    let page = SampleReports.hostile.page
    let markdown = SampleReports.hostile.markdown

    @Test func `a page has no element but its own`() {
        var names: Set<String> = []
        for part in page.split(separator: "<").dropFirst() {
            names.insert(String(part.prefix { $0.isLetter || $0.isNumber || $0 == "!" || $0 == "/" }))
        }
        let own: Set = [
            "!doctype", "html", "head", "meta", "title", "style", "body", "main", "header", "section", "article", "h1",
            "h2",
            "h3", "p", "ul", "ol", "li", "dl", "dt", "dd", "div", "span", "strong", "a", "bdi", "code", "pre",
            "details",
            "summary", "svg", "rect", "path",
        ]
        #expect(Set(names.map { $0.hasPrefix("/") ? String($0.dropFirst()) : $0 }).subtracting(own) == [])
        #expect(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;"))
    }

    @Test func `a page runs nothing, asks nobody and links to files alone`() {
        #expect(page.contains("default-src &#39;none&#39;; style-src &#39;sha256-"))
        #expect(!page.contains("style=\""))
        #expect(!page.contains("<link"))
        let targets = page.split(separator: " href=\"").dropFirst().map { $0.prefix { $0 != "\"" } }
        #expect(targets.allSatisfy { $0.hasPrefix("#") || $0.hasPrefix("../") || $0.hasPrefix("./") })
        #expect(targets.contains("../../../../out/javascript%3Aalert%281%29"))
    }

    @Test func `nothing turns the text around it`() {
        for text in [page, markdown] {
            #expect(!text.unicodeScalars.contains("\u{202E}"))
            #expect(text.contains("U+202E"))
        }
        #expect(page.contains("<bdi>שלום עולם 123</bdi>"))
    }

    @Test func `control characters do not reach a terminal`() {
        #expect(!markdown.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        #expect(page.contains("␀␛[31mred"))
    }

    @Test func `a text of 200 kB is cut in the middle and says so`() {
        #expect(page.utf8.count < 64 * 1024)
        #expect(page.contains("Prompt, 210.0 kB"))
        #expect(page.contains("[… 202,000 bytes left out …]"))
    }

    @Test func `a code span in Markdown cannot be closed from within`() {
        #expect(
            markdown.contains(
                "````<script>alert('x')</script><img src=x onerror=alert(1)> <U+202E>gnp.exe and ``` | pipes second line````"
            ))
    }
}
