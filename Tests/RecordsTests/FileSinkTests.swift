import Digests
import Foundation
import Runs
import Testing
import Values

@testable import Records

/// A row of these tests: an ordinal, and whether its record finished with its chunk.
private struct TestRow {
    var ordinal: Int
    var isLate: Bool
}

@Suite struct FileSinkTests {
    let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private static let columns = [
        OutputColumn("id", .id),
        OutputColumn("text", .computed { record throws(Failure) in .string("row \(record.record.ordinal)") }),
    ]

    func sink(_ path: String, gatherLimit: Int = 1 << 20) throws -> FileSink {
        let format: any RowFormat =
            path.hasSuffix("csv")
            ? CSVRows(Self.columns)
            : path.hasSuffix("jsonl") ? JSONRows.lines(Self.columns) : JSONRows.array(Self.columns)
        return FileSink(
            folder: scratch.at("out"), path: try #require(OutputPath(path)), format: format, gatherLimit: gatherLimit)
    }

    @Test func `an output that another run is writing is refused and left alone`() throws {
        let first = try sink("a.csv")
        try first.open(at: nil)
        try first.append(row(0, first), count: 1, chunk: 0)
        let second = try sink("a.csv")
        let refusal = #expect(throws: SinkError.self) { try second.open(at: nil) }
        #expect(refusal?.message.contains("another run is writing '\(scratch.at("out/a.csv"))'") == true)
        let written = try first.finish(.complete)
        #expect(try scratch.text("out/a.csv") == "id,text\nr0,row 0\n")
        #expect(written.bytes == Int64(try scratch.bytes("out/a.csv").count))
        // Once it has ended, the next one may.
        try second.open(at: nil)
        try second.append(row(1, second), count: 1, chunk: 0)
        _ = try second.finish(.complete)
        #expect(try scratch.text("out/a.csv") == "id,text\nr1,row 1\n")
        #expect(try scratch.names(in: "out") == ["a.csv"])
    }

    func row(_ ordinal: Int, _ sink: FileSink) throws -> [UInt8] {
        let origin = RecordOrigin(source: "x", content: Fingerprint(of: "x"))
        let record = Record(ordinal: ordinal, id: "r\(ordinal)", origin: origin, input: nil)
        var bytes: [UInt8] = []
        try sink.format(FinishedRecord(record: record, slots: Slots(count: 0), flags: []), into: &bytes)
        return bytes
    }

    /// Writes chunks as the executor does: rows in order, and the late ones in any order, once their chunk is there.
    private func write(_ chunks: [[TestRow]], from first: Int = 0, to sink: FileSink, shuffle seed: UInt64 = 1) throws {
        var late: [(bytes: [UInt8], ordinal: Int, chunk: Int, offset: Int)] = []
        for (chunk, rows) in chunks.enumerated() where chunk >= first {
            var bytes: [UInt8] = []
            var count = 0
            for row in rows {
                if row.isLate {
                    late.append((try self.row(row.ordinal, sink), row.ordinal, chunk, bytes.count))
                } else {
                    bytes += try self.row(row.ordinal, sink)
                    count += 1
                }
            }
            try sink.append(bytes, count: count, chunk: chunk)
        }
        var generator = Generator(state: seed)
        for row in late.shuffled(using: &generator) {
            try sink.insert(row.bytes, ordinal: row.ordinal, chunk: row.chunk, offset: row.offset)
        }
    }

    private struct Generator: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state ^ (state >> 29)
        }
    }

    /// Chunks of ten; late ones as the test says.
    private func chunks(_ count: Int, isLate: (Int) -> Bool) -> [[TestRow]] {
        stride(from: 0, to: count, by: 10).map { start in
            (start..<min(start + 10, count)).map { TestRow(ordinal: $0, isLate: isLate($0)) }
        }
    }

    private func expected(_ path: String, _ ordinals: some Sequence<Int>) -> String {
        let rows = ordinals.map {
            path.hasSuffix("csv") ? "r\($0),row \($0)" : "{\"id\":\"r\($0)\",\"text\":\"row \($0)\"}"
        }
        if path.hasSuffix("csv") { return (["id,text"] + rows).map { $0 + "\n" }.joined() }
        if path.hasSuffix("jsonl") { return rows.map { $0 + "\n" }.joined() }
        return rows.isEmpty ? "[\n]\n" : "[\n" + rows.joined(separator: ",\n") + "\n]\n"
    }

    static let paths = ["a.csv", "deep/er/a.jsonl", "a.json"]

    // MARK: Order

    @Test(arguments: paths)
    func `rows that come in order become the target by a rename`(path: String) throws {
        let sink = try sink(path)
        try sink.open(at: nil)
        try write(chunks(25) { _ in false }, to: sink)
        let written = try sink.finish(complete: true)
        let text = expected(path, 0..<25)
        #expect(try scratch.text("out/\(path)") == text)
        #expect(
            written
                == WrittenOutput(
                    path: path, records: 25, bytes: Int64(text.utf8.count), sha256: SHA256Digest(of: text)))
        let folder = path.contains("/") ? "out/deep/er" : "out"
        #expect(try scratch.names(in: folder) == [String(path.split(separator: "/").last ?? "")])
    }

    @Test(arguments: paths, [1 << 20, 200, 1])
    func `late rows are woven in where they belong`(path: String, gatherLimit: Int) throws {
        for rule in [{ $0 % 3 == 0 }, { $0 < 12 }, { $0 % 10 == 9 || $0 > 290 }, { _ in true }] as [(Int) -> Bool] {
            let sink = try sink(path, gatherLimit: gatherLimit)
            try sink.open(at: nil)
            try write(chunks(300, isLate: rule), to: sink)
            let written = try sink.finish(complete: true)
            let text = expected(path, 0..<300)
            #expect(try scratch.text("out/\(path)") == text)
            #expect(written.sha256 == SHA256Digest(of: text))
            #expect(written.records == 300)
            #expect(written.bytes == Int64(text.utf8.count))
        }
        let folder = path.contains("/") ? "out/deep/er" : "out"
        #expect(try scratch.names(in: folder).count == 1)
    }

    @Test func `more segments than one merge takes are merged in levels`() throws {
        let late = LateRows(path: scratch.at("late"), gatherLimit: 1)
        let count = LateRows.fanIn * LateRows.fanIn + 100
        var ordinals = Array(0..<count)
        var generator = Generator(state: 3)
        ordinals.shuffle(using: &generator)
        for ordinal in ordinals {
            try late.add(Array("\(ordinal)".utf8), at: .init(ordinal: ordinal, chunk: ordinal / 7, offset: ordinal % 7))
        }
        var seen: [Int] = []
        try late.forEach { place, row in
            if String(decoding: row, as: UTF8.self) == "\(place.ordinal)", place.offset == place.ordinal % 7 {
                seen.append(place.ordinal)
            }
        }
        #expect(seen == Array(0..<count))
    }

    @Test(arguments: paths)
    func `an output without rows is a valid file`(path: String) throws {
        let sink = try sink(path)
        try sink.open(at: nil)
        let written = try sink.finish(complete: true)
        #expect(try scratch.text("out/\(path)") == expected(path, []))
        #expect(written.records == 0)
    }

    @Test(arguments: paths)
    func `chunks without rows leave no trace`(path: String) throws {
        let sink = try sink(path)
        try sink.open(at: nil)
        try sink.append([], count: 0, chunk: 0)
        try sink.append(try row(1, sink), count: 1, chunk: 1)
        try sink.append([], count: 0, chunk: 2)
        try sink.insert(try row(0, sink), ordinal: 0, chunk: 0, offset: 0)
        try sink.insert(try row(2, sink), ordinal: 2, chunk: 2, offset: 0)
        _ = try sink.finish(complete: true)
        #expect(try scratch.text("out/\(path)") == expected(path, 0..<3))
    }

    // MARK: Stopping, waiting, going on

    @Test(arguments: paths)
    func `a stopped run leaves the earlier file and a valid partial one`(path: String) throws {
        try scratch.write("out/\(path)", "earlier")
        let sink = try sink(path)
        try sink.open(at: nil)
        try write(chunks(25) { $0 % 4 == 1 }, to: sink)
        let written = try sink.finish(complete: false)
        let dot = try #require(path.lastIndex(of: "."))
        let partial = path[..<dot] + ".partial" + path[dot...]
        #expect(written.path == partial)
        #expect(try scratch.text("out/\(path)") == "earlier")
        #expect(try scratch.text("out/\(partial)") == expected(path, 0..<25))
    }

    @Test(arguments: paths)
    func `a stopped run goes on behind its mark, and a complete one takes the partial file away`(path: String) throws {
        let all = chunks(100) { $0 % 9 == 2 }
        let first = try sink(path)
        try first.open(at: nil)
        try write(Array(all[..<4]), to: first)
        try first.sync()
        let mark = try first.mark()
        #expect(mark.chunks == 4 && mark.rows == 35)
        // What came after the mark is cut off again.
        try first.append(try row(77, first), count: 1, chunk: 4)
        _ = try first.finish(complete: false)

        let second = try sink(path)
        try second.open(at: mark)
        try write(all, from: 4, to: second)
        // The late rows of the first part come again from the journal.
        for (chunk, rows) in all[..<4].enumerated() {
            var offset = 0
            for row in rows {
                let bytes = try self.row(row.ordinal, second)
                if row.isLate {
                    try second.insert(bytes, ordinal: row.ordinal, chunk: chunk, offset: offset)
                } else {
                    offset += bytes.count
                }
            }
        }
        let written = try second.finish(complete: true)
        let text = expected(path, 0..<100)
        #expect(try scratch.text("out/\(path)") == text)
        #expect(written.sha256 == SHA256Digest(of: text))
        #expect(try !scratch.names(in: "out").contains { $0.contains("partial") || $0.hasPrefix(".") })
    }

    /// The mark of a sink that had one row and is gone without an ending, as after a crash.
    private func markOfDead(_ path: String) throws -> SinkMark {
        let sink = try sink(path)
        try sink.open(at: nil)
        try sink.append(try row(0, sink), count: 1, chunk: 0)
        try sink.sync()
        return try sink.mark()
    }

    @Test(arguments: paths)
    func `a mark without late rows still ends in a rename with the right hash`(path: String) throws {
        let mark = try markOfDead(path)
        let second = try sink(path)
        try second.open(at: mark)
        try second.append(try row(1, second), count: 1, chunk: 1)
        let written = try second.finish(complete: true)
        #expect(try scratch.text("out/\(path)") == expected(path, 0..<2))
        #expect(written.sha256 == SHA256Digest(of: expected(path, 0..<2)))
        #expect(written.records == 2)
    }

    @Test(arguments: paths)
    func `the hash of kept rows goes on from the mark, and of a mark without it is made anew`(path: String) throws {
        for isKept in [true, false] {
            var mark = try markOfDead(path)
            var kept = SHA256Stream()
            kept.add(try scratch.bytes("out/\(path.replacingOccurrences(of: "a.", with: ".a.")).spool"))
            #expect(mark.hashing == kept.state)
            if !isKept { mark.hashing = nil }
            let second = try sink(path)
            try second.open(at: mark)
            #expect(try second.mark().hashing == mark.hashing)
            try second.append(try row(1, second), count: 1, chunk: 1)
            #expect(try second.finish(complete: true).sha256 == SHA256Digest(of: expected(path, 0..<2)))
        }
    }

    @Test func `rows that are woven later have no hash in their mark`() throws {
        let sink = try sink("a.csv")
        try sink.open(at: nil)
        try sink.append(try row(0, sink), count: 1, chunk: 0)
        try sink.insert(try row(1, sink), ordinal: 1, chunk: 0, offset: 0)
        try sink.append(try row(2, sink), count: 1, chunk: 1)
        #expect(try sink.mark().hashing == nil)
    }

    @Test(arguments: paths)
    func `while records wait the target is replaced and the rows are kept`(path: String) throws {
        let sink = try sink(path)
        try sink.open(at: nil)
        try write(chunks(30) { $0 % 10 == 4 }.map { $0.filter { $0.ordinal != 17 } }, to: sink)
        try sink.sync()
        let mark = try sink.mark()
        let waiting = try sink.finish(.waiting)
        #expect(waiting.records == 29)
        #expect(try scratch.text("out/\(path)") == expected(path, (0..<30).filter { $0 != 17 }))
        let next = try self.sink(path)
        try next.open(at: mark)
        for ordinal in [4, 14, 17, 24] {
            let before = ordinal == 17 ? (10..<17).filter { $0 != 14 } : Array(ordinal / 10 * 10..<ordinal)
            let offset = try before.map { try row($0, next).count }.reduce(0, +)
            try next.insert(try row(ordinal, next), ordinal: ordinal, chunk: ordinal / 10, offset: offset)
        }
        _ = try next.finish(.complete)
        #expect(try scratch.text("out/\(path)") == expected(path, 0..<30))
    }

    @Test func `a spool that is not the one of the mark is refused`() throws {
        let mark = try markOfDead("a.csv")
        try scratch.write("out/.a.csv.spool", "id,text\nr0,ROW 0\n")
        let problem = whyNotOpen(try self.sink("a.csv"), at: mark)
        #expect(problem == "the rows kept for 'a.csv' are not those that this run wrote; start anew with --fresh")
    }

    @Test func `places that are not those of the mark are refused, and of an older mark taken as they are`() throws {
        let sink = try sink("a.csv")
        try sink.open(at: nil)
        for chunk in 0..<3 { try sink.append(try row(chunk, sink), count: 1, chunk: chunk) }
        try sink.sync()
        var mark = try sink.mark()
        _ = try sink.finish(.stopped)
        var places = try scratch.bytes("out/.a.csv.places")
        places[8] ^= 1
        try scratch.write("out/.a.csv.places", places)
        let problem = whyNotOpen(try self.sink("a.csv"), at: mark)
        #expect(problem == "the places kept for 'a.csv' are not those that this run wrote; start anew with --fresh")
        mark.places = nil
        #expect(whyNotOpen(try self.sink("a.csv"), at: mark) == "")
    }

    @Test func `nothing is left open to children`() throws {
        let sink = try sink("a.csv", gatherLimit: 1)
        try sink.open(at: nil)
        try sink.append(try row(0, sink), count: 1, chunk: 0)
        try sink.insert(try row(1, sink), ordinal: 1, chunk: 0, offset: 0)
        var inherited: [Int32] = []
        var own = 0
        for descriptor in Int32(3)..<1_024 {
            let flags = fcntl(descriptor, F_GETFD)
            guard flags >= 0, let path = Self.path(of: descriptor), path.hasPrefix(scratch.path) else { continue }
            own += 1
            if flags & FD_CLOEXEC == 0 { inherited.append(descriptor) }
        }
        #expect(own == 3)
        #expect(inherited.isEmpty)
    }

    private static func path(of descriptor: Int32) -> String? {
        #if os(Linux)
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\(descriptor)")
        #else
            var buffer = [CChar](repeating: 0, count: 1_025)
            guard fcntl(descriptor, F_GETPATH, &buffer) == 0 else { return nil }
            return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #endif
    }

    /// Empty where it opens.
    func whyNotOpen(_ sink: FileSink, at mark: SinkMark? = nil) -> String {
        do throws(SinkError) {
            try sink.open(at: mark)
            return ""
        } catch {
            return error.message
        }
    }
}
