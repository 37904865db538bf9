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

extension Slots {
    /// The values where they lie: nothing is retained by a look at them.
    @inlinable
    @inline(__always)
    public func withUnsafeValues<Result, Problem: Error>(
        _ body: (UnsafeBufferPointer<Value>) throws(Problem) -> Result
    ) throws(Problem) -> Result {
        try values.withUnsafeBufferPointer(body)
    }
}

extension UnsafeBufferPointer<Value> {
    /// Where the value of a field of a map lies, good as long as these values are, if the map has that name at that place
    /// and the name is held the same way, as copies and short names are. Nil says nothing else. Taken out of the map
    /// instead, the value would retain the map.
    @inlinable
    @inline(__always)
    public func glance(_ slot: Int, _ field: String, _ place: Int) -> UnsafePointer<Value>? {
        precondition(slot < count, "a row has a slot for every name")
        guard case .map(let map) = self[slot], place < map.shape.keys.count,
            case .string(let key) = map.shape.keys[place], key.isHeldLike(field)
        else { return nil }
        return map.values.withUnsafeBufferPointer { $0.baseAddress.map { $0 + place } }
    }
}
