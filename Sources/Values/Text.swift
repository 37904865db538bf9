extension String {
    /// Whether both are the same bytes. Swift's own `==` holds texts equal that differ in Unicode normalisation.
    @inlinable
    public func hasSameBytes(as other: String) -> Bool {
        if isHeldLike(other) { return true }
        let (a, b) = (self.utf8, other.utf8)
        guard a.count == b.count else { return false }
        let fast = a.withContiguousStorageIfAvailable { left in
            b.withContiguousStorageIfAvailable { right in left.elementsEqual(right) }
        }
        return (fast ?? nil) ?? a.elementsEqual(b)
    }

    /// Whether both are the same bits, and then surely the same bytes: short texts hold their bytes themselves, and
    /// copies share them.
    @inlinable
    @inline(__always)
    public func isHeldLike(_ other: String) -> Bool {
        unsafeBitCast(self, to: (UInt64, UInt64).self) == unsafeBitCast(other, to: (UInt64, UInt64).self)
    }

    /// Whether this sorts before another by bytes, which is also the order of code points.
    @inlinable
    public func precedesByBytes(_ other: String) -> Bool {
        utf8.lexicographicallyPrecedes(other.utf8)
    }

    @inlinable
    public func hashBytes(into hasher: inout Hasher) {
        let done: Void? = utf8.withContiguousStorageIfAvailable { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
        if done == nil {
            for byte in utf8 { hasher.combine(byte) }
        }
        hasher.combine(UInt8(0xFF))
    }
}

/// A text that is compared and hashed by its bytes: a record's id, the key of a table.
public struct ByteText: Hashable, Comparable, Sendable, CustomStringConvertible {
    public var text: String

    public init(_ text: String) { self.text = text }

    public static func == (one: Self, other: Self) -> Bool { one.text.hasSameBytes(as: other.text) }
    public static func < (one: Self, other: Self) -> Bool { one.text.precedesByBytes(other.text) }
    public func hash(into hasher: inout Hasher) { text.hashBytes(into: &hasher) }
    public var description: String { text }
}
