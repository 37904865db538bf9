#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// State that one thread at a time may touch; let go of before any `await`.
///
/// What `Mutex` does too. On Linux that one rests on the kernel's futex, which the thread sanitizer does not see: every
/// use of it looks like a race, and real ones drown. It knows `pthread_mutex_t`.
public final class Guarded<State>: @unchecked Sendable {
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var state: State

    public init(_ state: sending State) {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        self.state = state
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    public func withLock<Answer, Problem: Error>(
        _ body: (inout State) throws(Problem) -> Answer
    ) throws(Problem) -> Answer {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
