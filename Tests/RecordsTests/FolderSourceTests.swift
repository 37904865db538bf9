import Digests
import Foundation
import Runs
import Testing
import Values

@testable import Records

@Suite struct FolderSourceTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func source(_ patterns: String...) throws -> FolderSource {
        try FolderSource(path: scratch.path, name: "docs", patterns: patterns)
    }

    // MARK: What is a record

    @Test func `files come in the order of their paths' bytes`() throws {
        let names = ["a/x.txt", "a-b/x.txt", "a.txt", "a0.txt", "B.txt", "\u{E4}.txt", "a/y/z.txt", "a!.txt"]
        for name in names { try scratch.write(name, "x") }
        let ids = try ReadOut(source("**/*.txt"), limit: 3).ids
        #expect(ids == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
    }

    @Test func `a record has path, name, title, text and bytes`() throws {
        try scratch.write("letters/2024/ann.md", "\u{FEFF}# To Ann\n\nDear Ann\n")
        let read = try ReadOut(source("**/*.md"))
        #expect(
            read.inputs == [
                [
                    "path": "letters/2024/ann.md", "name": "ann.md", "title": "To Ann",
                    "text": "# To Ann\n\nDear Ann\n",
                    "bytes": 22,
                ]
            ])
        #expect(read.records.map(\.origin.source) == ["letters/2024/ann.md"])
        #expect(try source("**/*.md").columns == ["path", "name", "title", "text", "bytes"])
    }

    @Test func `UTF-16 with a byte order mark is read as text`() throws {
        for (name, units) in [("le.txt", [0xFF, 0xFE, 0xE9, 0x00]), ("be.txt", [0xFE, 0xFF, 0x00, 0xE9])] {
            try scratch.write(name, units.map(UInt8.init))
        }
        #expect(try ReadOut(source("*.txt")).texts("text") == ["\u{E9}", "\u{E9}"])
    }

    @Test func `names that differ only in Unicode normalisation are two records`() throws {
        try scratch.write("caf\u{E9}.txt", "one")
        try scratch.write("cafe\u{301}.txt", "two")
        let read = try ReadOut(source("*.txt"))
        #expect(read.texts("text") == ["two", "one"])
    }

    @Test func `an empty file is a record`() throws {
        try scratch.write("empty.txt", "")
        let read = try ReadOut(source("*"))
        #expect(read.texts("text") == [""])
        #expect(read.texts("title") == ["empty"])
    }

    // MARK: Files that fail

    @Test func `bytes that are no text fail by file and offset, and the others go on`() throws {
        try scratch.write("a.txt", Array("caf\u{E9} ".utf8) + [0xE9, 0x21])
        try scratch.write("b.txt", "fine")
        try scratch.write("c.txt", [0x50, 0x4B, 0x00, 0x01])
        try scratch.write("d.txt", [0xFF, 0xFE, 0x00, 0xD8, 0x41, 0x00])
        let read = try ReadOut(source("*.txt"))
        #expect(read.ids == ["b.txt"])
        #expect(read.failed.map(\.id) == ["a.txt", "c.txt", "d.txt"])
        #expect(read.causes == [.undecodable, .undecodable, .undecodable])
        #expect(
            read.messages == [
                "'a.txt' is not UTF-8: byte 0xE9 at offset 6; save it as UTF-8",
                "'c.txt' has a zero byte at offset 2, so it is no text; leave it out of `match`",
                "'d.txt' begins like UTF-16, but is not UTF-16 throughout; save it as UTF-8",
            ])
    }

    @Test(arguments: [
        ("a.doc", "a Word document of the old format", "save it as DOCX"),
        ("a.JPG", "a picture", "leave it out of `match`"),
        ("a.pptx", "a presentation", "save it as PDF"), ("a.zip", "an archive", "unpack it first"),
    ])
    func `a document that cannot be read says what can`(name: String, noun: String, mend: String) throws {
        try scratch.write(name, "x")
        let read = try ReadOut(source("*"))
        #expect(read.causes == [.unreadable])
        #expect(read.messages.first?.hasPrefix("'\(name)' is \(noun), which cannot be read as text; \(mend)") == true)
    }

    @Test func `a spreadsheet is to be saved as CSV`() throws {
        try scratch.write("a.xlsx", "x")
        #expect(try ReadOut(source("*")).messages.first?.contains("save it as CSV UTF-8") == true)
    }

    @Test func `links inside the folder are read; links out of it, pipes and links to nowhere fail by name`() throws {
        let outside = try Scratch()
        try outside.write("secret.txt", "secret")
        try scratch.write("real/a.txt", "inside")
        let files = FileManager.default
        try files.createSymbolicLink(atPath: scratch.at("link.txt"), withDestinationPath: "real/a.txt")
        try files.createSymbolicLink(atPath: scratch.at("nowhere.txt"), withDestinationPath: "none.txt")
        try files.createSymbolicLink(atPath: scratch.at("out.txt"), withDestinationPath: outside.at("secret.txt"))
        try files.createSymbolicLink(atPath: scratch.at("folder"), withDestinationPath: outside.path)
        #expect(mkfifo(scratch.at("pipe.txt"), 0o600) == 0)
        let read = try ReadOut(source("**/*.txt"))
        #expect(read.ids == ["link.txt", "real/a.txt"])
        #expect(read.texts("text") == ["inside", "inside"])
        #expect(read.failed.map(\.id) == ["nowhere.txt", "out.txt", "pipe.txt"])
        #expect(
            read.messages == [
                "'nowhere.txt' is a link that leads out of the folder or nowhere; put the file itself there",
                "'out.txt' is a link that leads out of the folder or nowhere; put the file itself there",
                "'pipe.txt' is a pipe or a device, which is not read; leave it out of `match`",
            ])
    }

    @Test func `a file beyond the bound fails by name`() throws {
        try scratch.write("big.txt", String(repeating: "x", count: 2_000_000))
        let read = try ReadOut(
            FolderSource(path: scratch.path, name: "docs", patterns: ["*"], largest: 1 << 20))
        #expect(read.messages == ["'big.txt' is larger than 1 MB; split it, or leave it out of `match`"])
    }

    @Test func `a file that may not be read fails by name`() throws {
        try scratch.write("a.txt", "x")
        let source = try source("*.txt")
        let reader = try source.reader(from: nil)
        try FileManager.default.removeItem(atPath: scratch.at("a.txt"))
        // Taken away after it was found: the reader has listed the folder.
        let batch = try #require(try reader.next(limit: 10, bytes: 100))
        batch.forEach { read in
            guard case .unreadable(let record) = read else {
                Issue.record("read a file that is gone")
                return
            }
            #expect(record.failure.cause == .unreadable)
            #expect(record.failure.message.contains("a.txt': no such file or folder"))
        }
        #expect(batch.count == 1)
    }

    @Test(arguments: [0, 2, 4, 4096])
    func `a file that grows or shrinks while it is read fails`(length: UInt64) throws {
        try scratch.write("log.txt", "123")
        let file = try File.reading(scratch.at("log.txt"))
        let status = try file.status()
        #expect(try FolderFiles.content(of: file, as: status) == Array("123".utf8))
        let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.at("log.txt")))
        try writer.truncate(atOffset: length)
        #expect(throws: FileError.self) { try FolderFiles.content(of: file, as: status) }
    }

    @Test func `a folder that cannot be listed fails by name, and one that is gone is passed over`() throws {
        for name in ["a/x.txt", "gone/x.txt", "taken/x.txt", "z/x.txt"] { try scratch.write(name, name) }
        let reader = try source("**/*.txt").reader(from: nil)
        let files = FileManager.default
        try files.removeItem(atPath: scratch.at("gone"))
        try files.removeItem(atPath: scratch.at("taken"))
        try scratch.write("taken", "no folder any more")
        var ids: [String] = []
        var failures: [Failure] = []
        while let batch = try reader.next(limit: 1, bytes: 100) {
            batch.forEach { read in
                switch read {
                case .record(let record): ids.append(record.id)
                case .unreadable(let record):
                    ids.append(record.id)
                    failures.append(record.failure)
                }
            }
        }
        #expect(ids == ["a/x.txt", "taken", "z/x.txt"])
        #expect(failures.map(\.cause) == [.unreadable])
        #expect(failures.first?.message.contains("taken/': a part of the path is a file") == true)
    }

    // MARK: Folders that fail

    @Test func `a missing folder, a file and an empty folder are told apart`() throws {
        try scratch.write("file.txt", "x")
        try FileManager.default.createDirectory(atPath: scratch.at("empty/sub"), withIntermediateDirectories: true)
        let problems = ["none/here", "file.txt", "empty"].map { name in
            whyNot { () throws(SourceError) in
                _ = try FolderSource(path: scratch.at(name), name: name, patterns: ["*.md", "*.txt"])
            }
        }
        #expect(
            problems == [
                "no folder '\(scratch.at("none/here"))'; the nearest folder that exists is '\(scratch.path)'",
                "'\(scratch.at("file.txt"))' is a file, not a folder; name the folder that it is in",
                "the folder '\(scratch.at("empty"))' has no files in it, so none matches '*.md', '*.txt'",
            ])
    }

    @Test func `when nothing matches, some of what is there is named`() throws {
        for name in ["a.pdf", "b/c.doc", "d.pdf", "e.pdf"] { try scratch.write(name, "x") }
        #expect(
            whyNot { () throws(SourceError) in
                _ = try FolderSource(path: scratch.path, name: "docs", patterns: ["*.md"])
            } == "no file in '\(scratch.path)' matches '*.md'; it has a.pdf, b/c.doc, d.pdf and 1 more")
    }

    // MARK: Batches

    @Test func `a batch ends at its bytes or its count, and a reader goes on behind any`() throws {
        for number in 10..<40 { try scratch.write("f\(number).txt", String(repeating: "x", count: 100)) }
        let source = try source("*.txt")
        #expect(try source.count() == 30)
        #expect(try ReadOut(source, bytes: 250).batches.map(\.ordinal) == [3, 6, 9, 12, 15, 18, 21, 24, 27, 30])
        let rest = try ReadOut(source, from: InputPosition(ordinal: 12, offset: 12, line: 1), limit: 5)
        #expect(rest.ids == (22..<40).map { "f\($0).txt" })
        #expect(rest.batches.map(\.ordinal) == [17, 22, 27, 30])
    }

    private func age(_ names: String...) throws {
        // The time of the content can be set by anybody, that of the last change of all is the system's own.
        for name in names {
            var times = [timespec(tv_sec: 1_700_000_000, tv_nsec: 5), timespec(tv_sec: 1_700_000_000, tv_nsec: 5)]
            #expect(utimensat(AT_FDCWD, scratch.at(name), &times, 0) == 0)
        }
    }

    private func known(_ count: Int, _ stamp: Fingerprint?) -> KnownBatch {
        KnownBatch(count: count, end: InputPosition(ordinal: count, offset: Int64(count), line: 1), stamp: stamp)
    }

    @Test func `files that were written just now have no stamp to be relied on`() throws {
        try scratch.write("a.txt", "one")
        try age("a.txt")
        var source = try source("*")
        // An hour, because this test may be held up for longer than the two seconds that it takes otherwise.
        source.settling *= 1_800
        #expect(try source.reader(from: nil).next(limit: 5, bytes: 100)?.stamp == nil)
        #expect(try !source.reader(from: nil).pass(over: known(1, nil)))
    }

    @Test func `files with the stamp that they had are passed over, and others are not`() throws {
        for name in ["a.txt", "b.txt", "c.txt"] { try scratch.write(name, "one") }
        var source = try source("*.txt")
        source.settling = 0
        let stamp = try #require(try source.reader(from: nil).next(limit: 2, bytes: 100)?.stamp)
        let reader = try source.reader(from: nil)
        #expect(try !reader.pass(over: known(3, stamp)))
        #expect(try !reader.pass(over: known(4, stamp)))
        #expect(try reader.pass(over: known(2, stamp)))
        #expect(try reader.next(limit: 5, bytes: 100)?.first == 2)

        let writer = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.at("b.txt")))
        try writer.write(contentsOf: Data("two".utf8))
        try writer.close()
        try age("b.txt")
        let changed = try source.reader(from: nil)
        #expect(try !changed.pass(over: known(2, stamp)))
        #expect(try changed.countRest() == 3)
    }

    @Test func `a batch's content changes with a file's bytes and with its name`() throws {
        try scratch.write("a.txt", "1")
        let first = try ReadOut(source("*")).content
        try scratch.write("a.txt", "2")
        let changed = try ReadOut(source("*")).content
        try FileManager.default.moveItem(atPath: scratch.at("a.txt"), toPath: scratch.at("b.txt"))
        let renamed = try ReadOut(source("*")).content
        #expect(Set(first + changed + renamed).count == 3)
    }
}

