#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Wakes one thread that waits, at the latest after a time; one that rings before is heard by the next wait.
///
/// The time is counted on a clock that nobody sets. What `DispatchSemaphore` does with a time limit too: on Linux that one
/// waits for a time of day, and a clock that is set back by an hour makes the wait an hour longer.
public final class Bell: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let condition: UnsafeMutablePointer<pthread_cond_t>
    private var hasRung = false

    public init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        condition = .allocate(capacity: 1)
        condition.initialize(to: pthread_cond_t())
        #if canImport(Darwin)
            pthread_cond_init(condition, nil)
        #else
            var attributes = pthread_condattr_t()
            pthread_condattr_init(&attributes)
            pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
            pthread_cond_init(condition, &attributes)
            pthread_condattr_destroy(&attributes)
        #endif
    }

    deinit {
        pthread_cond_destroy(condition)
        condition.deinitialize(count: 1)
        condition.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    public func ring() {
        pthread_mutex_lock(mutex)
        hasRung = true
        pthread_cond_signal(condition)
        pthread_mutex_unlock(mutex)
    }

    /// Blocks the thread until it rings, or so long.
    public func wait(for time: Swift.Duration) {
        let end = ContinuousClock.now + time
        pthread_mutex_lock(mutex)
        defer {
            hasRung = false
            pthread_mutex_unlock(mutex)
        }
        while !hasRung {
            let left = ContinuousClock.now.duration(to: end)
            guard left > .zero else { return }
            var moment = timespec(left)
            #if canImport(Darwin)
                pthread_cond_timedwait_relative_np(condition, mutex, &moment)
            #else
                var now = timespec()
                clock_gettime(CLOCK_MONOTONIC, &now)
                moment.tv_sec += now.tv_sec
                moment.tv_nsec += now.tv_nsec
                if moment.tv_nsec >= 1_000_000_000 {
                    moment.tv_sec += 1
                    moment.tv_nsec -= 1_000_000_000
                }
                pthread_cond_timedwait(condition, mutex, &moment)
            #endif
        }
    }
}

extension timespec {
    fileprivate init(_ time: Swift.Duration) {
        let (seconds, attoseconds) = time.components
        self.init(tv_sec: Int(seconds), tv_nsec: Int(attoseconds / 1_000_000_000))
    }
}
