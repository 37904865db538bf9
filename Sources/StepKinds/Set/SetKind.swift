internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
package import Steps
internal import Values

/// `set`: computes fields.
package struct SetKind: StepKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar("set", .map(of: .computed), about: "Computes fields from what is known by now.")
    }

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .map(let entries, let span) = planning.step.body else { return nil }
        guard !entries.isEmpty else {
            planning.problems.error(
                "'set' computes at least one field: `set: {words: size(input.text.words())}`", at: span)
            return nil
        }
        var fields: [ComputedField] = []
        for entry in entries {
            guard let computation = planning.computed(entry.setting) else { continue }
            fields.append(ComputedField(name: entry.key.value, computation: computation))
        }
        guard fields.count == entries.count else { return nil }
        var prepared = PreparedStep(
            action: .pure(SetStep(fields)),
            answer: .object(ObjectType(fields.map { .init($0.name, $0.computation.type) })),
            reads: fields.flatMap(\.computation.reads))
        prepared.fieldReads = Dictionary(
            fields.map { ($0.name, $0.computation.reads) }, uniquingKeysWith: { first, _ in first })
        return prepared
    }
}

private struct ComputedField: Sendable {
    var name: String
    var computation: Computation
}

/// A class, because a copy of a step counts up each of its parts.
private final class SetStep: PureStep {
    private let computations: [Computation]
    private let shape: MapShape

    init(_ fields: [ComputedField]) {
        computations = fields.map(\.computation)
        shape = MapShape(fields: fields.map(\.name))
    }

    func apply(to row: borrowing Slots) -> Verdict {
        var values: [Value] = []
        values.reserveCapacity(computations.count)
        for computation in computations {
            do throws(EvaluationError) {
                values.append(try computation.value(row))
            } catch {
                return .fault(Failure(error))
            }
        }
        return .answered(.map(ValueMap(shape: shape, values: values)))
    }
}
