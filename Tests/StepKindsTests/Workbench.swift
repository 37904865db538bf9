import Calls
import Diagnostics
import Digests
import Expressions
import Models
import Recipes
import Runs
import StepKinds
import Steps
import Synchronization
import TestSupport
import Testing
import Values

/// One step of a recipe, prepared by its kind in the scope of a small record.
struct Bench {
    var step: PreparedStep?
    /// As `LINE:COLUMN message`, the step's first line being 1.
    var errors: [String]
    var notes: [String]

    /// - Parameter models: the recipe's, as YAML.
    init(
        _ text: String, models: String = "{writer: openai}", asking transport: ScriptedTransport = ScriptedTransport(),
        in folder: String = ".", opensDatabases: Bool = false
    ) throws {
        let kinds: [any StepKind] = [
            AskKind { spec in
                SharedModel(
                    ModelSettings(
                        provider: .openAI, url: "http://model.test/v1", model: spec.model?.text ?? "small",
                        price: .init(input: 1, output: 2)),
                    factory: ModelFactory(
                        transport: transport, policy: RetryPolicy(mostTries: 2),
                        clock: ManualClock(movesItself: true)), tell: { _ in })
            }, SetKind(), CheckKind(), LookupKind(), SplitKind(), EachKind(),
        ]
        let grammar = Grammar(
            steps: kinds.map(\.grammar), inputs: [KindGrammar("rows", .text, about: "Rows.")], outputs: [],
            providers: [KindGrammar("openai", .text, siblings: Grammar.modelKeys, about: "A model.")])
        let head = "recipe: test\nmodels: \(models)\ninput: {rows: a}\nsteps:\n"
        let whole = head + "- name: it\n" + text.split(separator: "\n").map { "  \($0)\n" }.joined()
        var problems = Problems()
        let recipe = try #require(
            Recipe.read(Array(whole.utf8), file: "recipe.yaml", grammar: grammar, problems: &problems))
        let spec = try #require(recipe.steps.first)
        let kind = try #require(kinds.first { $0.grammar.name == spec.kind.value })
        var planning = StepPlanning(step: spec, recipe: recipe, scope: Self.scope, folder: folder, problems: problems)
        planning.opensDatabases = opensDatabases
        step = kind.plan(&planning)
        errors = planning.problems.sorted.map { problem in
            (problem.span.map { "\($0.start.line - 5):\($0.start.column - 2) " } ?? "") + problem.message
        }
        notes = planning.notes
    }

    private static let scope: Scope = {
        var scope = Scope()
        let input = ObjectType([
            .init("title", .string), .init("text", .string), .init("size", .int), .init("open", .any),
        ])
        scope.declare("input", .object(input), slot: 0)
        return scope
    }()

    /// A row with the text, and nothing in the open field.
    static func row(_ text: String = "Dear Bob", size: Int64 = 3) -> Slots {
        var slots = Slots(count: 1)
        slots[0] = ["title": "A letter", "text": .string(text), "size": .int(size), "open": nil]
        return slots
    }

    static func record(_ ordinal: Int = 0) -> Record {
        Record(
            ordinal: ordinal, id: "r\(ordinal)",
            origin: RecordOrigin(source: "rows", content: Fingerprint(high: 0, low: 0)), input: .null)
    }

    /// What a step that computes makes of a row.
    func verdict(_ row: borrowing Slots = row()) throws -> Verdict {
        guard case .pure(let step)? = step?.action else { throw NotPrepared(errors: errors) }
        return step.apply(to: row)
    }

    func asking() throws -> any AnsweredStep {
        guard case .answered(let step)? = step?.action else { throw NotPrepared(errors: errors) }
        return step
    }

    struct NotPrepared: Error { var errors: [String] }
}

/// A model's server that answers in the order of a script and remembers what it was asked.
final class ScriptedTransport: HTTPTransport {
    private let script: Mutex<[Result<HTTPReply, HTTPFault>]>
    private let asked = Mutex<[[UInt8]]>([])

    init(_ script: Result<HTTPReply, HTTPFault>...) { self.script = Mutex(script) }

    /// Its answer to every question is this text.
    init(saying text: String, finish: String = "stop") {
        script = Mutex([Self.reply(text, finish: finish)])
    }

    static func reply(_ text: String, finish: String = "stop") -> Result<HTTPReply, HTTPFault> {
        let body = JSON.bytes(of: [
            "choices": [["message": ["content": .string(text)], "finish_reason": .string(finish)]],
            "usage": ["prompt_tokens": 30, "completion_tokens": 4],
        ])
        return .success(HTTPReply(status: 200, body: body))
    }

    /// Nobody is there, so many times.
    init(refusing times: Int) {
        script = Mutex(Array(repeating: .failure(.unreachable("refused")), count: times))
    }

    /// The bodies of the requests so far.
    var requests: [Value] {
        get throws { try asked.withLock { $0 }.map { bytes throws(JSONError) in try JSON.parse(bytes) } }
    }

    func send(_ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int) async throws(HTTPFault) -> HTTPReply {
        asked.withLock { $0.append(request.body) }
        let next = script.withLock { $0.isEmpty ? nil : $0.removeFirst() }
        guard let next else { throw .unsendable("the script has no answer for this request") }
        return try next.get()
    }

    func close() async {}
}
