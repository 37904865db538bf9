import Diagnostics
import TestSupport
import Testing
import Values

@testable import Expressions

extension Workbench {
    static func template(_ text: String) throws(Refused) -> Template {
        var problems = Problems()
        if let template = Template.compile(located(text), in: scope, problems: &problems) { return template }
        throw Refused(problems: problems.all)
    }

    static func templateMistakes(in text: String) -> [String] {
        do throws(Refused) {
            _ = try template(text)
            return []
        } catch {
            return error.problems.map { "\($0.span?.start.column ?? 0): \($0.message)" }
        }
    }
}

@Suite struct TemplateTests {
    @Test(arguments: [
        ("no expression", "no expression"),
        ("", ""),
        ("{{ input.title }}", "A letter"),
        ("{{input.title}}: {{ facts.count + 1 }}!", "A letter: 3!"),
        ("{{ input.score }} {{ 3.0 }} {{ true }} {{ seen }}", "2.5 3 true 2009-02-13T23:31:30Z"),
        ("{{ {\"a\": {\"b\": \"x\"}}.a.b }}", "x"),
        ("{{ \"}}\" }} and {{ \"{{\" }}", "}} and {{"),
        ("a }} stands for itself, and so do { and }", "a }} stands for itself, and so do { and }"),
        ("{{\n  facts.people\n    .join(\", \") // all of them\n}}", "Anna, Bob"),
        ("{{ page != null ? page.text : \"\" }}", "Hello"),
        ("{{ json(facts) }}", #"{"people":["Anna","Bob"],"count":2}"#),
    ])
    func `expressions are rendered in their place`(text: String, rendered: String) throws {
        #expect(try Workbench.template(text).render(Workbench.slots) == rendered)
    }

    @Test func `what a record holds is never read as a template`() throws {
        var slots = Workbench.slots
        slots[2] = ["people": ["{{ input.title }}", "${x}"], "count": 2]
        let template = try Workbench.template("{{ facts.people.join(\" \") }}")
        #expect(try template.render(slots) == "{{ input.title }} ${x}")
    }

    @Test(arguments: [
        ("a {{ input.«1»titel }}", "'input' has no field 'titel'; did you mean 'title'?"),
        ("a «1»{{ input.title", "this `{{` has no closing `}}`"),
        ("a «1»{{  }}", "an expression is missing between `{{` and `}}`"),
        ("a {{ input.title «1»| upper }}", "a single '|' joins nothing; write `||`"),
        (
            "{{ «1»facts.people }}",
            "'facts.people' is a list; write `facts.people.join(\", \")` or `json(facts.people)`"
        ),
        ("{{ «1»notes }}", "'notes' is a list; write `json(notes)`, or make texts of its items and `join` them"),
        ("{{ «1»facts }}", "'facts' is a map; write `json(facts)` or read one field"),
        ("{{ «1»page.?text }}", "'page.?text' is an optional; end it with `.orValue(…)`"),
        (
            "{{ «1»input.meta.title }}",
            "'input.meta.title' may be null, and null has no text; write `input.meta.?title.orValue(\"\")`"
        ),
        ("{{ «1»urgent }}", "'urgent' may be null, and null has no text; test it first, `urgent != null ? … : …`"),
    ])
    func `a mistake inside of a template has its place`(marked: String, message: String) {
        let text = MarkedText(marked)
        #expect(Workbench.templateMistakes(in: text.text) == ["\(text[1].column): \(message)"])
    }

    @Test func `every expression of a template is checked`() {
        let mistakes = Workbench.templateMistakes(in: "{{ input.titel }} {{ 1 + }} {{ facts.cont }}")
        #expect(mistakes.map { $0.prefix { $0 != ":" } } == ["10", "26", "38"])
    }

    @Test func `a value that has no text is an error with its place`() throws {
        let template = try Workbench.template("a {{ input.raw }}")
        let error = #expect(throws: EvaluationError.self) { try template.render(Workbench.slots) }
        #expect(error?.message == "a map has no text of its own; write `json(…)` or read one field")
        #expect(error?.span.start.column == 6)
    }

    @Test func `two braces make a template`() {
        #expect(Template.contains("a {{ b"))
        #expect(!Template.contains("a { { b }}"))
    }
}
