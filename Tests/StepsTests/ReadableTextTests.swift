import Diagnostics
import Expressions
import Steps
import Testing
import Values

@Suite struct ReadableTextTests {
    private func problems(_ text: String) -> [String] {
        var scope = Scope()
        scope.declare("draft", .nullable(.object(ObjectType([.init("subject", .string)]))), slot: 0)
        scope.hide("secrets", because: "secrets are read elsewhere")
        var problems = Problems()
        let start = SourcePosition(line: 1, column: 1)
        let place = SourceSpan(file: "recipe.yaml", start: start, end: start)
        let template = Template.compile(readable: LocatedText(text, span: place), in: scope, problems: &problems)
        #expect((template == nil) == problems.hasErrors)
        return problems.all.map(\.message)
    }

    @Test(arguments: ["draft", "draft.subject", " draft.subject ", "secrets.crm"])
    func `a text that is only a known name is an error with its mend`(text: String) {
        #expect(
            problems(text) == ["'\(text)' is taken as it stands, word for word; did you mean `{{ \(text) }}`?"])
    }

    @Test(arguments: ["drafts", "draft.body", "draft subject", "Draft", "the draft", "", "draft.subject!"])
    func `any other text is a text`(text: String) {
        #expect(problems(text) == [])
    }
}
