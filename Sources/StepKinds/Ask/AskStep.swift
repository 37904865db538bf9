internal import Diagnostics
internal import Digests
internal import Expressions
internal import Models
internal import Runs
internal import Schemas
internal import Steps
internal import Values

/// Asks a model one question a record, and reads what comes back by the declared type.
struct AskStep: AnsweredStep {
    private let model: SharedModel
    private let system: Template?
    private let prompt: Template
    private let answer: AnswerType
    private let temperature: Double
    private let maxTokens: Int
    private let schema: Value
    private let schemaBytes: Int
    /// What every prompt ends with: models that are not held to a schema by their provider follow it all the same, and
    /// small ones answer better when they are told the fields.
    private let closing: String
    /// The part of every question's identity that depends on neither record nor model.
    private let parameters: [UInt8]

    init(
        model: SharedModel, system: Template?, prompt: Template, answer: AnswerType, temperature: Double,
        maxTokens: Int
    ) {
        self.model = model
        self.system = system
        self.prompt = prompt
        self.answer = answer
        self.temperature = temperature
        self.maxTokens = maxTokens
        schema = answer.jsonSchema
        schemaBytes = JSON.bytes(of: schema).count
        closing = "\n\nAnswer with one JSON object: \(answer)"
        parameters = JSON.bytes(of: [
            "temperature": .double(temperature), "max_tokens": .int(Int64(maxTokens)),
            "schema": schema,
        ])
    }

