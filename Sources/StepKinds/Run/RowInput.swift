internal import Expressions
internal import Values

/// What a program is told of the record: one JSON object with `input`, `record`, `settings` and every earlier answer by
/// the step's name.
struct RowInput: Sendable {
    private let slots: [(name: String, slot: Int)]

    /// - Parameter scope: what can be read where the program is run. `run` is left out: it would make every question of
    ///   a run another one.
    init(_ scope: Scope) {
        slots = scope.names.filter { $0 != "run" }.compactMap { name in scope.slot(of: name).map { (name, $0) } }
    }

    var reads: [ReadPath] { slots.map { ReadPath(slot: $0.slot, names: []) } }

    func bytes(_ row: borrowing Slots) -> [UInt8] {
        var fields: [(String, Value)] = []
        for (name, slot) in slots where slot < row.count { fields.append((name, row[slot])) }
        return JSON.bytes(of: .map(ValueMap(fields)))
    }
}
