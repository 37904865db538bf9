internal import Runs
package import Values

/// A person wants a record taken up again from the step that failed, and asked anew there.
package struct Retrial: Hashable, Sendable {
    package var ordinal: Int
    /// For a later start under which the record has another ordinal.
    package var record: String
    /// The step's place in the plan; nil for a record that did not get as far as the first.
    package var step: Int?
    /// The item's place in the list of an `each`; nil outside of one.
    package var item: Int?
    /// The last draw that was used there: answers up to it no longer count.
    package var lastDraw: Int

    package init(ordinal: Int, record: String, step: Int?, item: Int? = nil, lastDraw: Int) {
        self.ordinal = ordinal
        self.item = item
        self.record = record
        self.step = step
        self.lastDraw = lastDraw
    }
}

extension Retrial {
    /// Reads a `retried` entry.
    package init(_ entry: JournalEntry) throws(JournalError) {
        guard entry.kind == .retried, let record = try entry.bodyValue()["record"]?.string else {
            throw entry.unreadable("names no record")
        }
        self.init(
            ordinal: entry.ordinal, record: record, step: entry.step < 0 ? nil : entry.step, item: entry.item,
            lastDraw: entry.draw)
    }
}

extension JournalEntry {
    /// The entry that has a record taken up again.
    package static func retried(_ retrial: Retrial, at time: Timestamp) -> JournalEntry {
        JournalEntry(
            ordinal: retrial.ordinal, step: retrial.step ?? -1, item: retrial.item, draw: retrial.lastDraw,
            kind: .retried, at: time,
            body: JSON.bytes(of: ["record": .string(retrial.record)]))
    }
}
