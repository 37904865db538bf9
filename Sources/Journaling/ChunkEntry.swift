package import Digests
package import Runs

/// A stretch of records whose pure steps are done: one row, whatever its length.
///
/// A chunk that is computed again is appended again with the same number; the last row counts.
package struct ChunkEntry: Hashable, Sendable {
    /// What tells a record of the chunk in a later run: 32 bytes instead of the record.
    package struct Member: Hashable, Sendable {
        package var id: Fingerprint
        package var content: Fingerprint

        package init(id: Fingerprint, content: Fingerprint) {
            self.id = id
            self.content = content
        }
    }

    /// Members one after another, as they lie in the journal: most who read a chunk do not look at them.
    package struct Members: Hashable, Sendable, RandomAccessCollection, ExpressibleByArrayLiteral {
        /// 32 bytes each.
        private(set) var bytes: [UInt8]

        package init(capacity: Int = 0) {
            bytes = []
            bytes.reserveCapacity(capacity * Self.length)
        }

        package init(arrayLiteral members: Member...) { self.init(members) }

        package init(_ members: some Sequence<Member>) {
            self.init(capacity: members.underestimatedCount)
            for member in members { append(member) }
        }

        /// Nil where the bytes end within a member.
        init?(bytes: [UInt8]) {
            guard bytes.count.isMultiple(of: Self.length) else { return nil }
            self.bytes = bytes
        }

        package mutating func append(_ member: Member) {
            let (id, content) = (member.id, member.content)
            let numbers = (id.high.bigEndian, id.low.bigEndian, content.high.bigEndian, content.low.bigEndian)
            withUnsafeBytes(of: numbers) { bytes.append(contentsOf: $0) }
        }

        package var startIndex: Int { 0 }
        package var endIndex: Int { bytes.count / Self.length }

        package subscript(place: Int) -> Member {
            precondition(indices.contains(place), "no member of the chunk")
            let start = place * Self.length
            guard let id = Fingerprint(bytes, at: start), let content = Fingerprint(bytes, at: start + 16) else {
                preconditionFailure("members are \(Self.length) bytes each")
            }
            return Member(id: id, content: content)
        }

        private static let length = 32
    }

    /// From 0, without gaps.
    package var number: Int
    /// The ordinal of its first record.
    package var first: Int
    package var count: Int
    /// Where the next chunk starts.
    package var end: InputPosition
    /// Of its bytes in the source.
    package var content: Fingerprint
    /// Of what the system told of those bytes without reading them; nil where that could not be relied on.
    package var stamp: Fingerprint?
    /// Of the records that ended within the chunk; those that left it are counted when they end.
    package var counts: Counts
    /// The marks of the records that ended within the chunk, one ``StepCounts`` for each step of the plan.
    package var steps: [StepCounts]
    /// How many left it for a step that somebody else answers.
    package var left: Int
    /// One for each record, in order.
    package var members: Members
    /// How far each output is safe with this chunk in it, in the recipe's order.
    package var sinks: [SinkMark]

    package init(
        number: Int, first: Int, count: Int, end: InputPosition, content: Fingerprint, stamp: Fingerprint? = nil,
        counts: Counts, steps: [StepCounts], left: Int, members: Members, sinks: [SinkMark]
    ) {
        self.number = number
        self.first = first
        self.count = count
        self.end = end
        self.content = content
        self.stamp = stamp
        self.counts = counts
        self.steps = steps
        self.left = left
        self.members = members
        self.sinks = sinks
    }
}
