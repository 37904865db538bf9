internal import Digests
internal import Journaling
internal import Runs

/// How an input differs from the one that a run began with, by the ids and contents of its records.
struct InputChanges {
    private(set) var new = 0
    private(set) var changed = 0
    private(set) var vanished = 0
    /// Some of the ids, as far as they are known by name.
    private var names: [String: [String]] = [:]

    /// Decodes the whole input, and holds 32 bytes for each record of the run.
    init(from journal: any JournalReading, to source: any RecordSource) throws {
        var before: [Fingerprint: Fingerprint] = [:]
        try journal.forEachChunk { chunk in
            for member in chunk.members { before[member.id] = member.content }
        }
        let reader = try source.reader(from: nil)
        while let batch = try reader.next(limit: 4096, bytes: 1 << 20) {
            batch.forEach { read in
                let (id, content) =
                    switch read {
                    case .record(let record): (record.id, record.origin.content)
                    case .unreadable(let record): (record.id, record.origin.content)
                    }
                switch before.removeValue(forKey: Fingerprint(of: id)) {
                case nil:
                    new += 1
                    remember("new", id)
                case content: break
                default:
                    changed += 1
                    remember("changed", id)
                }
            }
        }
        vanished = before.count
        try journal.forEachEnding { ending in
            if before[Fingerprint(of: ending.record.id)] != nil { remember("vanished", ending.record.id) }
        }
    }

    private mutating func remember(_ kind: String, _ id: String) {
        if names[kind, default: []].count < 3 { names[kind, default: []].append(id) }
    }

    /// A line for each way in which records differ.
    var lines: [String] {
        [("new", new), ("changed", changed), ("vanished", vanished)].filter { $0.1 > 0 }.map { kind, count in
            let some = names[kind].map { ", such as \($0.joined(separator: ", "))" } ?? ""
            return "\(count == 1 ? "1 record is" : "\(count) records are") \(kind)\(some)"
        }
    }
}