@Suite struct DocumentTitleTests {
    @Test(arguments: [
        ("# One #\ntext", "One"), ("text first\n\n## Two", "Two"), ("A title\n=====\n", "A title"),
        ("plain\n\nmore", "plain"), ("---\ndate: x\ntitle: \"From the matter\"\n---\n# H", "From the matter"),
        ("---\nauthor: x\n---\n\n# H", "H"), ("```\n# code\n```\n# Real", "Real"), ("\n\n", "stem"), ("", "stem"),
        ("#hashtag\n", "#hashtag"), ("---\ntitle: x\n", "x"), ("a\r\n---\r\n", "a"),
    ])
    func `a Markdown file's title`(text: String, title: String) {
        #expect(DocumentTitle.of(text, isMarkdown: true, stem: "stem") == title)
    }

    @Test(arguments: [
        ("\n  \r\n  First line \r\nx", "First line"), ("# not a heading", "# not a heading"), (" \n\t", "stem"),
    ])
    func `a text file's title is its first line`(text: String, title: String) {
        #expect(DocumentTitle.of(text, isMarkdown: false, stem: "stem") == title)
    }

    @Test func `a long first line is cut`() {
        let title = DocumentTitle.of(String(repeating: "\u{E9}", count: 500), isMarkdown: false, stem: "stem")
        #expect(title.unicodeScalars.count == 200)
    }
}

