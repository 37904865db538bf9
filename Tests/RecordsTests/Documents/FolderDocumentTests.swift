import Foundation
import Runs
import Schemas
import TestSupport
import Testing
import Values

@testable import Records

@Suite struct FolderDocumentTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func source(_ patterns: String..., meta: [AnswerType.Field]? = nil) throws -> FolderSource {
        try FolderSource(path: scratch.path, name: "docs", patterns: patterns, meta: meta.map { MetaFields($0) })
    }

    private let mail = "From: Ann <ann@example.org>\nTo: b@example.org\nSubject: Crates\n\nForty of them.\n"

    // MARK: E-mail

    @Test func `a folder of nothing but e-mails has their fields, typed`() async throws {
        try scratch.write("a.eml", mail)
        let source = try source("*.eml")
        #expect(
            source.type.description == "path: string, name: string, title: string, text: string, bytes: integer, "
                + "from: string, to: list of string, cc: list of string, subject: string, date: timestamp or null, "
                + "message_id: string or null, attachments: list of {name: string, type: string, bytes: integer}")
        let input = try #require(try ReadOut(source).inputs.first)
        #expect(input["from"] == "Ann <ann@example.org>")
        #expect(input["to"] == .list(["b@example.org"]))
        #expect(input["title"] == "Crates" && input["subject"] == "Crates")
        #expect(input["text"] == "Forty of them.")
        #expect(input["date"] == .null && input["attachments"] == .list([]))
        #expect(input["bytes"] == .int(Int64(mail.utf8.count)))
    }

    @Test func `a folder that may hold e-mails has their fields, null for the others`() throws {
        try scratch.write("a.eml", mail)
        try scratch.write("b.txt", "A text")
        let source = try source("*")
        #expect(source.type["from"] == .nullable(.string) && source.type["to"] == .nullable(.list(.string)))
        #expect(try ReadOut(source).texts("from") == ["Ann <ann@example.org>", nil])
        #expect(try self.source("*.txt").type["from"] == nil)
    }

    @Test func `a mail without a subject is known by its first line`() throws {
        try scratch.write("a.eml", "From: ann@example.org\n\nForty crates\nof it\n")
        #expect(try ReadOut(source("*.eml")).texts("title") == ["Forty crates"])
    }

    // MARK: HTML

    @Test func `a web page is its text, with title and meta`() throws {
        try scratch.write(
            "a.html",
            "<html lang=en><head><title>Our  shop</title><meta name=Description content='What we sell'></head>"
                + "<body><script>var x</script><p>Crates &amp; boxes</p></body></html>")
        let meta: [AnswerType.Field] = [
            .init("description", .nullable(.string(maxLength: nil))), .init("language", .string(maxLength: nil)),
            .init("author", .nullable(.string(maxLength: nil))),
        ]
        let read = try ReadOut(source("*.html", meta: meta))
        #expect(read.texts("text") == ["Crates & boxes"])
        #expect(read.texts("title") == ["Our shop"])
        #expect(read.inputs.first?["meta"] == ["description": "What we sell", "language": "en", "author": .null])
    }

    @Test func `a page that a browser shows nothing of fails by name`() throws {
        try scratch.write("a.html", "<html><body><script>document.write('x')</script></body></html>")
        #expect(try ReadOut(source("*.html")).messages.first?.hasPrefix("'a.html' has no text in it") == true)
    }

    // MARK: Properties

    private let posts: [AnswerType.Field] = [
        .init("title", .nullable(.string(maxLength: nil))), .init("date", .nullable(.date)),
        .init("tags", .nullable(.list(of: .string(maxLength: nil), atMost: nil))),
        .init("words", .nullable(.integer)),
    ]

    @Test func `front matter is read by the types that are declared`() throws {
        try scratch.write("a.md", "---\ntitle: One\ndate: 2024-03-05\ntags: [a, b]\nwords: 12\nother: x\n---\n# Text\n")
        try scratch.write("b.md", "---\ntitle: \"\"\ntags: single\ndate: 2024-03-05T10:00:00Z\n---\nText\n")
        try scratch.write("c.md", "No front matter\n")
        let read = try ReadOut(source("*.md", meta: posts))
        #expect(
            read.inputs.map { $0["meta"] } == [
                ["title": "One", "date": "2024-03-05", "tags": .list(["a", "b"]), "words": .int(12)],
                ["title": .null, "date": "2024-03-05", "tags": .list(["single"]), "words": .null],
                ["title": .null, "date": .null, "tags": .null, "words": .null],
            ])
        #expect(try source("*.md", meta: posts).columns.last == "meta")
        #expect(try source("*.md").type["meta"] == nil)
    }

    @Test func `a property of another type fails that file alone`() throws {
        try scratch.write("a.md", "---\ndate: soon\n---\n")
        try scratch.write("b.md", "---\ntitle: [x]\n---\n")
        try scratch.write("c.md", "---\nwords: {a: b}\n---\n")
        try scratch.write("d.md", "---\ntitle: fine\n---\n")
        let read = try ReadOut(source("*.md", meta: posts))
        #expect(read.ids == ["d.md"])
        #expect(
            read.messages == [
                "'a.md', meta.date: 'soon' is no date; write it like 2026-03-01",
                "'b.md', meta.title: a list stands there; declare it as `{list of: string}`, or so",
                "'c.md', meta.words: a map stands there; declare its keys, as in `{name: string}`",
            ])
        #expect(Set(read.causes) == [.field])
    }

    @Test func `a property that must be there and is not is told`() throws {
        try scratch.write("a.md", "Text\n")
        let read = try ReadOut(source("*.md", meta: [.init("title", .string(maxLength: nil))]))
        #expect(read.messages == ["'a.md', meta.title: the document has none; 'string or null' would allow that"])
    }

    @Test func `broken front matter is a mistake only to those who read it`() throws {
        try scratch.write("a.md", "---\ntitle: [\n---\nText\n")
        #expect(try ReadOut(source("*.md")).ids == ["a.md"])
        #expect(try ReadOut(source("*.md", meta: posts)).causes == [.malformed])
    }

    // MARK: Converters

    @Test func `documents that need a converter are read once they are prepared`() async throws {
        guard has(.pdftotext, .pdfinfo, .pandoc) else { return }
        try scratch.write("a.pdf", smallPDF(["In a PDF"], info: "/Title(The PDF)"))
        try scratch.write("b.docx", smallWord(["In Word"], properties: "<dc:title>The document</dc:title>"))
        try scratch.write("c.txt", "In a text")
        try scratch.write("d.pdf", "none")
        let batch = try #require(try source("*").reader(from: nil).next(limit: 10, bytes: 1 << 20))
        var before: [RecordOrigin] = []
        batch.forEach { before.append($0.origin) }
        let some = await batch.prepared([1])
        #expect(titles(of: some) == [nil, "The document", "In a text", nil])
        let all = await some.prepared()
        #expect(titles(of: all) == ["The PDF", "The document", "In a text", nil])
        var after: [RecordOrigin] = []
        all.forEach { after.append($0.origin) }
        #expect(before == after && all.content == batch.content && all.end == batch.end)
    }

    private func titles(of batch: any RecordBatch) -> [String?] {
        var titles: [String?] = []
        batch.forEach { read in
            if case .record(let record) = read {
                titles.append(record.input["title"]?.string)
            } else {
                titles.append(nil)
            }
        }
        return titles
    }

    @Test func `a batch of documents that need a converter is small, so that the first are soon ready`() throws {
        for number in 10..<60 { try scratch.write("\(number).pdf", "x") }
        let read = try ReadOut(source("*.pdf"))
        #expect(read.batches.map(\.ordinal) == [16, 32, 48, 50])
    }

    @Test func `a run that is stopped leaves no converter at work`() async throws {
        guard has(.pandoc) else { return }
        let long = smallWord(Array(repeating: "Many paragraphs.", count: 30_000))
        for name in ["a.docx", "b.docx", "c.docx", "d.docx"] { try scratch.write(name, long) }
        let batch = try #require(try source("*").reader(from: nil).next(limit: 10, bytes: 1 << 30))
        let task = Task { await batch.prepared() }
        task.cancel()
        var messages: [String] = []
        await task.value.forEach { read in
            if case .unreadable(let record) = read { messages.append(record.failure.message) }
        }
        #expect(messages.count == 4)
        #expect(messages.allSatisfy { $0.hasSuffix(".docx' was not read to its end: the run was stopped") })
    }

    @Test func `a name that looks like an option is a name`() async throws {
        guard has(.pdftotext) else { return }
        try scratch.write("-listenc.pdf", smallPDF(["Harmless"]))
        let batch = try #require(try source("*").reader(from: nil).next(limit: 10, bytes: 1 << 20))
        #expect(titles(of: await batch.prepared()) == ["Harmless"])
    }

    @Test func `what is lacking is told only where a file needs it`() throws {
        try scratch.write("a.txt", "x")
        #expect(try source("*").lacks { _ in false }.isEmpty)
        try scratch.write("b/c.PDF", "x")
        try scratch.write("d.docx", "x")
        #expect(try source("**").lacks { _ in true }.isEmpty)
        #expect(try source("*.txt").lacks { _ in false }.isEmpty)
        let pandoc =
            "there are Word documents in 'docs', and pandoc, which reads them, is not installed; install it with: "
        #expect(try source("*").lacks { _ in false } == [pandoc + Converter.pandoc.installation])
        #expect(
            try source("**").lacks { $0 != .pdftotext } == [
                "there are PDF files in 'docs', and pdftotext, which reads them, is not installed; install it with: "
                    + Converter.pdftotext.installation
            ])
    }

    // MARK: Odd files

    @Test func `what was read as Windows-1252 is told once`() throws {
        for name in ["a.txt", "b.txt"] { try scratch.write(name, [0x4A, 0xFC, 0x72, 0x67, 0x65, 0x6E]) }
        let source = try source("*.txt")
        #expect(try ReadOut(source).texts("text") == ["Jürgen", "Jürgen"])
        _ = try ReadOut(source)
        #expect(
            source.remarks == [
                "2 files are not UTF-8 and read as Windows-1252, such as a.txt, b.txt; save as UTF-8 what reads wrong"
            ])
    }
}

extension ReadRecord {
    fileprivate var origin: RecordOrigin {
        switch self {
        case .record(let record): record.origin
        case .unreadable(let record): record.origin
        }
    }
}

extension ObjectType {
    fileprivate var description: String { fields.map { "\($0.name): \($0.type)" }.joined(separator: ", ") }
}

@Suite struct GlobKindTests {
    @Test(arguments: [
        ("*.eml", ["eml"]), ("**/*.EML", ["eml"]), ("inbox/*.{eml,txt}", ["eml", "txt"]), ("*.[eE]ml", ["eml"]),
        ("README", [""]), (".hidden", [""]), ("a.b.pdf", ["pdf"]), ("x.*.md", ["md"]),
    ])
    func `a pattern's names end in`(pattern: String, endings: [String]) throws {
        #expect(try Glob(pattern).endings == Set(endings))
    }

    @Test(arguments: ["*", "**", "a/**", "*.e?l", "*eml", "*.[ex]ml", "*.[!x]ml", "{*.eml,*}"])
    func `a pattern's names may end in anything`(pattern: String) throws {
        #expect(try Glob(pattern).endings == nil)
    }
}
