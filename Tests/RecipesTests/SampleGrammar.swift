import Recipes

extension Grammar {
    /// Kinds like those that the product has.
    static let sample = Grammar(
        steps: [
            KindGrammar(
                "ask",
                .keys([
                    Key("model", .text, about: "The model."), Key("system", .template, about: "Who the model is."),
                    Key("prompt", .template, required: true, about: "The question."),
                    Key("temperature", .number(0...2), about: "How freely."),
                    Key("max_tokens", .integer(1...100_000), about: "How long."),
                    Key("answer", .answer, default: "{text: string}", about: "The type of the answer."),
                ]), about: "Asks a model."),
            KindGrammar("set", .map(of: .computed), about: "Computes fields."),
            KindGrammar("check", Grammar.rules, about: "Rules alone."),
        ],
        inputs: [
            KindGrammar(
                "folder", .text, siblings: [Key("match", .oneOrList(of: .text), about: "Patterns.")],
                about: "The files of a folder."),
            KindGrammar(
                "csv", .text,
                siblings: [
                    Key("key", .text, about: "The column that names a record."),
                    Key("fields", .answer, about: "The types of columns."),
                ], about: "The rows of a table."),
        ],
        outputs: [
            KindGrammar(
                "csv", .text,
                siblings: [
                    Key("columns", .map(of: .computed), about: "What stands in each column."),
                    Key("keep", .choice(["input"]), about: "Keeps the input's columns."),
                    Key("excel", .boolean, about: "For spreadsheets."),
                ], about: "A table."),
            KindGrammar(
                "jsonl", .text, siblings: [Key("columns", .map(of: .computed), about: "What stands in each line.")],
                about: "A record a line."),
        ],
        providers: [
            KindGrammar(
                "local", .later, siblings: keys("max_tokens", "temperature", "limits"), about: "The embedded model."),
            KindGrammar(
                "openai", .later, siblings: keys(required: ["url", "model"]),
                about: "A server that speaks OpenAI's API."),
            KindGrammar("anthropic", .later, siblings: keys(required: ["model"]), about: "Anthropic's models."),
        ])

    private static func keys(_ names: String...) -> [Key] {
        modelKeys.filter { names.contains($0.name) }
    }

    private static func keys(required: [String]) -> [Key] {
        modelKeys.map { key in
            var key = key
            key.required = required.contains(key.name)
            return key
        }
    }
}
