internal import Diagnostics
internal import Expressions
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// A JSON value with expressions and texts in the places of its values.
indirect enum JSONTemplate: Sendable {
    case expression(Expression)
    case text(Template)
    case list([JSONTemplate])
    case map([(name: String, value: JSONTemplate)])

    /// As deep as anybody writes it by hand.
    static let form = form(depth: 6)

    private static func form(depth: Int) -> Form {
        guard depth > 0 else { return .computed }
        let inner = form(depth: depth - 1)
        return .anyOf([.list(of: inner), .map(of: inner), .computed])
    }

    /// Nil where something is broken, which has been reported.
    init?(_ setting: Setting, _ planning: inout StepPlanning) {
        switch setting {
        case .expression(let text):
            guard let expression = planning.compile(text) else { return nil }
            self = .expression(expression)
        case .template(let text):
            guard let template = planning.template(text) else { return nil }
            self = .text(template)
        case .list(let items, _):
            let read = items.map { JSONTemplate($0, &planning) }
            let whole = read.compactMap(\.self)
            guard whole.count == read.count else { return nil }
            self = .list(whole)
        case .map(let entries, _):
            let read = entries.map { ($0.key.value, JSONTemplate($0.setting, &planning)) }
            let whole = read.compactMap { name, value in value.map { (name: name, value: $0) } }
            guard whole.count == read.count else { return nil }
            self = .map(whole)
        default: return nil
        }
    }

    var reads: [ReadPath] {
        switch self {
        case .expression(let expression): expression.reads
        case .text(let template): template.reads
        case .list(let items): items.flatMap(\.reads)
        case .map(let entries): entries.flatMap(\.value.reads)
        }
    }

    /// As the recipe has it, near enough to tell two apart.
    var text: String {
        switch self {
        case .expression(let expression): expression.source.text
        case .text(let template): "\"\(template.source.text)\""
        case .list(let items): "[\(items.map(\.text).joined(separator: ", "))]"
        case .map(let entries): "{\(entries.map { "\($0.name): \($0.value.text)" }.joined(separator: ", "))}"
        }
    }

    func value(_ row: borrowing Slots) throws(Failure) -> Value {
        do throws(EvaluationError) {
            return try evaluate(row)
        } catch {
            throw Failure(error)
        }
    }

    private func evaluate(_ row: borrowing Slots) throws(EvaluationError) -> Value {
        switch self {
        case .expression(let expression): return try expression.evaluate(row)
        case .text(let template): return .string(try template.render(row))
        case .list(let items):
            var values: [Value] = []
            for item in items { values.append(try item.evaluate(row)) }
            return .list(values)
        case .map(let entries):
            var values: [(String, Value)] = []
            for entry in entries { values.append((entry.name, try entry.value.evaluate(row))) }
            return .map(ValueMap(values))
        }
    }
}
