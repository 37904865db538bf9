import Testing

@testable import HTMLText

@Suite struct HTMLTextTests {
    private func page(_ html: String, _ change: (inout HTMLReader) -> Void = { _ in }) throws -> HTMLPage {
        var reader = HTMLReader()
        change(&reader)
        return try reader.read(Array(html.utf8))
    }

    private func text(_ html: String) throws -> String { try page(html).text }

    @Test func `blocks have a blank line between them, and white space is one blank`() throws {
        #expect(
            try text("<h1>Prices</h1>\n<p>From\n  <b>5</b>   euros.</p><div>Call <a href=x>us</a>!</div>")
                == "Prices\n\nFrom 5 euros.\n\nCall us!")
    }

    @Test func `text without any element is text`() throws {
        #expect(try text("just  words &amp; signs") == "just words & signs")
        #expect(try text("") == "")
    }

    @Test func `a line break is a line end, and two are a blank line`() throws {
        #expect(try text("<p>Main St 1<br>Vienna<br/><br>Austria</p>") == "Main St 1\nVienna\n\nAustria")
    }

    @Test func `items of lists have a line and a sign each, and lists in lists stand further in`() throws {
        let html = "<ul><li>one<li>two<ol start=3><li>a</li><li value=9>b</li><li>c</ol></ul><p>after"
        #expect(try text(html) == "- one\n- two\n  3. a\n  9. b\n  10. c\n\nafter")
    }

    @Test func `rows of a table have a line each and their cells stand apart`() throws {
        let html = """
            <table><caption>Plans</caption><thead><tr><th>Name</th><th>Price</th></tr></thead>
            <tbody><tr><td><p>Small</p></td><td>5</td></tr><tr><td></td><td>empty before</td><td></td></tr></table>end
            """
        #expect(try text(html) == "Plans\n\nName | Price\nSmall | 5\n| empty before\n\nend")
    }

    @Test func `an empty cell between two is still a cell`() throws {
        #expect(try text("<table><tr><td>a<td><td>c</table>") == "a |  | c")
    }

    @Test func `preformatted text keeps its lines and blanks`() throws {
        #expect(try text("<p>so:</p><pre>\nif x {\n    y\n}\n\n</pre>end") == "so:\n\nif x {\n    y\n}\n\nend")
    }

    @Test(arguments: [
        "<script>if (a < b) { document.write('<p>no</p>') }</script>",
        "<style>p { color: red }</style>",
        "<template><p>no</p></template>",
        "<p hidden>no <b>no</b></p>",
        "<div style='color: red; Display : none'>no<p>no</p></div>",
        "<span style=\"visibility:hidden !important\">no</span>",
        "<svg><title>no</title><text>no</text></svg>",
        "<select><option>no</select>",
        "<!-- no -->",
        "<dialog>no</dialog>",
        "<noscript>no</noscript>",
        "<iframe>no</iframe>",
    ])
    func `what a browser does not show is left out`(html: String) throws {
        #expect(try text("<body><p>before</p>\(html)<p>after</p>") == "before\n\nafter")
    }

    @Test func `a page says its title, its language and what it is about`() throws {
        let page = try page(
            """
            <!doctype html><html lang="de-AT"><head><meta charset=utf-8>
            <title> Ein
             Titel </title><title>another</title>
            <meta name="Description" content=" About  us "><meta property="og:description" content="other">
            <meta name=author content="Eva Maier"><meta property="article:published_time" content="2026-03-01">
            <meta name=author content="Second"></head><body>Text</body></html>
            """)
        #expect(page.title == "Ein Titel")
        #expect(page.language == "de-AT")
        #expect(page.description == "About us")
        #expect(page.author == "Eva Maier")
        #expect(page.date == "2026-03-01")
        #expect(page["og:description"] == "other")
        #expect(page.text == "Text")
    }

    @Test func `characters are read by name and number, those of HTML 5 too`() throws {
        #expect(
            try text("&lt;b&gt; caf&eacute; &#8364;&#x20AC; &#150; a&nbsp;b &check; &apos;x&apos; &ccaron; soft&shy;ly")
                == "<b> café €€ – a b ✓ 'x' č softly")
    }

    @Test func `an ampersand that begins no name stays`() throws {
        #expect(
            try text("AT&T, R & D, &unknown; &amp;check; &&amp;& fish&chips")
                == "AT&T, R & D, &unknown; &check; &&& fish&chips")
    }

    @Test func `an element that never ends, ends where it must`() throws {
        #expect(try text("<p>one<p>two<div><b>three</div>four</b></span><").hasPrefix("one\n\ntwo\n\nthree\n\nfour"))
    }

    @Test func `headings can be marked by their level`() throws {
        let page = try page("<h1>A</h1><h3>B <i>c</i></h3><p>d") { $0.marksHeadings = true }
        #expect(page.text == "# A\n\n### B c\n\nd")
    }

    @Test func `a document that is too large or too deep is refused by its size`() throws {
        #expect(throws: HTMLTextError.tooLarge(bytes: 11, limit: 10)) { try page("<p>12345678") { $0.byteLimit = 10 } }
        let deep = String(repeating: "<div>", count: 100_000)
        #expect(throws: HTMLTextError.tooDeep(limit: 4_096)) { try page(deep) }
        #expect(try page(String(repeating: "<div>", count: 1_000) + "x").text == "x")
    }

    @Test func `a document that would take too long is given up`() throws {
        let slow = String(repeating: "<b><i>", count: 1_900) + String(repeating: "</u>", count: 2_000_000)
        #expect(throws: HTMLTextError.tooSlow(.zero)) { try page(slow) { $0.timeLimit = .zero } }
    }

    @Test func `a long document is read as if it came in one piece`() throws {
        let line = "<p>Grüße aus Österreich &amp; €</p>"
        let text = try text(String(repeating: line, count: 20_000))
        #expect(text == Array(repeating: "Grüße aus Österreich & €", count: 20_000).joined(separator: "\n\n"))
    }

    @Test func `broken bytes of any kind never stop it`() throws {
        var random = SystemRandomNumberGenerator()
        let seed = UInt64.random(in: 0...UInt64.max, using: &random)
        var state = seed
        func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let parts = [
            "<table>", "<tr>", "</td>", "<td", "<pre>", "</pre>", "<li>", "</ul>", "&", "&#", ";", "<!--", "-->",
            "<svg>", "\0", "<title>", "</title>", "<p hidden>", "x", "<script>", "<![CDATA[", "<?", "\u{80}", "\"", "'",
            "=", " style=",
        ]
        for _ in 0..<500 {
            var bytes: [UInt8] = []
            for _ in 0..<60 {
                bytes += parts[Int(next() % UInt64(parts.count))].utf8
                if next() % 7 == 0 { bytes.append(UInt8(truncatingIfNeeded: next())) }
            }
            #expect(throws: Never.self, "seed \(seed)") { try HTMLReader().read(bytes) }
        }
    }
}

