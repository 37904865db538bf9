/// The values of one record on its way: the plan gives every name a slot, so nothing is looked up by name.
///
/// Slot 0 is `input`, slot 1 `record`; the plan says which step, setting or inner name has which of the others.
public struct Slots: Sendable {
    @usableFromInline var values: [Value]

    @inlinable
    public init(count: Int) {
        values = Array(repeating: .null, count: count)
    }

    @inlinable
    public var count: Int { values.count }

    @inlinable
    public subscript(slot: Int) -> Value {
        get { values[slot] }
        set { values[slot] = newValue }
    }
}
