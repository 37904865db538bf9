/// A moment: seconds since 1970-01-01T00:00:00Z and nanoseconds within the second.
public struct Timestamp: Hashable, Comparable, Sendable {
    public var seconds: Int64
    /// 0 up to 999,999,999, also before 1970.
    public var nanoseconds: Int32

    @inlinable
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static func < (one: Self, other: Self) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }
}

/// A length of time: both parts have the same sign.
public struct Duration: Hashable, Comparable, Sendable {
    public var seconds: Int64
    /// -999,999,999 up to 999,999,999.
    public var nanoseconds: Int32

    @inlinable
    public init(seconds: Int64, nanoseconds: Int32 = 0) {
        self.seconds = seconds
        self.nanoseconds = nanoseconds
    }

    public static func < (one: Self, other: Self) -> Bool {
        (one.seconds, one.nanoseconds) < (other.seconds, other.nanoseconds)
    }
}
