package import Digests
package import Journaling
package import Runs
internal import Values

/// What earlier runs of a recipe say of its records: which of them need not be looked at again.
///
/// A record is unchanged when it ended done, without flags, the last time that it ended, under a recipe that would make
/// the same of it, and has the same content still. Whatever is not known for certain is taken again.
///
/// Memory: an id and a content for each record, 32 bytes and what a dictionary takes around them.
package struct EarlierRecords: Sendable {
    /// Of the run that asks; see ``ResultIdentity``.
    private let identity: String
    /// By id: the content with which a record ended well; nil where it ended in another way.
    private var contents: [Fingerprint: Fingerprint?] = [:]

    /// - Parameter identity: of everything in the recipe that can change what becomes of a record.
    package init(identity: String) { self.identity = identity }

    /// The key of ``RunStart/options`` that holds a run's identity.
    package static let option = "result"

    package func isUnchanged(_ id: Fingerprint, content: Fingerprint) -> Bool {
        guard let known = contents[id], let known else { return false }
        return known == content
    }

    package func isUnchanged(_ record: Record) -> Bool {
        isUnchanged(Fingerprint(of: record.id), content: record.origin.content)
    }

    package var isEmpty: Bool { contents.isEmpty }

    /// How many records of an input need not be looked at again. Reads all of it, and converts nothing.
    package func count(in source: any RecordSource) throws(SourceError) -> Int {
        guard !isEmpty else { return 0 }
        // The second record with an id is never taken, whatever its content.
        var ids: Set<Fingerprint> = []
        let reader = try source.reader(from: nil)
        while let batch = try reader.next(limit: 4096, bytes: 1 << 20) {
            batch.forEach { read in
                let member: (id: Fingerprint, content: Fingerprint) =
                    switch read {
                    case .record(let record): (Fingerprint(of: record.id), record.origin.content)
                    case .unreadable(let record): (Fingerprint(of: record.id), record.origin.content)
                    }
                if isUnchanged(member.id, content: member.content) { ids.insert(member.id) }
            }
        }
        return ids.count
    }

    /// Takes in one run, the newest first: what a newer one says of a record stands.
    ///
    /// - Returns: whether the run got through the whole input, so that older ones have nothing to add.
    package mutating func add(_ journal: any JournalReading) throws -> Bool {
        let history = try journal.history()
        let start = history.starts[history.starts.count - 1]
        let isSame = start.options[Self.option]?.string == identity
        let endings = try Endings(journal)
        try journal.forEachChunk { chunk in
            let allEnded = endings.left(in: chunk.first..<chunk.first + chunk.count) >= chunk.left
            for (place, member) in chunk.members.enumerated() where contents[member.id] == nil {
                switch endings.standing(of: chunk.first + place, allEnded: allEnded) {
                case .open: continue
                case .well where isSame: contents[member.id] = .some(member.content)
                case .well, .otherwise: contents[member.id] = .some(nil)
                }
            }
        }
        return Self.isWhole(history)
    }

    private static func isWhole(_ history: RunHistory) -> Bool {
        guard history.isClosed, let end = history.ends.last, end.counts.notReached == 0,
            let words = history.starts.last?.options["words"]?.list
        else { return false }
        return !words.contains { ["--limit", "--sample", "--input"].contains($0.string) }
    }
}

/// How the records of one run ended, as far as a chunk's own counts do not say it.
private struct Endings {
    enum Standing { case well, otherwise, open }

    private var standings: [Int: Standing] = [:]
    /// The ordinals of records that left their chunk and ended, rising.
    private var left: [Int] = []

    init(_ journal: any JournalReading) throws {
        try journal.forEachEnding { ending in
            let record = ending.record
            standings[record.ordinal] = Self.standing(record)
            if ending.inChunk == nil, record.outcome != .notReached { left.append(record.ordinal) }
        }
    }

    private static func standing(_ record: EndedRecord) -> Standing {
        switch record.outcome {
        case .done: record.flags.isEmpty ? .well : .otherwise
        case .skipped: record.failure?.failure.cause == .unchanged ? .well : .otherwise
        case .notReached: .open
        case .failed, .rejected, .waiting: .otherwise
        }
    }

    func left(in ordinals: Range<Int>) -> Int {
        func place(of ordinal: Int) -> Int {
            var (low, high) = (0, left.count)
            while low < high {
                let middle = (low + high) / 2
                if left[middle] < ordinal { low = middle + 1 } else { high = middle }
            }
            return low
        }
        return place(of: ordinals.upperBound) - place(of: ordinals.lowerBound)
    }

    /// - Parameter allEnded: whether all that left the record's chunk have an ending. Where not, a record without one may
    ///   have ended well in its chunk or be under way.
    func standing(of ordinal: Int, allEnded: Bool) -> Standing {
        standings[ordinal] ?? (allEnded ? .well : .otherwise)
    }
}
