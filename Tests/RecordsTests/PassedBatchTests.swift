import Digests
import Foundation
import Runs
import TestSupport
import Testing
import Values

@testable import Records

/// Batches of a file of rows that a run has read before.
@Suite struct PassedBatchTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func csv(key: String? = nil, block: Int = 64, settling: Int64 = 0) throws -> CSVSource {
        var source = try CSVSource(path: scratch.at("a.csv"), name: "a.csv", key: key)
        source.bounds = RowBounds(block: block, row: 400, settling: settling)
        return source
    }

    /// Short and long rows, blank lines in between, some without end.
    private static func table(_ draws: inout Draws) -> String {
        (0..<Int.random(in: 1...60, using: &draws)).reduce(into: "id,text\n") { text, number in
            if Int.random(in: 0..<5, using: &draws) == 0 {
                text += String(repeating: "\n", count: Int.random(in: 1...150, using: &draws))
            }
            let length = Int.random(in: 0..<10, using: &draws) == 0 ? 600 : 40
            text += "\(number),\"\(String(repeating: "x\n", count: Int.random(in: 0...length / 2, using: &draws)))\"\n"
        }
    }

    private static func known(_ batch: any RecordBatch) -> KnownBatch {
        KnownBatch(count: batch.count, end: batch.end, stamp: batch.stamp)
    }

    @Test(arguments: 0..<40)
    func `whichever of them are passed over, the others are cut as they were`(seed: Int) throws {
        var draws = Draws(seed: UInt64(seed))
        try scratch.write("a.csv", Self.table(&draws))
        let block = Int.random(in: 16...500, using: &draws)
        let (limit, bytes) = (Int.random(in: 1...9, using: &draws), Int.random(in: 1...700, using: &draws))
        let first = try csv(block: block).reader(from: nil)
        var batches: [any RecordBatch] = []
        while let batch = try first.next(limit: limit, bytes: bytes) { batches.append(batch) }

        let again = try csv(block: block).reader(from: nil)
        for batch in batches {
            let known = Self.known(batch)
            if known.stamp != nil, Bool.random(using: &draws) {
                #expect(try again.pass(over: known))
                continue
            }
            let same = try #require(try again.again(known, limit: limit, bytes: bytes))
            #expect(same.first == batch.first && same.count == batch.count)
            #expect(same.end == batch.end && same.content == batch.content, "block \(block), \(limit), \(bytes)")
            var (was, now): ([String], [String]) = ([], [])
            batch.forEach { was.append("\($0)") }
            same.forEach { now.append("\($0)") }
            #expect(was == now)
        }
        #expect(try again.next(limit: limit, bytes: bytes) == nil)
    }

    @Test func `a file that was changed is read again`() throws {
        try scratch.write("a.csv", "id,text\n1,a\n2,b\n3,c\n")
        let batch = try #require(try csv().reader(from: nil).next(limit: 2, bytes: 1 << 20))
        #expect(batch.stamp != nil)
        #expect(try csv().reader(from: nil).pass(over: Self.known(batch)))
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: scratch.at("a.csv")))
        try file.write(contentsOf: Data("id,text\n1,z\n".utf8))
        try file.close()
        let reader = try csv().reader(from: nil)
        #expect(try !reader.pass(over: Self.known(batch)))
        let changed = try #require(try reader.again(Self.known(batch), limit: 2, bytes: 1 << 20))
        #expect(changed.first == 0 && changed.count == 2 && changed.content != batch.content)
    }

    @Test func `nothing is passed over from elsewhere than where it begins`() throws {
        try scratch.write("a.csv", "id,text\n1,a\n2,b\n3,c\n")
        let first = try csv().reader(from: nil)
        _ = try first.next(limit: 1, bytes: 100)
        let second = try #require(try first.next(limit: 1, bytes: 100))
        let reader = try csv().reader(from: nil)
        #expect(try !reader.pass(over: Self.known(second)))
        _ = try reader.next(limit: 1, bytes: 100)
        #expect(try reader.pass(over: Self.known(second)))
        #expect(try reader.next(limit: 1, bytes: 100)?.first == 2)
    }

    @Test func `a file that ends before a batch did gives another`() throws {
        try scratch.write("a.csv", "id,text\n1,a\n2,b\n3,c\n")
        let batch = try #require(try csv().reader(from: nil).next(limit: 3, bytes: 1 << 20))
        try scratch.write("a.csv", "id,text\n1,a\n2,b\n")
        let other = try csv().reader(from: nil).again(Self.known(batch), limit: 3, bytes: 1 << 20)
        #expect(other?.count == 2 && other?.end != batch.end)
    }

    @Test func `nothing is passed over where a change could go unseen, or an id has to be known`() throws {
        try scratch.write("a.csv", "id,text\n1,a\n2,b\n")
        #expect(try csv(settling: FileStamp.settling).reader(from: nil).next(limit: 2, bytes: 100)?.stamp == nil)
        let plain = try #require(try csv().reader(from: nil).next(limit: 1, bytes: 100))
        let keyed = try csv(key: "id").reader(from: nil)
        #expect(try !keyed.pass(over: Self.known(plain)))
        #expect(try keyed.next(limit: 1, bytes: 100)?.stamp == nil)
        let unknown = KnownBatch(count: 1, end: plain.end, stamp: nil)
        #expect(try !csv().reader(from: nil).pass(over: unknown))
        // What is decoded on the way has to be read from its beginning.
        var decoded = try CSVSource(path: scratch.at("a.csv"), name: "a.csv", encoding: .windows1252)
        decoded.bounds.settling = 0
        #expect(try decoded.reader(from: nil).next(limit: 1, bytes: 100)?.stamp == nil)
    }

    @Test func `lines of JSON are passed over, elements of an array are not`() throws {
        try scratch.write("a.jsonl", "{\"n\": 1}\n{\"n\": 2}\n\n{\"n\": 3}\n")
        var lines = try JSONLSource(path: scratch.at("a.jsonl"), name: "a.jsonl")
        lines.file.bounds.settling = 0
        let batch = try #require(try lines.reader(from: nil).next(limit: 2, bytes: 1 << 20))
        let reader = try lines.reader(from: nil)
        #expect(try reader.pass(over: Self.known(batch)))
        var ids: [String] = []
        let rest = try #require(try reader.next(limit: 2, bytes: 1 << 20))
        rest.forEach { if case .record(let record) = $0 { ids.append(record.id) } }
        #expect(ids == ["4"])

        try scratch.write("a.json", "[{\"n\": 1}, {\"n\": 2}]")
        var array = try JSONSource(path: scratch.at("a.json"), name: "a.json")
        array.file.bounds.settling = 0
        #expect(try array.reader(from: nil).next(limit: 1, bytes: 1 << 20)?.stamp == nil)
    }
}
