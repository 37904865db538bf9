import Foundation
import Runs
import TestSupport
import Testing
import Values
import ZipSamples

@testable import Records

/// Whether the programs are here that a test needs; it is skipped with a message where they are not.
func has(_ converters: Converter..., for what: String = #function) -> Bool {
    for converter in converters where !converter.isInstalled {
        print("\(what): skipped, \(converter.program) is not here (\(converter.installation))")
        return false
    }
    return true
}

/// Why something is no document; empty where it is one.
private func failure(_ body: () async throws(Failure) -> Document) async -> Failure? {
    do throws(Failure) {
        _ = try await body()
        return nil
    } catch {
        return error
    }
}

extension Document {
    fileprivate func property(_ name: String) -> String? {
        guard case .text(let text)? = properties.first(where: { $0.name == name })?.value else { return nil }
        return text
    }
}

@Suite struct PDFDocumentTests {
    private func read(_ bytes: [UInt8], _ bounds: ConverterBounds = ConverterBounds()) async throws(Failure) -> Document
    { try await PDFDocument.read(bytes, name: "a.pdf", bounds: bounds) }

    @Test func `pages are text, and properties are read`() async throws {
        guard has(.pdftotext, .pdfinfo) else { return }
        let info =
            "/Title(A report on \\(old\\) crates)/Author(Ann)/Keywords(a, b)/CreationDate(D:20240305093000+01'00')"
        let document = try await read(smallPDF(["The first page", "The second page"], info: info))
        #expect(document.text == "The first page\n\nThe second page\n\n")
        #expect(document.title == "A report on (old) crates")
        #expect(document.property("author") == "Ann")
        #expect(document.property("keywords") == "a, b")
        #expect(document.property("pages") == "2")
        let created = try #require(document.property("created"))
        #expect(Timestamp(rfc3339: created) == Timestamp(seconds: 1_709_627_400))
    }

    @Test func `a scan has no text, and says so`() async {
        guard has(.pdftotext) else { return }
        let failure = await failure { () throws(Failure) in try await read(smallPDF([nil, nil])) }
        #expect(failure?.cause == .unreadable)
        #expect(failure?.message.hasPrefix("'a.pdf' has no text in it: its pages are pictures") == true)
    }

    @Test func `a password is told`() async throws {
        guard has(.pdftotext) else { return }
        let bytes = try #require(Data(base64Encoded: lockedPDF, options: .ignoreUnknownCharacters))
        let failure = await failure { () throws(Failure) in try await read(Array(bytes)) }
        #expect(failure?.message.contains("is protected with a password") == true)
    }

    @Test(arguments: ["", "no PDF at all", "%PDF-1.4\ntrailer<</Root 9 0 R>>"])
    func `what is no PDF is told`(text: String) async {
        guard has(.pdftotext) else { return }
        let failure = await failure { () throws(Failure) in try await read(Array(text.utf8)) }
        #expect(failure?.cause == .unreadable)
        #expect(failure?.message.hasPrefix("'a.pdf' is broken, or no PDF (") == true)
    }

    @Test func `no damage to a PDF is anything but a failure of its own`() async {
        guard has(.pdftotext) else { return }
        let whole = smallPDF(["One", "Two"], info: "/Title(x)")
        for cut in stride(from: 20, to: whole.count, by: whole.count / 6) {
            let failure = await failure { () throws(Failure) in try await read(Array(whole[..<cut])) }
            #expect(failure == nil || failure?.cause == .unreadable)
        }
    }

    @Test func `more text than there may be is told`() async {
        guard has(.pdftotext) else { return }
        var bounds = ConverterBounds()
        bounds.output = 5
        let failure = await failure { () throws(Failure) in try await read(smallPDF(["Many words"]), bounds) }
        #expect(failure?.message.contains("MB of text; split it") == true)
    }

    @Test func `a file that takes too long is ended`() async {
        guard has(.pdftotext) else { return }
        var bounds = ConverterBounds()
        bounds.time = .zero
        let failure = await failure { () throws(Failure) in try await read(smallPDF(["x"]), bounds) }
        #expect(failure?.cause == .timeout)
        #expect(failure?.message == "'a.pdf' took pdftotext more than 0 s; split it, or leave it out")
    }
}

@Suite struct WordDocumentTests {
    private func read(_ bytes: [UInt8], _ bounds: ConverterBounds = ConverterBounds()) async throws(Failure) -> Document
    { try await WordDocument.read(bytes, name: "a.docx", bounds: bounds) }

    @Test func `paragraphs are text, and properties are read`() async throws {
        guard has(.pandoc) else { return }
        let document = try await read(
            smallWord(
                ["A first paragraph.", "A second &amp; last."],
                properties: "<dc:title>Crates &amp; boxes &#8211; a list</dc:title><dc:creator>Ann</dc:creator>"
                    + "<cp:lastModifiedBy/><dcterms:created xsi:type='dcterms:W3CDTF'>2024-03-05T08:30:00Z</dcterms:created>"
            ))
        #expect(document.text == "A first paragraph.\n\nA second & last.\n")
        #expect(document.title == "Crates & boxes \u{2013} a list")
        #expect(document.property("author") == "Ann")
        #expect(document.property("created") == "2024-03-05T08:30:00Z")
        #expect(document.property("last_modified_by") == nil)
    }

