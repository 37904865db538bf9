internal import Digests
package import Journaling
package import Runs

/// How an input differs from the one that a run began with, by the ids and contents of its records.
///
/// Both are read side by side, so that memory grows with what differs and not with the input.
package struct InputChanges: Sendable {
    /// What a record was to the run.
    package enum Standing: Hashable, Sendable {
        case new
        /// The run ended before it came to the record.
        case notReached
        /// It had this place in the input of the run.
        case same(was: Int)
        case changed(was: Int)
    }

    /// How many records the input has.
    package private(set) var records = 0
    package private(set) var new = 0
    package private(set) var notReached = 0
    package private(set) var changed = 0
    package private(set) var vanished = 0
    /// Some of the ids, as far as they are known by name.
    private var names: [Kind: [String]] = [:]

    private enum Kind: String { case new, changed, vanished }

    /// Records that follow one another in both inputs.
    private struct Stretch: Sendable {
        var first: Int
        var count: Int
        /// The place of the first in the input of the run.
        var was: Int
    }

    /// By place in the input as it is.
    private var stretches: [Stretch] = []
    private var changedOrdinals: Set<Int> = []
    /// The place from which on a record that is not known was not reached.
    private var reachedEnd = Int.max

    /// Decodes all of the input that does not have the stamp that it had.
    package init(from journal: any JournalReading, to source: any RecordSource) throws {
        var matching = Matching()
        let reader = try source.reader(from: nil)
        var hasEnded = false
        try journal.forEachChunk { chunk in
            // What has the stamp that it had holds the same records.
            let batch = KnownBatch(count: chunk.count, end: chunk.end, stamp: chunk.stamp)
            if !hasEnded, chunk.members.count == chunk.count, try reader.pass(over: batch) {
                for place in chunk.members.indices {
                    note(Matching.Match(ordinal: records + place, was: chunk.first + place, isSame: true, id: nil))
                }
                records += chunk.count
                return
            }
            for (place, member) in chunk.members.enumerated() {
                if let match = matching.take(member, at: chunk.first + place) { note(match) }
            }
            while !hasEnded, records < chunk.first + chunk.count {
                guard let batch = try reader.next(limit: max(1, chunk.count), bytes: 1 << 20) else {
                    hasEnded = true
                    break
                }
                take(batch, &matching)
            }
        }
        while !hasEnded, let batch = try reader.next(limit: 4096, bytes: 1 << 20) { take(batch, &matching) }
        stretches.sort { $0.first < $1.first }
        try settle(matching, journal)
    }

    private mutating func take(_ batch: any RecordBatch, _ matching: inout Matching) {
        var found: [Matching.Match] = []
        batch.forEach { read in
            let (id, content) =
                switch read {
                case .record(let record): (record.id, record.origin.content)
                case .unreadable(let record): (record.id, record.origin.content)
                }
            if let match = matching.take(id, content, at: records) { found.append(match) }
            records += 1
        }
        for match in found { note(match) }
    }

    private mutating func note(_ match: Matching.Match) {
        if !match.isSame {
            changed += 1
            changedOrdinals.insert(match.ordinal)
            if let id = match.id { remember(.changed, id) }
        }
        if let last = stretches.last, last.first + last.count == match.ordinal, last.was + last.count == match.was {
            stretches[stretches.count - 1].count += 1
        } else {
            stretches.append(Stretch(first: match.ordinal, count: 1, was: match.was))
        }
    }

    /// What found no partner is new or was not reached, and has vanished.
    private mutating func settle(_ matching: Matching, _ journal: any JournalReading) throws {
        let history = try journal.history()
        let readAll = history.isClosed && history.ends.last?.neverAdmitted == 0
        if !readAll { reachedEnd = stretches.last.map { $0.first + $0.count } ?? 0 }
        for (ordinal, id) in matching.unknown {
            if ordinal >= reachedEnd {
                notReached += 1
            } else {
                new += 1
                if let id { remember(.new, id) }
            }
        }
        vanished = matching.gone
        guard vanished > 0 else { return }
        try journal.forEachEnding { ending in
            if matching.hasGone(ending.record.id) { remember(.vanished, ending.record.id) }
        }
    }

    private mutating func remember(_ kind: Kind, _ id: String) {
        if names[kind, default: []].count < 3 { names[kind, default: []].append(id) }
    }

    /// What the record at a place of the input was to the run.
    package func standing(of ordinal: Int) -> Standing {
        var low = 0
        var high = stretches.count
        while low < high {
            let middle = (low + high) / 2
            if stretches[middle].first + stretches[middle].count <= ordinal { low = middle + 1 } else { high = middle }
        }
        guard low < stretches.count, stretches[low].first <= ordinal else {
            return ordinal >= reachedEnd ? .notReached : .new
        }
        let was = stretches[low].was + ordinal - stretches[low].first
        return changedOrdinals.contains(ordinal) ? .changed(was: was) : .same(was: was)
    }

    /// A line for each way in which records differ.
    package var lines: [String] {
        [(Kind.new, new), (.changed, changed), (.vanished, vanished)].filter { $0.1 > 0 }.map { kind, count in
            let some = names[kind].map { ", such as \($0.joined(separator: ", "))" } ?? ""
            return "\(count == 1 ? "1 record is" : "\(count) records are") \(kind.rawValue)\(some)"
        }
    }
}

/// Finds the records of one input in another that is read beside it, in whatever order they come.
private struct Matching {
    struct Match {
        var ordinal: Int
        var was: Int
        var isSame: Bool
        /// Nil where the record was waited for too long to keep its name.
        var id: String?
    }

    /// Of the run's input and not seen in this one so far.
    private var before: [Fingerprint: (was: Int, content: Fingerprint)] = [:]
    /// Of this input and not seen in the run's so far.
    private var now: [Fingerprint: (ordinal: Int, content: Fingerprint, id: String?)] = [:]
    /// So many names of waiting records are kept.
    private static let mostNames = 1_000

    mutating func take(_ member: ChunkEntry.Member, at was: Int) -> Match? {
        guard let found = now.removeValue(forKey: member.id) else {
            before[member.id] = (was, member.content)
            return nil
        }
        return Match(ordinal: found.ordinal, was: was, isSame: found.content == member.content, id: found.id)
    }

    mutating func take(_ id: String, _ content: Fingerprint, at ordinal: Int) -> Match? {
        let key = Fingerprint(of: id)
        guard let found = before.removeValue(forKey: key) else {
            now[key] = (ordinal, content, now.count < Self.mostNames ? id : nil)
            return nil
        }
        return Match(ordinal: ordinal, was: found.was, isSame: found.content == content, id: id)
    }

    /// By place in the input.
    var unknown: [(ordinal: Int, id: String?)] {
        now.values.map { ($0.ordinal, $0.id) }.sorted { $0.0 < $1.0 }
    }

    var gone: Int { before.count }

    func hasGone(_ id: String) -> Bool { before[Fingerprint(of: id)] != nil }
}
