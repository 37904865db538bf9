internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// The value of a computed field: CEL, or a text with `{{ CEL }}`.
enum Computation: Sendable {
    case expression(Expression)
    case template(Template)

    var type: ValueType {
        switch self {
        case .expression(let expression): expression.type
        case .template: .string
        }
    }

    var reads: [ReadPath] {
        switch self {
        case .expression(let expression): expression.reads
        case .template(let template): template.reads
        }
    }

    func value(_ row: borrowing Slots) throws(EvaluationError) -> Value {
        switch self {
        case .expression(let expression): try expression.evaluate(row)
        case .template(let template): .string(try template.render(row))
        }
    }
}

extension StepPlanning {
    mutating func computed(_ setting: Setting) -> Computation? {
        switch setting {
        case .expression(let text): compile(text).map(Computation.expression)
        case .template(let text): template(text).map(Computation.template)
        default: nil
        }
    }
}

extension Failure {
    /// An expression of the recipe that could not be evaluated for a record.
    init(_ error: EvaluationError) {
        self.init(.expression, "\(error.place): \(error.message)")
    }
}
