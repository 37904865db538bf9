internal import Locks

/// Compiled patterns by their text, for patterns that are known only when a record is there.
///
/// Holds a bounded number; when it is full it starts anew. A text that does not compile is not remembered.
public final class PatternCache: Sendable {
    private let limit: Int
    private let patterns = Guarded<[[UInt8]: Pattern]>([:])

    public init(limit: Int = 64) { self.limit = limit }

    public func pattern(_ text: String) throws(PatternError) -> Pattern {
        let key = Array(text.utf8)
        if let known = patterns.withLock({ $0[key] }) { return known }
        let pattern = try Pattern(text)
        patterns.withLock { patterns in
            if patterns.count >= limit { patterns.removeAll(keepingCapacity: true) }
            patterns[key] = pattern
        }
        return pattern
    }
}
