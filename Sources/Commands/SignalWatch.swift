internal import Dispatch
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Turns Ctrl-C and SIGTERM into calls: the first asks for an orderly stop, the second for one now.
///
/// While it lives the signals do not end the process by themselves.
final class SignalWatch {
    private let sources: [any DispatchSourceSignal]

    /// - Parameter react: is told the signal's number and how many have come, this one counted.
    init(_ react: @escaping @Sendable (Int32, Int) -> Void) {
        let queue = DispatchQueue(label: "linecook.signals")
        let seen = Counter()
        sources = [SIGINT, SIGTERM].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler { @Sendable in react(number, seen.next()) }
            source.activateAndWait()
            return source
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        func next() -> Int {
            count.withLock { count in
                count += 1
                return count
            }
        }
    }
}

extension DispatchSourceSignal {
    /// Returns once it hears its signal. One that comes before, while it is ignored already, would be lost.
    func activateAndWait() {
        let isThere = DispatchSemaphore(value: 0)
        setRegistrationHandler { @Sendable in isThere.signal() }
        activate()
        isThere.wait()
    }
}
