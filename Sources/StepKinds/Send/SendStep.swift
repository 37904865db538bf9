internal import Digests
internal import Expressions
internal import Runs
internal import Steps
internal import Values

/// What a `send` step sends: made of a row, with nothing of the world in it.
protocol Message: Sendable {
    associatedtype Rendered: Sendable

    /// In words of the recipe, for telling two recipes apart.
    var parts: [QuestionPart] { get }
    var reads: [ReadPath] { get }
    /// What of it leaves the building, and what says where to.
    var exposures: [Exposure] { get }
    /// The secrets that it needs.
    var secretNames: [String] { get }

    func render(_ row: borrowing Slots, about record: Record) throws(Failure) -> Rendered
    /// As people read it, without secrets.
    func shown(_ rendered: Rendered) -> String
}

/// Where messages leave.
protocol Outlet: Sendable {
    associatedtype Rendered: Sendable

    /// What this machine lacks to send anything.
    var lack: Failure? { get }
    /// Finds out whether anything can be sent, where that takes asking somebody.
    func prepare() async throws(Failure)
    /// For one try.
    var standardTimeout: Swift.Duration { get }
    /// How many can be sent at once; nil for no bound of its own.
    var width: StepWidth? { get }

    /// - Parameter key: goes out with the message, so that the other side can tell a repetition.
    func send(_ message: Rendered, key: String, timeout: Swift.Duration) async -> SendEnding
    /// What stands for the status of something that a person says has been sent.
    var statusUnseen: Value { get }
}

enum SendEnding: Sendable {
    case sent(status: Value)
    case failed(Failure)
    case outOfReach(Failure)
    case stopped
}

extension Outlet {
    var lack: Failure? { nil }
    func prepare() async throws(Failure) {}
    var width: StepWidth? { nil }
}

/// Sends one message a record. What may have gone out is never sent again by itself.
struct SendStep<Sent: Message, Way: Outlet>: AnsweredStep where Sent.Rendered == Way.Rendered {
    let message: Sent
    let secrets: SecretStore
    let outlet: Way

    var effect: StepEffect { .sends }
    var width: StepWidth? { outlet.width }
    var lack: Failure? { outlet.lack ?? secrets.lack(of: message.secretNames) }
    var parts: [QuestionPart] { message.parts }

    func prepare() async throws(Failure) { try await outlet.prepare() }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let rendered = try message.render(row, about: record)
        let shown = message.shown(rendered)
        var hash = SHA256Stream()
        hash.addPart("send".utf8)
        hash.addPart(shown.utf8)
        hash.addPart(String(attempt.number).utf8)
        return Question(key: hash.digest, shown: shown, content: rendered)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let rendered = question.content as? Sent.Rendered, let effectKey = context.effectKey else {
            preconditionFailure("a question is performed by the step that made it, under its idempotency key")
        }
        let key = effectKey.hex
        let clock = ContinuousClock()
        let start = clock.now
        let ending = await outlet.send(rendered, key: key, timeout: context.timeout ?? outlet.standardTimeout)
        var usage = Usage()
        let (seconds, attoseconds) = (clock.now - start).components
        usage.microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        switch ending {
        case .sent(let status):
            return .answered(Answer(body: JSON.bytes(of: ["status": status, "key": .string(key)]), usage: usage))
        case .failed(let failure): return .failed(secrets.scrubbed(failure), usage)
        case .outOfReach(let failure): return .outOfReach(secrets.scrubbed(failure))
        case .stopped: return .stopped
        }
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard !answer.body.isEmpty else { return .value(["status": outlet.statusUnseen, "key": ""]) }
        do throws(JSONError) {
            return .value(try JSON.parse(answer.body))
        } catch {
            return .unusable(Failure(.notJSON, "the kept answer is not that of something sent: \(error)"))
        }
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}
