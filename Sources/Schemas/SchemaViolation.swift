/// One thing wrong with a value: where in it, and what is wrong, worded so that a model can mend it.
public struct SchemaViolation: Error, Hashable, Sendable {
    /// How an expression would reach it: `people[3].name`; empty for the value as a whole.
    public var path: String
    /// Short and exact: `52 characters, at most 40`.
    public var message: String

    public init(path: String, message: String) {
        self.path = path
        self.message = message
    }
}

extension SchemaViolation: CustomStringConvertible {
    /// `` `people[3]`: 52 characters, at most 40 ``.
    public var description: String {
        path.isEmpty ? message : "`\(path)`: \(message)"
    }
}

/// All that is wrong with a value.
public struct SchemaViolations: Error, Hashable, Sendable, CustomStringConvertible {
    /// At least one, in the order of the declaration.
    public var all: [SchemaViolation]

    public init(_ all: [SchemaViolation]) { self.all = all }

    /// One line each for the first ten, and how many more there are: it goes into the next prompt and into every report.
    public var description: String {
        let more = all.count - Self.mostDescribed
        let lines = all.prefix(Self.mostDescribed).map(\.description) + (more > 0 ? ["and \(more) more"] : [])
        return lines.joined(separator: "\n")
    }

    private static let mostDescribed = 10
}
