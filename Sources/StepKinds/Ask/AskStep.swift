internal import Diagnostics
internal import Digests
internal import Expressions
internal import Models
internal import Runs
internal import Schemas
internal import Steps
internal import Values

/// One of the models that a step asks.
struct AskedModel: Sendable {
    var live: SharedModel
    var temperature: Double
    var maxTokens: Int
}

/// A text that passages of the answer must stand in.
struct QuotedField: Sendable {
    /// As the recipe wrote it.
    var name: String
    var expression: Expression
}

/// A question with the answer that it should get.
struct AskExample: Sendable {
    var prompt: Template
    /// JSON.
    var answer: String
}

/// What one record asks, and what its answer is held against.
private struct AskContent: Sendable {
    var request: ModelRequest
    /// Which of the models is asked.
    var model: Int
    /// By the field's name.
    var quoted: [String: QuotedText]
}

/// Asks a model one question a record, and reads what comes back by the declared type.
struct AskStep: AnsweredStep {
    /// At least one; the next is asked where the one before has used up its attempts, or cannot be reached.
    private let models: [AskedModel]
    private let attemptsOfOne: Int
    private let system: Template?
    private let prompt: Template
    private let answer: AnswerType
    private let quoted: [QuotedField]
    private let examples: [AskExample]
    private let schema: Value
    private let schemaBytes: Int
    /// What every prompt ends with: models that are not held to a schema by their provider follow it all the same, and
    /// small ones answer better when they are told the fields.
    private let closing: String
    /// The parts of every question's identity that depend on neither record nor model's identity, by model.
    private let parameters: [[UInt8]]

    init(
        models: [AskedModel], attemptsOfOne: Int, system: Template?, prompt: Template, answer: AnswerType,
        quoted: [QuotedField] = [], examples: [AskExample] = []
    ) {
        self.models = models
        self.attemptsOfOne = attemptsOfOne
        self.system = system
        self.prompt = prompt
        self.answer = answer
        self.quoted = quoted
        self.examples = examples
        let schema = answer.jsonSchema
        self.schema = schema
        schemaBytes = JSON.bytes(of: schema).count
        closing = "\n\nAnswer with one JSON object: \(Self.inWords(answer))"
        parameters = models.map { model in
            JSON.bytes(of: [
                "temperature": .double(model.temperature), "max_tokens": .int(Int64(model.maxTokens)),
                "schema": schema,
            ])
        }
    }

    /// A schema of the author's own is told as it is.
    private static func inWords(_ answer: AnswerType) -> String {
        guard case .schema(let file) = answer else { return "\(answer)" }
        return "as this JSON Schema has it: \(JSON.text(of: file.document))"
    }

    private var first: AskedModel { models[0] }

    var isShared: Bool { true }

