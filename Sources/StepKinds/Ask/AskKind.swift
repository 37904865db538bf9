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
            "temperature", .number(0...2), default: "0",
            about: "0 for the likeliest answer; higher for more variety."),
        Key(
            "max_tokens", .integer(1...1_000_000), default: "the model's, else 1024",
            about: "Where an answer is cut off, and thereby fails."),
        Key("examples", .later, about: "Questions with the answers they should get."),
        Key("fallback", .later, about: "Models to ask when this one fails."),
    ]

    private static let plainAnswer = AnswerType.object([.init("text", .string(maxLength: nil))])

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let model = findModel(fields.text("model"), &planning)
        let prompt = fields.template("prompt").flatMap { planning.template($0) }
        let system = fields.template("system").flatMap { planning.template($0) }
        guard let answer = readAnswer(fields, &planning), let model, let prompt,
            (system == nil) == (fields["system"] == nil)
        else { return nil }
        for bound in answer.filledInBounds {
            planning.notes.append("`\(bound.path)` is unbounded; \(bound) is filled in")
        }
        let step = AskStep(
            model: model.live, system: system, prompt: prompt, answer: answer,
            temperature: fields.number("temperature")?.value ?? model.spec.temperature?.value ?? 0,
            maxTokens: fields.integer("max_tokens")?.value ?? model.spec.maxTokens?.value ?? 1024)
        return PreparedStep(
            action: .answered(step), answer: answer.valueType, reads: prompt.reads + (system?.reads ?? []),
            model: model.spec.name.value, standardAttempts: 3)
    }

    private func readAnswer(_ fields: Fields, _ planning: inout StepPlanning) -> AnswerType? {
        guard let notation = fields.answer("answer") else {
            return fields["answer"] == nil ? Self.plainAnswer : nil
        }
        return AnswerType.readFields(notation, problems: &planning.problems)
    }

    private func findModel(
        _ name: LocatedText?, _ planning: inout StepPlanning
    ) -> (spec: ModelSpec, live: SharedModel)? {
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