@Suite struct GlobTests {
    private func matches(_ pattern: String, _ path: String) throws -> Bool {
        let globs = GlobSet([try Glob(pattern)])
        var progress = globs.start
        var names = path.split(separator: "/").map { FileName(Array($0.utf8)) }
        let last = names.removeLast()
        for name in names { progress = globs.progress(into: name, from: progress) }
        return globs.matches(file: last, in: progress)
    }

    @Test(arguments: [
        ("*.md", "a.md"), ("**/*.md", "a.md"), ("**/*.md", "x/y/a.md"), ("x/**/a.md", "x/a.md"),
        ("x/**", "x/y/z"), ("**", "a"), ("?.txt", "\u{E9}.txt"), ("[a-c]?.t[!x]t", "b1.tyt"), ("*.{md,txt}", "a.txt"),
        ("{a,b/**}/*.md", "b/c/d.md"), ("{x,y{1,2}}.t", "y2.t"), ("\\*.md", "*.md"), (".*", ".env"),
        (".git/*", ".git/config"), ("*a*b*c", "xxaxbxbc"), ("./a.md", "a.md"), ("[]]", "]"), ("a{,b}", "a"),
        ("**/a/**/b", "x/a/y/a/z/b"),
    ])
    func `a pattern takes`(pattern: String, path: String) throws {
        #expect(try matches(pattern, path))
    }

