package import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// What time it is, for entries that people read. Waiting and limits use the monotonic clock instead.
package struct WallClock: Sendable {
    package var now: @Sendable () -> Timestamp

    package init(now: @escaping @Sendable () -> Timestamp) { self.now = now }

    package static let system = WallClock {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(seconds: Int64(time.tv_sec), nanoseconds: Int32(time.tv_nsec))
    }
}
