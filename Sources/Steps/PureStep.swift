public import Runs
public import Values

/// A step that only computes: nothing to await, nothing to keep, the same result whenever it is asked.
public protocol PureStep: Sendable {
    /// Computes the step's answer from the row. Called from any lane, for many records at the same time.
    func apply(to row: borrowing Slots) -> Verdict
}

/// What a pure step made of a record.
public enum Verdict: Sendable {
    case answered(Value)
    /// A check whose rules are broken: the findings are its answer all the same, for a step that flags.
    indirect case broken(Value, Failure)
    /// An expression that could not be evaluated.
    indirect case fault(Failure)
}
