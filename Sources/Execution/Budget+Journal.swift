package import Journaling
internal import Runs
internal import Values

extension Budget {
    /// The budget of a run that goes on: what its journal tells of is spent, and what is in doubt there counts at its
    /// worst.
    package init(limit: Int64, from journal: any JournalReading) throws {
        var spent: Int64 = 0
        var inDoubt: [Call: Int64] = [:]
        try journal.forEachEvent { event in
            let entry = event.entry
            spent += entry.usage?.cost ?? 0
            let call = Call(ordinal: entry.ordinal, step: entry.step, item: entry.item, draw: entry.draw)
            switch entry.kind {
            case .start:
                // One that was in doubt before and is asked again leaves the earlier doubt where it is.
                spent += inDoubt.removeValue(forKey: call) ?? 0
                inDoubt[call] = Self.worst(entry.body)
            case .answer, .failed, .settled: inDoubt[call] = nil
            case .decision, .effect, .ended: break
            }
        }
        self.init(limit: limit, spent: spent + inDoubt.values.reduce(0, +))
    }

    private struct Call: Hashable {
        var ordinal: Int
        var step: Int
        var item: Int?
        var draw: Int
    }

    /// What a start was reckoned to cost at worst; nothing where the run had no budget then.
    private static func worst(_ body: [UInt8]) -> Int64 {
        guard case .success(.int(let worst)) = Result(catching: { () throws(JSONError) in try JSON.parse(body) }) else {
            return 0
        }
        return worst
    }
}