@Suite struct CharsetTests {
    private func text(_ bytes: [UInt8], _ charset: String? = nil) throws -> String {
        try HTMLReader().read(bytes, charset: charset).text
    }

    @Test func `bytes that are no UTF-8 are Windows-1252`() throws {
        #expect(try text(Array("<p>caf".utf8) + [0xE9, 0x20, 0x80, 0x20, 0x93, 0x94]) == "café € “”")
        #expect(try text(Array("<p>café".utf8)) == "café")
    }

    @Test func `a byte order mark is believed first, then the transport, then the document`() throws {
        let russian: [UInt8] = [0xCF, 0xF0, 0xE8]
        let meta = Array("<meta charset=windows-1251><p>".utf8)
        #expect(try text(meta + russian) == "При")
        #expect(try text(meta + russian, "ISO-8859-1") == "Ïðè")
        #expect(try text([0xEF, 0xBB, 0xBF] + meta + Array("При".utf8), "latin1") == "При")
        #expect(try text(meta + russian, "no-such-charset") == "При")
        #expect(try text([0xFF, 0xFE] + Array("<p>Ä".utf16).flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }) == "Ä")
    }

    @Test(arguments: [
        "<!-- <meta charset=koi8-r> --><html><head x='<meta charset=koi8-r>'><META CHARSET = \"Windows-1251\" />",
        "<meta http-equiv=Content-Type content='text/html; charset=windows-1251'>",
        "<?xml version='1.0'?><!doctype html><meta content=\"text/html;charset=cp1251\" http-equiv='content-type'>",
    ])
    func `a document names its encoding in a meta element`(head: String) throws {
        #expect(try text(Array(head.utf8) + Array("<p>".utf8) + [0xCF, 0xF0, 0xE8]) == "При")
    }

    @Test(arguments: [
        ("shift_jis", [0x93, 0xFA, 0x96, 0x7B] as [UInt8], "日本"),
        ("gb2312", [0xD6, 0xD0, 0xB9, 0xFA], "中国"),
        ("iso-8859-15", [0xA4], "€"),
        ("utf-16be", [0x00, 0x41, 0x04, 0x1F], "AП"),
        ("euc-jp", [0xFF, 0x41], "\u{FFFD}A"),
    ])
    func `text in the web's older encodings is read, and what stands for nothing is marked`(
        label: String, bytes: [UInt8], text: String
    ) throws {
        let charset = try #require(Charset(label: label))
        #expect(String(decoding: charset.utf8(bytes[...]), as: UTF8.self) == text)
    }

    @Test func `a content type tells its essence and its charset`() {
        #expect(MediaType.essence(of: "Text/HTML ; charset=utf-8") == "text/html")
        #expect(MediaType.charset(of: "text/html; a=b; Charset=\"utf-8\"") == "utf-8")
        #expect(MediaType.charset(of: "text/html") == nil)
    }
}