    var isShared: Bool { true }
    var width: StepWidth? { model.findsWidth ? .found(model.width) : .fixed(model.width) }

    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) { model.whenWidthChanges(tell) }

    var price: CallPrice? {
        model.settings.worstCosts(maxTokens: maxTokens).map {
            CallPrice(answer: $0.answer, promptKilobyte: $0.promptKilobyte)
        }
    }

    func worstCost(of question: Question) -> Int64 {
        guard let request = question.content as? ModelRequest else {
            preconditionFailure("a question is reckoned by the step that made it")
        }
        // A run with a budget has a price for every model; without one there is nothing to reckon.
        return model.settings.worstCost(of: request, schemaBytes: schemaBytes) ?? 0
    }

    func prepare() async throws(Failure) {
        try await model.prepare()
    }

    func identify() async throws(Failure) {
        try await model.identify()
    }

    var parts: [QuestionPart] {
        [QuestionPart("model", model.settings.who)]
            + [system.map { QuestionPart("system", $0.source.text) }].compactMap(\.self)
            + [
                QuestionPart("prompt", prompt.source.text), QuestionPart("answer", "\(answer)"),
                QuestionPart("temperature", "\(temperature)"), QuestionPart("max_tokens", "\(maxTokens)"),
            ]
    }

    func cost(tokensIn: Int, tokensOut: Int) -> Int64? {
        model.settings.cost(tokensIn: tokensIn, tokensOut: tokensOut)
    }

    func question(
        for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let texts: (system: String?, prompt: String)
        do throws(EvaluationError) {
            texts = (try system?.render(row), try prompt.render(row))
        } catch {
            throw Failure(error)
        }
        return try question(texts, about: record, attempt: attempt)
    }

    func question(
        joining answers: [Value], for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let system: String?
        do throws(EvaluationError) { system = try self.system?.render(row) } catch { throw Failure(error) }
        let told = answers.enumerated().map { "\($0 + 1). \(JSON.text(of: $1))" }.joined(separator: "\n\n")
        let prompt =
            "Each of these answers was given to one question, asked about a part of a whole:\n\n\(told)\n\n"
            + "The question was:\n\n\(bareQuestion(row))\n\nAnswer it about the whole, from the answers above."
        return try question((system, prompt), about: record, attempt: attempt)
    }

    /// The question without what it is asked about, of which the row holds nothing. Where it needs something there, as it
    /// is written.
    private func bareQuestion(_ row: borrowing Slots) -> String {
        do throws(EvaluationError) { return try prompt.render(row) } catch { return prompt.source.text }
    }

    /// Of the embedded model's context what the answer leaves, at three bytes a token; for others a size that every
    /// usual one takes. One that is too long all the same is made smaller by whoever asks.
    var promptBytes: Int {
        guard model.settings.provider == .local else { return 96 << 10 }
        return max(512, (LlamaContext.tokens - maxTokens - 200) * 3 - schemaBytes)
    }

    private func question(
        _ texts: (system: String?, prompt: String), about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        var messages = [ModelRequest.Message(.user, texts.prompt + closing)]
        if let previous = attempt.previous {
            if let said = previous.answer, !said.isEmpty {
                messages.append(.init(.assistant, Self.shownAgain(said)))
            }
            messages.append(.init(.user, Self.complaint(previous.complaint)))
        }
        let request = ModelRequest(
            system: texts.system, messages: messages, schema: schema, temperature: temperature, maxTokens: maxTokens,
            affinity: record.ordinal)
        return Question(
            key: try key(of: request, draw: attempt.number), shown: Self.shown(request), content: request)
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let request = question.content as? ModelRequest else {
            preconditionFailure("a question is performed by the step that made it")
        }
        switch await reply(to: request, in: context) {
        case .reply(let reply): return .answered(Answer(body: KeptReply(reply).body, usage: reply.usage))
        case .failed(let failure, let usage): return .failed(failure, usage)
        case .outOfReach(let failure): return .outOfReach(failure)
        case .cancelled: return .stopped
        }
    }

    /// Where the earlier answer and its complaint are what does not fit, the question goes out without them: a plain second
    /// try is worth more than none.
    private func reply(to request: ModelRequest, in context: StepContext) async -> ModelOutcome {
        let outcome = await model.reply(to: request, timeout: context.timeout, repeats: context.repeats)
        guard case .failed(let failure, _) = outcome, failure.cause == .promptTooLong, request.messages.count > 1
        else { return outcome }
        var plain = request
        plain.messages.removeSubrange(1...)
        return await model.reply(to: plain, timeout: context.timeout, repeats: context.repeats)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard let reply = KeptReply(answer.body) else {
            return .unusable(Failure(.notJSON, "the kept answer cannot be read"))
        }
        switch reply.finish {
        case .cutOff:
            return .unusable(Failure(.cutOff, "the answer was cut off at \(maxTokens) tokens; answer in fewer words"))
        case .refused(let words):
            return .unusable(Failure(.refused, "the model declined to answer" + (words.isEmpty ? "" : ": \(words)")))
        case .complete: break
        }
        guard reply.text.utf8.contains(where: { $0 > UInt8(ascii: " ") }) else {
            return .unusable(Failure(.empty, "the answer is empty"))
        }
        let value: Value
        do throws(JSONError) {
            value = try JSON.parse(reply.text)
        } catch {
            return .unusable(Failure(.notJSON, "the answer is not JSON: \(error)"))
        }
        switch self.answer.accept(value) {
        case .success(let value): return .value(value)
        case .failure(let violations): return .unusable(Failure(.schema, violations.description))
        }
    }

    func words(of answer: Answer) -> String {
        KeptReply(answer.body)?.text ?? ""
    }

    // MARK: What the model sees

    /// What the model is shown of its earlier answer: all of one to mend, and the beginning of one that was cut off or is
    /// no JSON, which is to be written anew and would only take the room of the next.
    private static func shownAgain(_ answer: String) -> String {
        guard answer.unicodeScalars.count > mostShownAgain else { return answer }
        do throws(JSONError) {
            _ = try JSON.parse(answer)
            return answer
        } catch {
            return String(String.UnicodeScalarView(answer.unicodeScalars.prefix(mostShownAgain))) + "…"
        }
    }

    private static let mostShownAgain = 400

    private static func complaint(_ text: String) -> String {
        "This answer cannot be used: \(text)\nAnswer again, with that mended and everything else as asked."
    }

    /// The whole question as people read it.
    private static func shown(_ request: ModelRequest) -> String {
        let system = request.system.map { "system: \($0)\n\n" } ?? ""
        guard request.messages.count > 1 else { return system + request.messages[0].text }
        return system + request.messages.map { "\($0.role.rawValue): \($0.text)" }.joined(separator: "\n\n")
    }

    private func key(of request: ModelRequest, draw: Int) throws(Failure) -> SHA256Digest {
        var hash = SHA256Stream()
        hash.addPart(try model.identity)
        hash.addPart(parameters)
        hash.addPart((request.system ?? "").utf8)
        for message in request.messages {
            hash.addPart(message.role.rawValue.utf8)
            hash.addPart(message.text.utf8)
        }
        hash.addPart(String(draw).utf8)
        return hash.digest
    }
}
