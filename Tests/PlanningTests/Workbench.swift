import Diagnostics
import Planning
import Recipes
import Steps
import TestSupport
import Testing

/// One whole recipe, read and planned with the fake kinds.
struct Planned {
    var plan: Plan?
    /// In the order of the file, as `LINE:COLUMN message`.
    var errors: [String]
    var warnings: [String]

    init(_ text: String, options: Planner.Options = Planner.Options()) throws {
        var problems = Problems()
        let recipe = try #require(
            Recipe.read(
                Array(text.utf8), file: "kitchen/recipe.yaml", grammar: Catalog.fake.grammar, problems: &problems))
        plan = Planner.plan(recipe, catalog: .fake, options: options, problems: &problems)
        func texts(_ severity: Diagnostic.Severity) -> [String] {
            problems.sorted.filter { $0.severity == severity }.map { problem in
                (problem.span.map { "\($0.start.line):\($0.start.column) " } ?? "") + problem.message
            }
        }
        errors = texts(.error)
        warnings = texts(.warning)
    }

    subscript(step name: String) -> PlannedStep? { plan?.steps.first { $0.name == name } }
}

/// The head of every recipe here: documents, of which some have no title.
private let head = """
    recipe: test
    input: {rows: {path: string, title: string or null, text: string, tags: [string], size: integer}}
    settings: {tone: {type: string, default: plain}}
    secrets: {crm: {env: CRM_KEY}}

    """

/// Checks what is told of a recipe that begins like all here and goes on as given: one error at each mark, no other.
func check(
    _ marked: String, _ messages: String..., options: Planner.Options = Planner.Options(),
    place: SourceLocation = #_sourceLocation
) throws {
    let text = MarkedText(head + marked)
    let wanted = messages.enumerated().map { index, message in
        "\(text[index + 1].line):\(text[index + 1].column) \(message)"
    }
    let planned = try Planned(text.text, options: options)
    #expect(planned.errors == wanted, sourceLocation: place)
    #expect((planned.plan == nil) == !messages.isEmpty, sourceLocation: place)
}

/// The same, for what is only warned of.
func checkWarnings(_ marked: String, _ messages: String..., place: SourceLocation = #_sourceLocation) throws {
    let text = MarkedText(head + marked)
    let wanted = messages.enumerated().map { index, message in
        "\(text[index + 1].line):\(text[index + 1].column) \(message)"
    }
    let planned = try Planned(text.text)
    #expect(planned.errors == [], sourceLocation: place)
    #expect(planned.warnings == wanted, sourceLocation: place)
    #expect(planned.plan?.warnings.count == wanted.count, sourceLocation: place)
}

func planned(_ text: String, options: Planner.Options = Planner.Options()) throws -> Planned {
    try Planned(head + text, options: options)
}
