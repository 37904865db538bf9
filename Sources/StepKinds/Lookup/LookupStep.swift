internal import Databases
internal import Diagnostics
internal import Digests
internal import Expressions
internal import Runs
internal import Steps
internal import Values

/// Asks a database for the rows of one record, and holds them against the recipe's contract.
struct LookupStep: AnsweredStep {
    struct Parameter: Sendable {
        var name: String
        var value: Expression
    }

    /// What is asked for one record.
    private struct Asked: Sendable {
        var values: [Value]
    }

    private var source: any LookupSource
    private let parameters: [Parameter]
    private let contract: RowContract
    private let identity: [UInt8]

    /// For one try, where the recipe does not say.
    private static let patience = Swift.Duration.seconds(30)

    /// - Parameter parameters: in the order of the query's names.
    init(_ source: any LookupSource, _ parameters: [Parameter], _ contract: RowContract) {
        self.source = source
        self.parameters = parameters
        self.contract = contract
        identity = JSON.bytes(of: .list((source.identity + ["\(contract)"]).map(Value.string)))
    }

    var width: StepWidth? { source.width.map(StepWidth.fixed) }
    var answersAtOnce: Bool { source.answersAtOnce }

    func sharing(_ other: any AnsweredStep) -> any AnsweredStep {
        guard let other = other as? LookupStep else { return self }
        var step = self
        step.source = other.source
        return step
    }

    var parts: [QuestionPart] {
        [QuestionPart("asked", source.identity.joined(separator: ": "))]
            + parameters.map { QuestionPart("with.\($0.name)", $0.value.source.text) }
            + [QuestionPart("rows", "\(contract)")]
    }

    func prepare() async throws(Failure) {
        switch await source.prepare() {
        case .answered, .stopped: return
        case .failed(let failure), .outOfReach(let failure): throw failure
        }
    }

    // MARK: Asking

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        var values: [Value] = []
        values.reserveCapacity(parameters.count)
        for parameter in parameters {
            do throws(EvaluationError) {
                values.append(try parameter.value.evaluate(row))
            } catch {
                throw Failure(error)
            }
            if let kind = values[values.count - 1].unboundKind {
                throw Failure(
                    .expression,
                    "'with.\(parameter.name)' is \(kind), and a query takes one value; choose one, or join them to a text"
                )
            }
        }
        var hash = SHA256Stream()
        hash.addPart(identity)
        hash.addPart(JSON.bytes(of: .list(values)))
        hash.addPart(String(attempt.number).utf8)
        let asked = Asked(values: values)
        return Question(key: hash.digest, shown: "\(source.name): \(words(asked.values))", content: asked)
    }

    func answerAtOnce(_ question: Question) -> Answer? {
        guard let asked = question.content as? Asked,
            let found = source.rowsAtOnce(asked.values, atMost: contract.limit),
            case .success(let body) = body(found)
        else { return nil }
        return Answer(body: body, usage: Usage())
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let asked = question.content as? Asked else {
            preconditionFailure("a question is performed by the step that made it")
        }
        let start = ContinuousClock.now
        let ending = await source.rows(
            asked.values, atMost: contract.limit, within: context.timeout ?? Self.patience)
        let usage = Usage(microseconds: Int64((ContinuousClock.now - start) / .microseconds(1)))
        switch ending {
        case .answered(let found):
            switch body(found) {
            case .success(let body): return .answered(Answer(body: body, usage: usage))
            case .failure(let failure): return .failed(failure, usage)
            }
        case .failed(let failure): return .failed(failure, usage)
        case .outOfReach(let failure): return .outOfReach(failure)
        case .stopped: return .stopped
        }
    }

    private func body(_ found: LookupRows) -> Result<[UInt8], Failure> {
        Result { () throws(Failure) in try contract.body(found.columns, found.rows) }
    }

    // MARK: Reading

    func read(_ answer: Answer, to question: Question) -> Reading {
        let values = (question.content as? Asked)?.values ?? []
        switch contract.read(answer.body, about: { words(values) }) {
        case .success(let value): return .value(value)
        case .failure(let failure): return .unusable(failure)
        }
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }

    /// `domain = "acme.example"`.
    private func words(_ values: [Value]) -> String {
        guard !values.isEmpty else { return "the query" }
        return zip(parameters, values).map { "\($0.name) = \(JSON.text(of: $1))" }.joined(separator: ", ")
    }
}

extension LookupStep: DatabaseUser {
    package var databaseName: String { source.name }
    package func databaseProblem() -> String? { source.problem() }
}

extension Value {
    /// What it is, where it is no value that a name of a query can be bound to.
    fileprivate var unboundKind: String? {
        switch self {
        case .list: "a list"
        case .map: "a map"
        case .bytes: "bytes"
        case .optional(let inner?): inner.unboundKind
        default: nil
        }
    }
}
