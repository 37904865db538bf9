internal import Synchronization

/// Tells people what happens meanwhile, by the way that fits just now: straight to the terminal, or above live lines.
final class Announcer: Sendable {
    private let way: Mutex<@Sendable (String) -> Void>

    init(_ way: @escaping @Sendable (String) -> Void = { _ in }) { self.way = Mutex(way) }

    func announce(_ text: String) { way.withLock { $0 }(text) }

    /// From now on this way.
    func change(to way: @escaping @Sendable (String) -> Void) { self.way.withLock { $0 = way } }
}
