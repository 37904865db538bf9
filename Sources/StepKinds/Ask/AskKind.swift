internal import Diagnostics
internal import Expressions
package import Models
package import Recipes
internal import Runs
internal import Schemas
package import Steps
internal import Values

/// `ask`: asks a model.
package struct AskKind: StepKind {
    /// Makes the model that a recipe declares; the same one for every step that names it.
    private let model: @Sendable (ModelSpec) -> SharedModel?

    package init(model: @escaping @Sendable (ModelSpec) -> SharedModel?) {
        self.model = model
    }

    package var grammar: KindGrammar {
        KindGrammar("ask", .keys(Self.keys), about: "Asks a model, and takes only an answer of the declared type.")
    }

    private static let keys = [
        Key("model", .text, required: true, about: "Which of the recipe's models to ask.", example: "writer"),
        Key("system", .template, about: "What the model should hold to in every answer.", example: "You are brief."),
        Key(
            "prompt", .template, required: true,
            about: "What to ask. Put the document first, so that a second question about it costs less.",
            example: "\"{{ input.text }}\\n\\nSummarise the document above.\""),
        Key(
            "answer", .answer, default: "{text: string}",
            about: "The type of the answer: what the model is held to and later steps can read.",
            example: "{text: string <= 700}"),
        Key(
            "examples",
            .oneOrList(
                of: .keys([
                    Key(
                        "prompt", .template, required: true, about: "A question, as the model could be asked it.",
                        example: "The heating is cold. What is this about?"),
                    Key(
                        "answer", .value, required: true, about: "The answer that it should get, of the step's type.",
                        example: "{label: repair}"),
                ])), about: "Questions with the answers they should get, told to the model before the real one.",
            example: "[{prompt: The heating is cold., answer: {label: repair}}]"),
        Key(
            "temperature", .number(0...2), default: "the model's, else 0",
            about: "0 for the likeliest answer; higher for more variety."),
        Key(
            "max_tokens", .integer(1...1_000_000), default: "the model's, else 1024",
            about: "Where an answer is cut off, and thereby fails."),
        Key(
            "fallback", .oneOrList(of: .text),
            about: "Models to ask, in this order, when the one before cannot be reached or has used up its attempts.",
            example: "[larger]"),
    ]

    private static let plainAnswer = AnswerType.object([.init("text", .string(maxLength: nil))])

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let model = findModel(fields.text("model"), &planning)
        let fallbacks = findFallbacks(fields, beside: model?.spec, &planning)
        let prompt = fields.template("prompt").flatMap { planning.template($0) }
        let system = fields.template("system").flatMap { planning.template($0) }
        guard let answer = readAnswer(fields, &planning) else { return nil }
        let examples = readExamples(fields, answer.type, &planning)
        guard let model, let fallbacks, let prompt, let examples, (system == nil) == (fields["system"] == nil)
        else { return nil }
        for bound in answer.type.filledInBounds {
            planning.notes.append("`\(bound.path)` is unbounded; \(bound) is filled in")
        }
        let all = [model] + fallbacks
        let step = AskStep(
            models: all.map { found in
                AskedModel(
                    live: found.live,
                    temperature: fields.number("temperature")?.value ?? found.spec.temperature?.value ?? 0,
                    maxTokens: fields.integer("max_tokens")?.value ?? found.spec.maxTokens?.value ?? 1024)
            }, attemptsOfOne: planning.step.attempts?.value ?? Self.attempts, system: system, prompt: prompt,
            answer: answer.type, quoted: answer.quoted, examples: examples)
        let reads =
            prompt.reads + (system?.reads ?? []) + answer.quoted.flatMap(\.expression.reads)
            + examples.flatMap(\.prompt.reads)
        var prepared = PreparedStep(
            action: .answered(step), answer: answer.type.valueType, reads: reads, model: model.spec.name.value,
            standardAttempts: Self.attempts)
        prepared.answerType = answer.type
        prepared.fallbacks = fallbacks.map(\.spec.name.value)
        return prepared
    }

    private static let attempts = 3

    // MARK: The answer

    private func readAnswer(
        _ fields: Fields, _ planning: inout StepPlanning
    ) -> (type: AnswerType, quoted: [QuotedField])? {
        guard let notation = fields.answer("answer") else {
            return fields["answer"] == nil ? (Self.plainAnswer, []) : nil
        }
        guard let type = planning.answer(notation, quotes: true) else { return nil }
        var quoted: [QuotedField] = []
        for text in notation.quotedFields {
            guard let expression = planning.compile(text) else { return nil }
            guard expression.type == .string || expression.type == .any else {
                planning.problems.error(
                    "a passage is quoted from a text, and this is \(expression.type)", at: text.span)
                return nil
            }
            let name = text.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
            quoted.append(QuotedField(name: name, expression: expression))
        }
        return (type, quoted)
    }

    private func readExamples(
        _ fields: Fields, _ type: AnswerType, _ planning: inout StepPlanning
    ) -> [AskExample]? {
        guard let items = fields.list("examples") else { return fields["examples"] == nil ? [] : nil }
        var examples: [AskExample] = []
        for case .fields(let item) in items {
            guard let prompt = item.template("prompt").flatMap({ planning.template($0) }),
                let answer = item.value("answer")
            else { continue }
            switch type.accept(answer.value) {
            case .success:
                if let wrong = misquoted(answer.value, type, prompt) {
                    planning.problems.error(
                        "the example quotes what its own prompt does not say: \(wrong)", at: answer.span)
                    continue
                }
                examples.append(AskExample(prompt: prompt, answer: JSON.text(of: answer.value)))
            case .failure(let violations):
                for violation in violations.all {
                    planning.problems.error(
                        "the example's answer is not of the step's type: \(violation)", at: answer.span)
                }
            }
        }
        return examples.count == items.count ? examples : nil
    }

    /// A passage of an example that does not stand in its prompt, as far as the prompt is known by now.
    private func misquoted(_ answer: Value, _ type: AnswerType, _ prompt: Template) -> String? {
        guard !Template.contains(prompt.source.text) else { return nil }
        let text = QuotedText(prompt.source.text)
        return type.quotations(in: answer).first { !text.holds($0.passage) }.map { "`\($0.path)`: '\($0.passage)'" }
    }

    // MARK: Models

    private typealias Found = (spec: ModelSpec, live: SharedModel)

    private func findFallbacks(
        _ fields: Fields, beside first: ModelSpec?, _ planning: inout StepPlanning
    ) -> [Found]? {
        guard let names = fields.texts("fallback") else { return fields["fallback"] == nil ? [] : nil }
        var known = [first?.name.value]
        var found: [Found] = []
        for name in names {
            guard !known.contains(name.text) else {
                planning.problems.error("'\(name.text)' is asked before already; name another model", at: name.span)
                continue
            }
            known.append(name.text)
            if let model = findModel(name, &planning) { found.append(model) }
        }
        return found.count == fields.list("fallback")?.count ? found : nil
    }

    private func findModel(_ name: LocatedText?, _ planning: inout StepPlanning) -> Found? {
        guard let name else { return nil }
        let models = planning.recipe.models
        guard let spec = models.first(where: { $0.name.value == name.text }) else {
            // Where a model of the list could not be read, it may be the one that is meant.
            guard !planning.recipe.broken.contains("models") else { return nil }
            let names = models.map(\.name.value)
            let mend =
                if let near = nearestName(to: name.text, among: names) {
                    "; did you mean '\(near)'?"
                } else if names.isEmpty {
                    "; declare it: `models: {\(name.text): local}`"
                } else {
                    "; known are \(names.joined(separator: ", "))"
                }
            planning.problems.error("the recipe has no model '\(name.text)'\(mend)", at: name.span)
            return nil
        }
        return model(spec).map { (spec, $0) }
    }
}
