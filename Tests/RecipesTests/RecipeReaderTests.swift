import Diagnostics
import Foundation
import Recipes
import Schemas
import TestSupport
import Testing
import Values

@Suite struct RecipeReaderTests {
    static let whole = """
        # yaml-language-server: $schema=recipe.schema.json
        recipe: sort-letters
        about: Sort letters by what they ask for.
        models:
          writer: local
          cloud:
            provider: openai
            url: https://models.example/v1
            model: small-2
            key: {env: MODEL_KEY}
            price: {input: 0.25, output: 2}
            max_tokens: 800
            temperature: 0.5
            limits: {in_flight: 8, requests_per_minute: 600, tokens_per_minute: 200000}
        settings: {tone: {type: string, default: plain, about: How it sounds}}
        secrets:
          crm: {env: CRM_KEY}
          mail: {file: mail.key}
        input:
          folder: ../letters
          match: ["*.txt", "*.md"]
        steps:
          - name: summary
            about: What the letter says.
            ask:
              model: writer
              prompt: |
                {{ input.text }}

                Summarise the letter above.
              answer: {text: string <= 700, kinds: [string], who: {list of: string, at most: 12, or: null}}
            when: size(input.text) > 10
            expect:
              - rule: "!summary.text.startsWith(input.title)"
                because: the summary repeats the title
              - {rule: size(summary.text) > 20, severity: warning}
            attempts: 3
            timeout: 1m30s
            otherwise: flag
          - name: card
            set:
              words: size(input.text.words())
              line: "{{ input.title }}: {{ summary.text }}"
              n: 3
          - name: rules
            check:
              - rule: card.words > 3
        out: ../out
        output:
          - csv: letters.csv
            columns: {"Company Name": summary.text, words: card.words}
            excel: true
          - jsonl: letters.jsonl
        limits: {in_flight: auto, failures: 30%}

        """

    @Test func `a recipe without mistakes is read whole`() throws {
        let recipe = try read(Self.whole)
        #expect(recipe.name.value == "sort-letters")
        #expect(recipe.about?.text == "Sort letters by what they ask for.")
        #expect(recipe.bytes == Array(Self.whole.utf8))
        #expect(recipe.broken.isEmpty)
        #expect(recipe.input?.kind.value == "folder")
        #expect(recipe.input?.fields.text("folder")?.text == "../letters")
        #expect(recipe.input?.fields.texts("match")?.map(\.text) == ["*.txt", "*.md"])
        #expect(recipe.out?.text == "../out")
        #expect(recipe.outputs.map(\.kind.value) == ["csv", "jsonl"])
        #expect(recipe.outputs[0].fields.map("columns")?.map(\.key.value) == ["Company Name", "words"])
        #expect(recipe.outputs[0].fields.boolean("excel")?.value == true)
        #expect(recipe.limits.inFlight?.value == .auto)
        #expect(recipe.limits.failures?.value == .fraction(0.3))
    }

    @Test func `models, settings and secrets are read in their short and long forms`() throws {
        let recipe = try read(Self.whole)
        #expect(recipe.models.map(\.name.value) == ["writer", "cloud"])
        #expect(recipe.models.map(\.provider.value) == ["local", "openai"])
        let cloud = recipe.models[1]
        #expect(cloud.url?.text == "https://models.example/v1")
        #expect(cloud.model?.text == "small-2")
        #expect(cloud.keyVariable?.text == "MODEL_KEY")
        #expect(cloud.price?.value == ModelSpec.Price(input: 0.25, output: 2))
        #expect(cloud.maxTokens?.value == 800)
        #expect(cloud.temperature?.value == 0.5)
        #expect(cloud.limits.inFlight?.value == .count(8))
        #expect(cloud.limits.requestsPerMinute?.value == 600)
        #expect(cloud.limits.tokensPerMinute?.value == 200_000)
        #expect(recipe.settings.map(\.name.value) == ["tone"])
        #expect(recipe.settings[0].defaultValue?.value == "plain")
        #expect(recipe.settings[0].type?.span.start == SourcePosition(line: 15, column: 25))
        guard case .environment(let variable)? = recipe.secrets[0].source,
            case .file(let file)? = recipe.secrets[1].source
        else {
            Issue.record("the secrets have no sources")
            return
        }
        #expect([variable.text, file.text] == ["CRM_KEY", "mail.key"])
    }