    @Test func `a document without text says so`() async {
        guard has(.pandoc) else { return }
        let failure = await failure { () throws(Failure) in try await read(smallWord([])) }
        #expect(failure?.message.hasPrefix("'a.docx' has no text that can be read") == true)
    }

    @Test func `a password, or an old document under a new name, is told`() async {
        let failure = await failure { () throws(Failure) in try await read([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1]) }
        #expect(failure?.message.hasPrefix("'a.docx' is protected with a password, or is of Word's old format") == true)
    }

    @Test func `what is no Word document is told`() async {
        for bytes in [[], Array("text".utf8), smallZip([("other.xml", "<x/>")])] {
            let failure = await failure { () throws(Failure) in try await read(bytes) }
            #expect(failure?.message.hasPrefix("'a.docx' is broken, or no Word document (it has no pages)") == true)
        }
        guard has(.pandoc) else { return }
        let failure = await failure { () throws(Failure) in try await read(smallZip([("word/document.xml", "<x")])) }
        #expect(failure?.message.hasPrefix("'a.docx' is broken, or no Word document (") == true)
    }

    @Test func `what unpacks to more than there may be does not come to a converter`() async {
        let bomb = smallZip([("word/document.xml", "x")], size: 3 << 30)
        let failure = await failure { () throws(Failure) in try await read(bomb) }
        #expect(failure?.message.hasPrefix("'a.docx' unpacks to 3072 MB, more than the 512 MB that are read") == true)
    }

    @Test func `what unpacks to more than it says does not come to a converter`() async throws {
        let failure = await failure { () throws(Failure) in
            try await read(packedZip("word/document.xml", of: 1 << 20, says: 1_000))
        }
        #expect(failure?.message.hasPrefix("'a.docx' unpacks to more than it says") == true)
    }

    @Test func `a document that takes its converter too long is ended`() async {
        guard has(.pandoc) else { return }
        var bounds = ConverterBounds()
        bounds.time = .milliseconds(500)
        let long = smallWord(Array(repeating: "Many paragraphs.", count: 30_000))
        let failure = await failure { () throws(Failure) in try await read(long, bounds) }
        #expect(failure?.cause == .timeout)
    }

    @Test func `properties that are no XML are none`() {
        for text in ["", "<", "<dc:title", "<dc:title>", "&&&<dc:title>&#xFFFFFFFF;&nope;</dc:title>"] {
            let read = CoreProperties.read(Array(text.utf8))
            #expect(read.isEmpty || read == [.init("title", .text("&#xFFFFFFFF;&nope;"))])
        }
    }
}

@Suite struct PlainTextTests {
    @Test func `what is not UTF-8 is read as Windows-1252 where nothing speaks against it`() throws {
        let plain = try PlainText(Array("5 ".utf8) + [0x80, 0x20, 0x96, 0x20, 0xFC], name: "a.txt")
        #expect(plain.text == "5 € \u{2013} ü")
        #expect(plain.isWindows1252)
    }

    @Test(arguments: [
        (Array("Gr\u{FC}\u{DF}e ".utf8) + [0xFC], "'a.txt' is not UTF-8: byte 0xFC at offset 8; save it as UTF-8"),
        ([0x61, 0xE9, 0x81], "'a.txt' is not UTF-8: byte 0xE9 at offset 1; save it as UTF-8"),
        ([0x61, 0xE9, 0x02], "'a.txt' is not UTF-8: byte 0xE9 at offset 1; save it as UTF-8"),
        ([0xEF, 0xBB, 0xBF, 0xE9], "'a.txt' is not UTF-8: byte 0xE9 at offset 3; save it as UTF-8"),
    ])
    func `damaged UTF-8 and what is no text fail`(bytes: [UInt8], message: String) {
        #expect(throws: Failure(.undecodable, message)) { try PlainText(bytes, name: "a.txt") }
    }
}

@Suite struct FrontMatterTests {
    private func read(_ text: String) throws -> [Property.Entry] { try FrontMatter.read(text, name: "a.md") }

    @Test func `it is what stands between the marks`() throws {
        #expect(
            try read("---\r\ntitle: \"12\"\r\ntags: [a, b]\r\nby: {name: Ann}\r\ndraft:\r\n---\r\nText\r\n") == [
                .init("title", .text("12")), .init("tags", .list([.text("a"), .text("b")])),
                .init("by", .map([.init("name", .text("Ann"))])), .init("draft", .nothing),
            ])
        #expect(try read("---\ntitle: x\n...\n") == [.init("title", .text("x"))])
    }

    @Test(arguments: [
        "", "Text", "---", "---\ntitle: never closed", "----\na: b\n---\n", " ---\na: b\n---\n", "---\n---\n",
    ])
    func `a text without any has none`(text: String) throws {
        #expect(try read(text).isEmpty)
    }

    @Test(arguments: [
        ("---\ntitle: \"open\n---\n", "the front matter of 'a.md' cannot be read on line 2: "),
        ("---\nok: 1\nok: 2\n---\n", "the front matter of 'a.md' cannot be read on line 3: "),
        ("---\njust words\n---\n", "the front matter of 'a.md' cannot be read on line 2: it has no keys"),
    ])
    func `what is no YAML is told with its line`(text: String, message: String) {
        #expect { try read(text) } throws: { error in
            (error as? Failure)?.message.hasPrefix(message) == true && (error as? Failure)?.cause == .malformed
        }
    }
}