    @Test(arguments: [
        ("*.md", "x/a.md"), ("*.md", "a.MD"), ("**/*.md", "a.mdx"), ("*", ".env"), ("**", ".git/config"),
        ("**/*.md", ".hidden/a.md"), ("?.txt", "ab.txt"), ("[!a].md", "a.md"), ("x/**/a.md", "y/a.md"),
        ("[!x]*", ".env"), ("caf\u{E9}", "cafe\u{301}"), ("x/*", "x/y/z"), ("?", ".a"),
    ])
    func `a pattern leaves`(pattern: String, path: String) throws {
        #expect(try !matches(pattern, path))
    }

    @Test(arguments: [
        ("", "a pattern cannot be empty; **/*.md takes every md file"),
        ("/etc/*", "'/etc/*' is absolute; patterns are relative to the folder"),
        ("../*.md", "'../*.md' leaves the folder; patterns stay inside it"),
        ("docs/", "'docs/' names a folder; for all that is in it write 'docs/**'"),
        ("a//b", "'a//b' has an empty part; write one slash between two names"),
        ("[abc", "'[abc' has a '[' that is never closed; write \\[ for the character"),
        ("{a,b", "'{a,b' has a '{' that is never closed; write \\{ for the character"),
        ("[z-a]", "'[z-a]' has a range that runs backwards in its brackets"),
    ])
    func `a text that is no pattern says why`(pattern: String, problem: String) {
        #expect(FolderSource.problem(withPattern: pattern) == problem)
    }

    @Test func `braces cannot blow up`() {
        let pattern = String(repeating: "{a,b}", count: 20)
        #expect(FolderSource.problem(withPattern: pattern)?.contains("stands for more than 1000 patterns") == true)
    }

    @Test func `many stars take no longer than their product`() throws {
        #expect(try !matches(String(repeating: "*a", count: 60) + "b", String(repeating: "a", count: 250)))
    }
}
