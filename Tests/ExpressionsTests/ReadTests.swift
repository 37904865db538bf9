import Testing
import Values

@testable import Expressions

@Suite struct ReadTests {
    private func reads(_ text: String) throws -> [String] {
        let names = Workbench.scope.names
        return try Workbench.compile(text).reads.map { ([names[$0.slot]] + $0.names).joined(separator: ".") }
    }

    @Test(arguments: [
        ("input.meta.tags.size() > 1 && input.path != \"\"", ["input.meta.tags", "input.path"]),
        ("facts.people.all(p, input.text.mentions(p))", ["facts.people", "input.text"]),
        ("notes.map(n, n.note.text)", ["notes"]),
        ("notes[0].note.text", ["notes"]),
        ("input[\"Company Name\"] + input.path", ["input.Company Name", "input.path"]),
        ("page.?text.orValue(input.title)", ["page.text", "input.title"]),
        ("has(input.meta.title)", ["input.meta.title"]),
        ("input.raw.a.b[\"c\"] == 1 || input.raw.a.b.c == 2", ["input.raw.a.b.c"]),
        ("json(input)", ["input"]),
        ("1 + 2", []),
    ])
    func `what an expression reads is told as far as it is known`(text: String, paths: [String]) throws {
        #expect(try reads(text) == paths)
    }

    @Test func `a template reads what its expressions read, each once`() throws {
        let template = try Workbench.template("{{ input.path }}: {{ facts.count }} {{ input.path }}")
        #expect(template.reads == [ReadPath(slot: 0, names: ["path"]), ReadPath(slot: 2, names: ["count"])])
    }

    @Test(arguments: [
        ("input.title", true), (" facts ", true), ("page.text", true), ("verdict.pass", true),
        ("input.meta.title", true), ("page.lang", true), ("input.titel", false), ("Your order", false),
        ("input.title.size()", false), ("billing", false), ("{{ input.title }}", false), ("", false), ("\"a\"", false),
    ])
    func `a text that is only a known name is noticed`(text: String, isName: Bool) {
        #expect(Expression.isPlainName(text, in: Workbench.scope) == isName)
    }
}
