internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Steps

/// What the rules of safety need to know of a step.
struct StepRisk: Sendable {
    var spec: StepSpec
    var slot: Int
    var when: Expression?
    var prepared: PreparedStep

    var name: String { spec.name.value }

    var sends: Bool {
        guard case .answered(let step) = prepared.action else { return false }
        return step.effect == .sends
    }

    var acts: Bool {
        guard case .answered(let step) = prepared.action else { return false }
        return step.effect.acts
    }

    var isReview: Bool {
        guard case .answered(let step) = prepared.action else { return false }
        return step is any ReviewedStep
    }

    /// Whether the step only computes: its answer is made of what it reads and of nothing else.
    var computes: Bool {
        if case .pure = prepared.action { true } else { false }
    }

    /// All that it reads, its condition and its rules' explanations aside.
    var reads: [ReadPath] { prepared.reads + prepared.exposures.flatMap(\.reads) }

    /// What a field of its answer is computed from.
    func reads(of names: [String]) -> [ReadPath] {
        guard let field = names.first else { return prepared.reads }
        return prepared.fieldReads[field] ?? prepared.reads
    }

    /// `when`, white space aside: two steps with the same one are left out for the same records.
    var condition: String? {
        when.map { $0.source.text.split(whereSeparator: \.isWhitespace).joined(separator: " ") }
    }
}

extension ReadPath {
    /// Whether everything of the other stands in this one.
    func holds(_ other: ReadPath) -> Bool {
        slot == other.slot && names.count <= other.names.count
            && zip(names, other.names).allSatisfy { $0.utf8.elementsEqual($1.utf8) }
    }

    /// Whether the two have anything in common.
    func meets(_ other: ReadPath) -> Bool { holds(other) || other.holds(self) }
}