    /// Of the first model: the others are asked by the few records that it fails.
    var width: StepWidth? { first.live.findsWidth ? .found(first.live.width) : .fixed(first.live.width) }

    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) { first.live.whenWidthChanges(tell) }

    /// Of the dearest model; nil where any has no price.
    var price: CallPrice? {
        var dearest = CallPrice.nothing
        for model in models {
            guard let costs = model.live.settings.worstCosts(maxTokens: model.maxTokens) else { return nil }
            dearest.answer = max(dearest.answer, costs.answer)
            dearest.promptKilobyte = max(dearest.promptKilobyte, costs.promptKilobyte)
        }
        return dearest
    }

    func worstCost(of question: Question) -> Int64 {
        let content = content(of: question)
        // A run with a budget has a price for every model; without one there is nothing to reckon.
        return models[content.model].live.settings.worstCost(of: content.request, schemaBytes: schemaBytes) ?? 0
    }

    private func content(of question: Question) -> AskContent {
        guard let content = question.content as? AskContent else {
            preconditionFailure("a question is performed by the step that made it")
        }
        return content
    }

    /// The run starts as long as one model is ready and it is known who the others are. One of them that could not even
    /// be made, for want of a key or a program, fails the questions that come to it; a `local` whose server does not
    /// start is out of reach, which stops the run where it is the last that a step would ask.
    func prepare() async throws(Failure) {
        var failure: Failure?
        var isAnyReady = false
        for model in models {
            do throws(Failure) {
                try await model.live.prepare()
                isAnyReady = true
            } catch {
                failure = failure ?? error
            }
        }
        if let failure, !isAnyReady || models.count == 1 { throw failure }
        for model in models { try await model.live.identify() }
    }

    func identify() async throws(Failure) {
        for model in models { try await model.live.identify() }
    }

    var parts: [QuestionPart] {
        var parts = [QuestionPart("model", first.live.settings.who)]
        if let system { parts.append(QuestionPart("system", system.source.text)) }
        parts.append(QuestionPart("prompt", prompt.source.text))
        parts.append(QuestionPart("answer", Self.inWords(answer)))
        if !examples.isEmpty {
            let texts = examples.map { "\($0.prompt.source.text) => \($0.answer)" }
            parts.append(QuestionPart("examples", texts.joined(separator: "\n")))
        }
        parts.append(QuestionPart("temperature", "\(first.temperature)"))
        parts.append(QuestionPart("max_tokens", "\(first.maxTokens)"))
        if models.count > 1 {
            parts.append(QuestionPart("fallback", models.dropFirst().map(\.live.settings.who).joined(separator: ", ")))
        }
        return parts
    }

    func cost(tokensIn: Int, tokensOut: Int) -> Int64? {
        first.live.settings.cost(tokensIn: tokensIn, tokensOut: tokensOut)
    }

    func question(
        for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let text: String
        do throws(EvaluationError) { text = try prompt.render(row) } catch { throw Failure(error) }
        return try question(text, for: row, about: record, attempt: attempt)
    }

    func question(
        joining answers: [Value], for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let told = answers.enumerated().map { "\($0 + 1). \(JSON.text(of: $1))" }.joined(separator: "\n\n")
        let text =
            "Each of these answers was given to one question, asked about a part of a whole:\n\n\(told)\n\n"
            + "The question was:\n\n\(bareQuestion(row))\n\nAnswer it about the whole, from the answers above."
        return try question(text, for: row, about: record, attempt: attempt)
    }

    /// The question without what it is asked about, of which the row holds nothing. Where it needs something there, as it
    /// is written.
    private func bareQuestion(_ row: borrowing Slots) -> String {
        do throws(EvaluationError) { return try prompt.render(row) } catch { return prompt.source.text }
    }

    /// Of the embedded model's context what the answer leaves, at three bytes a token; for others a size that every
    /// usual one takes. One that is too long all the same is made smaller by whoever asks.
    var promptBytes: Int {
        guard first.live.settings.provider == .local else { return 96 << 10 }
        return max(512, (LlamaContext.tokens - first.maxTokens - 200) * 3 - schemaBytes)
    }

    /// - Parameter text: the prompt.
    private func question(
        _ text: String, for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        let number = min((attempt.turn - 1) / attemptsOfOne, models.count - 1)
        let model = models[number]
        var system: String?
        var messages: [ModelRequest.Message] = []
        var texts: [String: QuotedText] = [:]
        do throws(EvaluationError) {
            system = try self.system?.render(row)
            for example in examples {
                messages.append(.init(.user, try example.prompt.render(row) + closing))
                messages.append(.init(.assistant, example.answer))
            }
            messages.append(.init(.user, text + closing))
            for field in quoted {
                texts[field.name] = QuotedText(try field.expression.evaluate(row).string ?? "")
            }
        } catch {
            throw Failure(error)
        }
        // Another model begins with the plain question.
        let isFirstOfModel = attempt.turn > 1 && (attempt.turn - 1) % attemptsOfOne == 0
        if let previous = attempt.previous, !isFirstOfModel {
            if let said = previous.answer, !said.isEmpty {
                messages.append(.init(.assistant, Self.shownAgain(said)))
            }
            messages.append(.init(.user, Self.complaint(previous.complaint)))
        }
        let request = ModelRequest(
            system: system, messages: messages, schema: schema, schemaName: isForeign ? "answer_schema" : "answer",
            temperature: model.temperature, maxTokens: model.maxTokens, affinity: record.ordinal)
        return Question(
            key: try key(of: request, model: number, draw: attempt.number), shown: Self.shown(request),
            content: AskContent(request: request, model: number, quoted: texts))
    }

    /// Whether the schema is the author's own, which a provider may take otherwise than ours.
    private var isForeign: Bool {
        if case .schema = answer { true } else { false }
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        switch await reply(to: content(of: question), in: context) {
        case .reply(let reply): return .answered(Answer(body: KeptReply(reply).body, usage: reply.usage))
        case .failed(let failure, let usage): return .failed(failure, usage)
        case .outOfReach(let failure): return .outOfReach(failure)
        case .cancelled: return .stopped
        }
    }

    /// Where the earlier answer and its complaint are what does not fit, the question goes out without them: a plain second
    /// try is worth more than none.
    private func reply(to content: AskContent, in context: StepContext) async -> ModelOutcome {
        let model = models[content.model].live
        let outcome = await model.reply(to: content.request, timeout: context.timeout, repeats: context.repeats)
        let own = examples.count * 2 + 1
        guard case .failed(let failure, _) = outcome, failure.cause == .promptTooLong,
            content.request.messages.count > own
        else { return outcome }
        var plain = content.request
        plain.messages.removeSubrange(own...)
        return await model.reply(to: plain, timeout: context.timeout, repeats: context.repeats)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard let reply = KeptReply(answer.body) else {
            return .unusable(Failure(.notJSON, "the kept answer cannot be read"))
        }
        switch reply.finish {
        case .cutOff:
            let length = content(of: question).request.maxTokens
            return .unusable(Failure(.cutOff, "the answer was cut off at \(length) tokens; answer in fewer words"))
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
        case .success(let value):
            if let failure = misquoted(value, question) { return .unusable(failure) }
            return .value(value)
        case .failure(let violations): return .unusable(Failure(.schema, violations.description))
        }
    }

    /// Why a passage that the answer quotes cannot be used: it stands nowhere in its field.
    private func misquoted(_ value: Value, _ question: Question) -> Failure? {
        guard !quoted.isEmpty else { return nil }
        let texts = content(of: question).quoted
        let violations = answer.quotations(in: value).filter { !(texts[$0.field]?.holds($0.passage) ?? false) }.map {
            SchemaViolation(
                path: $0.path,
                message: "this passage does not stand word for word in \($0.field); copy one that does")
        }
        return violations.isEmpty ? nil : Failure(.quote, SchemaViolations(violations).description)
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

    private func key(of request: ModelRequest, model: Int, draw: Int) throws(Failure) -> SHA256Digest {
        var hash = SHA256Stream()
        hash.addPart(try models[model].live.identity)
        hash.addPart(parameters[model])
        hash.addPart((request.system ?? "").utf8)
        for message in request.messages {
            hash.addPart(message.role.rawValue.utf8)
            hash.addPart(message.text.utf8)
        }
        hash.addPart(String(draw).utf8)
        return hash.digest
    }
}