    @Test func `a step has its kind, its body and what every step may have`() throws {
        let steps = try read(Self.whole).steps
        #expect(steps.map(\.name.value) == ["summary", "card", "rules"])
        #expect(steps.map(\.kind.value) == ["ask", "set", "check"])
        let ask = steps[0]
        #expect(ask.when?.text == "size(input.text) > 10")
        #expect(ask.attempts?.value == 3)
        #expect(ask.timeout?.value == Values.Duration(seconds: 90))
        #expect(ask.otherwise?.value == .flag)
        #expect(ask.expect.map(\.rule.text) == ["!summary.text.startsWith(input.title)", "size(summary.text) > 20"])
        #expect(ask.expect.map(\.severity) == [.error, .warning])
        #expect(ask.expect[0].because?.text == "the summary repeats the title")
        guard case .fields(let fields) = ask.body else {
            Issue.record("the body of 'ask' has no fields")
            return
        }
        #expect(fields.text("model")?.text == "writer")
        let prompt = try #require(fields.template("prompt"))
        let sentence = "Summarise the letter above."
        let inPrompt = try #require(prompt.text.range(of: sentence)).lowerBound
        let inFile = try #require(Self.whole.range(of: sentence)).lowerBound
        let linesBefore = Self.whole[..<inFile].split(separator: "\n", omittingEmptySubsequences: false)
        #expect(
            prompt.position(at: prompt.text.utf8.distance(from: prompt.text.startIndex, to: inPrompt))
                == SourcePosition(line: linesBefore.count, column: (linesBefore.last?.count ?? 0) + 1))
        guard case .map(let answer, _)? = fields.answer("answer") else {
            Issue.record("the answer is no map")
            return
        }
        #expect(answer.map(\.key.value) == ["text", "kinds", "who"])
        guard case .word(let text) = answer[0].value, case .list(let kinds, _) = answer[1].value,
            case .map(let who, _) = answer[2].value
        else {
            Issue.record("the answer's types have other shapes")
            return
        }
        #expect(text.text == "string <= 700")
        #expect(kinds.count == 1)
        #expect(who.map(\.key.value) == ["list of", "at most", "or"])
    }

    @Test func `the null of a type is a word, and a type that is left out is a mistake`() throws {
        let types = "answer: {text: string <= 700, kinds: [string], who: {list of: string, at most: 12, or: null}}"
        let recipe = try read(Self.whole.replacing(types, with: "answer: {who: {list of: string, or: null}}"))
        guard case .fields(let fields) = recipe.steps[0].body, case .map(let answer, _)? = fields.answer("answer"),
            case .map(let who, _)? = answer.first?.value, case .word(let null)? = who.last?.value
        else {
            Issue.record("the answer has another shape")
            return
        }
        #expect(null.text == "null")
        #expect(messages(Self.whole.replacing(types, with: "answer: {who: }")) == ["'who' has no type"])
    }

    @Test func `what is computed is a template where braces stand in it, else an expression`() throws {
        let recipe = try read(Self.whole)
        guard case .map(let fields, _) = recipe.steps[1].body else {
            Issue.record("the body of 'set' is no map")
            return
        }
        #expect(fields.map(\.key.value) == ["words", "line", "n"])
        guard case .expression(let words) = fields[0].setting, case .template(let line) = fields[1].setting,
            case .expression(let number) = fields[2].setting
        else {
            Issue.record("the fields have other forms")
            return
        }
        #expect(words.text == "size(input.text.words())")
        #expect(line.text == "{{ input.title }}: {{ summary.text }}")
        #expect(number.text == "3")
        #expect(RuleSpec.all(in: recipe.steps[2].body).map(\.rule.text) == ["card.words > 3"])
    }

    @Test func `what surrounds a mistake is read, and what is broken says so`() throws {
        let text = """
            recipe: r
            input: {folder: docs}
            steps:
              - name: one
                ask: {prompt: {{ input.text }} please, answer: {a: string}}
              - name: two
                aks: {}
              - name: three
                set: {a: one.a, b: [x]}
            """
        var problems = Problems()
        let recipe = try #require(
            Recipe.read(Array(text.utf8), file: "recipe.yaml", grammar: .sample, problems: &problems))
        #expect(problems.all.count == 3)
        #expect(recipe.steps.map(\.name.value) == ["one", "two", "three"])
        #expect(recipe.steps.map(\.kind.value) == ["ask", "", "set"])
        #expect(recipe.steps[1].body.isBroken)
        #expect(recipe.broken == ["steps"])
        guard case .fields(let ask) = recipe.steps[0].body, case .map(let set, _) = recipe.steps[2].body else {
            Issue.record("the bodies have other shapes")
            return
        }
        #expect(ask.isBroken("prompt"))
        #expect(ask.template("prompt") == nil)
        #expect(!ask.isBroken("answer"))
        #expect(set.map(\.setting.isBroken) == [false, true])
    }

    @Test(arguments: [
        ("500ms", 0, 500_000_000), ("10s", 10, 0), ("1m30s", 90, 0), ("2h", 7200, 0), ("3d", 259_200, 0),
        ("1.5s", 1, 500_000_000), ("1d12h", 129_600, 0),
    ])
    func `a time is written with its units`(text: String, seconds: Int64, nanoseconds: Int32) throws {
        let recipe = try read(Self.step("timeout: \(text)"))
        #expect(recipe.steps[0].timeout?.value == Values.Duration(seconds: seconds, nanoseconds: nanoseconds))
    }

    @Test(arguments: ["10", "s", "10x", "1s1s", "1s1m", "-1s", "1.s", ".5s", "1e3s", "0s", "9999999d", "10 s", "１s"])
    func `what is no time is refused`(text: String) {
        #expect(messages(Self.step("timeout: \(text)")).count == 1)
    }

    @Test(arguments: [
        ("attempts: 0", "'attempts' must be a whole number from 1 to 100, not '0'"),
        ("attempts: 1.0", "'attempts' must be a whole number from 1 to 100, not '1.0'"),
        ("attempts: '3'", "'attempts' must be a whole number from 1 to 100; write 3 without quotes"),
        ("attempts: [3]", "'attempts' must be a whole number from 1 to 100, not a list"),
        ("when:", "'when' has no value; it must be an expression"),
        ("when: {a: {b: c}, d: e}", "YAML takes '{' at the start of a value for a map; quote it: '{a: {b: c}, d: e}'"),
        ("about: 'a {{ b }}'", "'about' is taken as it stands, so '{{' has no meaning here"),
        ("expect: {rule: a}", "'expect' must be a list, not a map"),
        ("otherwise: give up", "'otherwise' must be 'fail', 'flag', 'skip' or 'review', not 'give up'"),
        ("? [a]\n    : b", "a key must be text"),
    ])
    func `a value of another form is told with what is wanted`(line: String, message: String) {
        #expect(messages(Self.step(line)) == [message])
    }

    @Test(arguments: [
        ("5.00", 5), ("5", 5), ("0.000000001", 1e-9), ("1e3", 1_000),
    ])
    func `a budget is an amount of money`(text: String, amount: Double) throws {
        let recipe = try read(Self.step("about: a") + "limits: {spend: \(text), time: 1h30m}\n")
        #expect(recipe.limits.spend?.value == amount)
        #expect(recipe.limits.time?.value == Values.Duration(seconds: 5_400, nanoseconds: 0))
    }

    @Test(arguments: ["0", "-1", "0.0", "1e-12", ".inf", ".nan", "five", "5 EUR", "2e9", "[5]"])
    func `a budget of nothing is refused, and what is none`(text: String) {
        let found = messages(Self.step("about: a") + "limits: {spend: \(text)}\n")
        #expect(found.count == 1)
        #expect(found.first?.hasPrefix("'spend' must be an amount of money above 0, such as 5.00, not ") == true)
    }

    @Test(arguments: ["0s", "-1h", "2", "soon"])
    func `a time limit of nothing is refused, and what is none`(text: String) {
        #expect(messages(Self.step("about: a") + "limits: {time: \(text)}\n").count == 1)
    }

    @Test func `a second document is refused where it starts`() {
        #expect(
            messages(Self.step("attempts: 2") + "---\na: b\n")
                == ["a recipe is one document, and a second one starts here; give it a file of its own"])
    }

    @Test(arguments: [
        ("", "the recipe is empty; it needs 'recipe', 'input' and 'steps'"),
        ("# nothing\n", "the recipe is empty; it needs 'recipe', 'input' and 'steps'"),
        ("just text", "the recipe must be a map"),
        ("- a", "the recipe must be a map"),
        ("\u{FF}\u{FE}", "control"),
        ("a\0b", "this is no text file; a recipe is YAML"),
    ])
    func `a file that is no recipe is told so`(text: String, message: String) {
        let found = messages(text)
        #expect(found.count == 1)
        #expect(message == "control" || found.first?.hasPrefix(message) == true)
    }

    @Test func `no prefix of a recipe and no byte left out crashes the reader`() throws {
        let bytes = Array(Self.whole.utf8)
        let steps = try #require(Self.whole.range(of: "steps:")).lowerBound
        let needed = Self.whole.utf8.distance(from: Self.whole.startIndex, to: steps)
        for end in stride(from: 0, to: bytes.count, by: 17) {
            var problems = Problems()
            _ = Recipe.read(Array(bytes[..<end]), file: "", grammar: .sample, problems: &problems)
            #expect(end > needed || problems.hasErrors)
        }
        for gap in stride(from: 0, to: bytes.count, by: 23) {
            var problems = Problems()
            _ = Recipe.read(Array(bytes[..<gap] + bytes[(gap + 1)...]), file: "", grammar: .sample, problems: &problems)
        }
    }

    @Test func `a file full of accidents is read to its bound`() {
        let text = "recipe: r\nsteps:\n" + (0..<60).map { "  - {name: s\($0), when: \"a\" in b}\n" }.joined()
        let found = messages(text)
        #expect(found.count { $0.hasPrefix("YAML ends a value that starts with a quote") } == 50)
        #expect(found.count == 51)
    }

    static func step(_ line: String) -> String {
        "recipe: r\ninput: {folder: docs}\nsteps:\n  - name: one\n    set: {a: input.text}\n    \(line)\n"
    }
}

/// A recipe that has no mistakes.
func read(_ text: String) throws -> Recipe {
    var problems = Problems()
    let recipe = Recipe.read(Array(text.utf8), file: "recipe.yaml", grammar: .sample, problems: &problems)
    #expect(problems.all.map(\.message) == [])
    return try #require(recipe)
}

/// The messages of a recipe's problems in the order of their places.
func messages(_ text: String) -> [String] {
    var problems = Problems()
    _ = Recipe.read(Array(text.utf8), file: "recipe.yaml", grammar: .sample, problems: &problems)
    return problems.sorted.map(\.message)
}
