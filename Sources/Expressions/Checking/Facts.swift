/// A value that an expression can name: a variable, and the fields and places inside it that are known before the run.
struct ValuePath: Hashable, Sendable {
    enum Root: Hashable, Sendable {
        case slot(Int)
        /// A variable of a macro, by its place in the evaluator.
        case local(Int)
    }

    enum Step: Hashable, Sendable {
        case field(String)
        case index(Int64)
    }

    var root: Root
    var steps: [Step] = []

    func appending(_ step: Step) -> ValuePath { ValuePath(root: root, steps: steps + [step]) }
}

/// What is known not to be null at one place of an expression.
struct Facts: Hashable, Sendable {
    /// These are not null.
    private(set) var notNull: Set<ValuePath> = []
    /// The place is never reached, so anything may be claimed of it.
    private(set) var impossible = false

    init() {}

    init(_ paths: ValuePath...) { notNull = Set(paths) }

    static let never = {
        var facts = Facts()
        facts.impossible = true
        return facts
    }()

    func rulesOutNull(at path: ValuePath) -> Bool { notNull.contains(path) }

    /// What is known where both hold.
    func union(_ other: Facts) -> Facts {
        if impossible || other.impossible { return .never }
        var both = self
        both.notNull.formUnion(other.notNull)
        return both
    }

    /// What is known where at least one of them holds.
    func intersection(_ other: Facts) -> Facts {
        if impossible { return other }
        if other.impossible { return self }
        var common = self
        common.notNull.formIntersection(other.notNull)
        return common
    }
}
