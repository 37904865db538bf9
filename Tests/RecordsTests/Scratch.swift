import Digests
import Foundation
import Runs
import Values

@testable import Records

/// A folder of a test's own, gone when the test is over.
final class Scratch: Sendable {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("records-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit {
        do {
            try FileManager.default.removeItem(atPath: path)
        } catch {
            print("could not remove \(path): \(error)")
        }
    }

    func at(_ name: String) -> String { "\(path)/\(name)" }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) throws -> String {
        let file = at(name)
        let folder = URL(fileURLWithPath: file).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try Data(bytes).write(to: URL(fileURLWithPath: file))
        return file
    }

    @discardableResult
    func write(_ name: String, _ text: String) throws -> String { try write(name, Array(text.utf8)) }

    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: at(name)))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// Every name in the folder, hidden ones too, sorted.
    func names(in folder: String = "") throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.isEmpty ? path : at(folder)).sorted()
    }
}

/// Everything a source gives, in order.
struct ReadOut {
    var records: [Record] = []
    var failed: [UnreadableRecord] = []
    var batches: [InputPosition] = []
    /// Of each batch's bytes.
    var content: [String] = []

    init(_ source: some RecordSource, from position: InputPosition? = nil, limit: Int = 1_000, bytes: Int = 1 << 20)
        throws
    {
        let reader = try source.reader(from: position)
        var next = position?.ordinal ?? 0
        while let batch = try reader.next(limit: limit, bytes: bytes) {
            guard batch.first == next, batch.count > 0, batch.end.ordinal == next + batch.count else {
                throw Mismatch("a batch of \(batch.count) from \(batch.first) to \(batch.end), expected at \(next)")
            }
            batch.forEach { read in
                switch read {
                case .record(let record): records.append(record)
                case .unreadable(let record): failed.append(record)
                }
            }
            next += batch.count
            guard records.count + failed.count == next - (position?.ordinal ?? 0) else {
                throw Mismatch("a batch announced \(batch.count) records and gave others")
            }
            batches.append(batch.end)
            content.append(batch.content.hex)
        }
    }

    struct Mismatch: Error, CustomStringConvertible {
        var description: String

        init(_ description: String) { self.description = description }
    }

    var ids: [String] { records.map(\.id) }
    var inputs: [Value] { records.map(\.input) }
    var messages: [String] { failed.map(\.failure.message) }
    var causes: [Cause] { failed.map(\.failure.cause) }

    /// One field of every record.
    func texts(_ field: String) -> [String?] { records.map { $0.input[field]?.string } }
}

/// The error that opening a source ends in; empty when it opens.
func whyNot(_ open: () throws(SourceError) -> Void) -> String {
    do throws(SourceError) {
        try open()
        return ""
    } catch {
        return error.message
    }
}
