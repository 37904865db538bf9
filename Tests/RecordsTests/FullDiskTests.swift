#if os(Linux)
    import Digests
    import Foundation
    import Runs
    import Testing
    import Values

    @testable import Records

    /// A disk of 64 KB, where this user may mount one.
    private final class SmallDisk {
        let path: String

        init?(in scratch: Scratch) throws {
            path = scratch.at("small")
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            guard mount("tmpfs", path, "tmpfs", 0, "size=64k") == 0 else { return nil }
        }

        deinit { umount(path) }
    }

    @Suite struct FullDiskTests {
        @Test func `a disk that fills up is told, and the rows before it go on from their mark`() throws {
            let scratch = try Scratch()
            guard let disk = try SmallDisk(in: scratch) else {
                print("full disk: left out, this user may not mount a small one")
                return
            }
            let path = try #require(OutputPath("a.jsonl"))
            let format = JSONRows.lines([OutputColumn("id", .id)])
            var sink: FileSink? = FileSink(folder: disk.path, path: path, format: format)
            try sink?.open(at: nil)
            let row = Array("{\"id\":\"\(String(repeating: "x", count: 1_000))\"}\n".utf8)
            var marks: [SinkMark] = []
            var problem = ""
            for chunk in 0..<1_000 {
                do throws(SinkError) {
                    try sink?.append(row, count: 1, chunk: chunk)
                    try sink?.sync()
                    if let mark = try sink?.mark() { marks.append(mark) }
                } catch {
                    problem = error.message
                    break
                }
            }
            #expect(problem.contains("no space is left on the disk; make room, then run again to go on"))
            #expect(problem.hasSuffix("; the rows of 'a.jsonl' so far are kept in '\(disk.path)/.a.jsonl.spool'"))
            // The program ends here.
            sink = nil
            let last = try #require(marks.last)
            #expect(last.rows == marks.count && last.rows > 20)

            let again = FileSink(folder: disk.path, path: path, format: format)
            try again.open(at: last)
            let written = try again.finish(complete: true)
            #expect(written.records == last.rows)
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: disk.path + "/a.jsonl"))
                    == Data((0..<last.rows).flatMap { _ in row }))
        }
    }
#endif
