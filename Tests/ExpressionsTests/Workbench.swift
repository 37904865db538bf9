import Diagnostics
import TestSupport
import Values

@testable import Expressions

/// Names as a recipe about documents has them, and one record.
enum Workbench {
    static let meta = ObjectType([.init("title", .nullable(.string)), .init("tags", .list(.string))])
    static let input = ObjectType([
        .init("path", .string), .init("title", .string), .init("text", .string), .init("bytes", .int),
        .init("score", .double), .init("meta", .object(meta)), .init("Company Name", .string), .init("raw", .any),
    ])
    static let page = ObjectType([.init("status", .int), .init("text", .string), .init("lang", .nullable(.string))])
    static let facts = ObjectType([.init("people", .list(.string)), .init("count", .int)])
    static let note = ObjectType([.init("text", .string)])

    static let scope: Scope = {
        var scope = Scope()
        scope.declare("input", .object(input), slot: 0)
        scope.declare("page", .nullable(.object(page)), slot: 1)
        scope.declare("facts", .object(facts), slot: 2)
        scope.declare("notes", .list(.object(ObjectType([.init("note", .object(note))]))), slot: 3)
        scope.declare("seen", .timestamp, slot: 4)
        scope.declare("urgent", .nullable(.bool), slot: 5)
        scope.hide("verdict", because: "'verdict' is written by a later step")
        return scope
    }()

    static let slots: Slots = {
        var slots = Slots(count: 6)
        slots[0] = [
            "path": "letters/anna.md", "title": "A letter", "text": "Dear Bob,\nit’s 20 °C here. Yours, Anna",
            "bytes": 42, "score": 2.5, "meta": ["title": nil, "tags": ["a", "b"]], "Company Name": "Müller & Söhne",
            "raw": ["n": 1],
        ]
        slots[1] = ["status": 200, "text": "Hello", "lang": "de"]
        slots[2] = ["people": ["Anna", "Bob"], "count": 2]
        slots[3] = [["note": ["text": "one"]], ["note": ["text": "two"]]]
        slots[4] = .timestamp(Timestamp(seconds: 1_234_567_890))
        slots[5] = true
        return slots
    }()

    /// A text that stands from line 1, column 1 on.
    static func located(_ text: String) -> LocatedText {
        let start = SourcePosition(line: 1, column: 1)
        return LocatedText(text, span: SourceSpan(file: "recipe.yaml", start: start, end: start))
    }

    static func compile(_ text: String, in scope: Scope = scope) throws(Refused) -> Expression {
        var problems = Problems()
        if let expression = Expression.compile(located(text), in: scope, problems: &problems) { return expression }
        throw Refused(problems: problems.all)
    }

    static func value(_ text: String, in scope: Scope = scope, _ slots: Slots = slots) throws -> Value {
        try compile(text, in: scope).evaluate(slots)
    }

    /// What is wrong with an expression, each problem with its place: `8: message`.
    static func mistakes(in text: String, scope: Scope = scope) -> [String] {
        do throws(Refused) {
            _ = try compile(text, in: scope)
            return []
        } catch {
            return error.problems.map { "\($0.span?.start.column ?? 0): \($0.message)" }
        }
    }

    /// Why a value cannot be computed, with its place.
    static func fault(in text: String, _ slots: Slots = slots) throws -> String? {
        let expression = try compile(text)
        do throws(EvaluationError) {
            _ = try expression.evaluate(slots)
            return nil
        } catch {
            return "\(error.span.start.column): \(error.message)"
        }
    }

    struct Refused: Error {
        var problems: [Diagnostic]
    }
}
