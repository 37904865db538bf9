extension Grammar {
    /// Every key of a recipe, all the way down.
    package var recipe: [Key] {
        [
            Key("recipe", .text, required: true, about: "The recipe's name.", example: "summarise-documents"),
            Key("about", .text, about: "What the recipe is for, in a sentence."),
            Key(
                "models", .map(of: model), about: "The models that steps ask, by the names they use.",
                example: "{writer: local}"),
            Key("settings", .map(of: .keys(Self.setting)), about: "Values that a run can change with --set."),
            Key("secrets", .map(of: .keys(Self.secret)), about: "Keys and passwords, by where they are kept."),
            Key(
                "input", .kinds(input), required: true, about: "Where the records come from.",
                example: "{folder: ../letters, match: \"*.txt\"}"),
            Key(
                "steps", .list(of: .kinds(step)), required: true,
                about: "What each record goes through, from top to bottom.",
                example: "[{name: size, set: {words: size(input.text.words())}}]"),
            Key(
                "out", .text, default: "out", about: "The folder where outputs go, relative to the recipe.",
                example: "../out"),
            Key("output", .oneOrList(of: .kinds(output)), about: "The files that the run writes."),
            Key("limits", .keys(Self.limits), about: "What the run may use, and when it stops."),
            Key(
                "collect", .list(of: .kinds(collectStep)),
                about: "Steps that run once, over all done records, when none is in flight or waiting."),
        ]
    }

    package var input: Kinds {
        Kinds(
            noun: "an input", kinds: inputs, later: LanguageKinds.inputs.without(inputs), common: [Self.only],
            discriminator: nil)
    }

    package var output: Kinds {
        Kinds(
            noun: "an output", kinds: outputs, later: LanguageKinds.outputs.without(outputs), common: [],
            discriminator: nil)
    }

    package var step: Kinds {
        let inner = steps(nestedAs: .value)
        return Kinds(
            noun: "a step", kinds: steps(nestedAs: .list(of: .kinds(inner))).kinds,
            later: LanguageKinds.steps.without(steps), common: Self.stepKeys, discriminator: nil)
    }

    /// A step of `collect`. Of the kinds it can have all but `ask` are refused when the plan is made, with the reason.
    package var collectStep: Kinds {
        var kinds = steps(nestedAs: .value)
        kinds.noun = "a collect step"
        let group = Key(
            "group_by", .expression, default: "all records are one group",
            about: "What done records have in common that are asked about together.", example: "input.meta.category")
        kinds.common = [group] + Self.stepKeys.filter { !["when", "guards", "unattended"].contains($0.name) }
        return kinds
    }

    /// The kinds of step, an `each` with its inner steps beside it. Which kinds an inner step cannot have is said when
    /// the plan is made, with the reason.
    private func steps(nestedAs form: Form) -> Kinds {
        let kinds = steps.map { kind in
            guard kind.name == "each" else { return kind }
            var kind = kind
            kind.siblings.append(
                Key(
                    "steps", form, required: true, about: "What each item goes through, from top to bottom.",
                    example: "[{name: size, set: {words: size(part.text.words())}}]"))
            return kind
        }
        return Kinds(
            noun: "a step", kinds: kinds, later: LanguageKinds.steps.without(steps), common: Self.stepKeys,
            discriminator: nil)
    }

    /// `writer: local`, or the long form.
    package var model: Form {
        .anyOf([
            .choice(providers.map(\.name)),
            .kinds(
                Kinds(
                    noun: "a model", kinds: providers, later: LanguageKinds.providers.without(providers), common: [],
                    discriminator: "provider")),
        ])
    }

    private static let only = Key(
        "only", .choice(["changed"]), default: "every record",
        about: "Takes only the records that changed, or did not end done without flags, since they last ended.",
        example: "changed")

    /// What every step may have.
    package static let stepKeys = [
        Key("name", .text, required: true, about: "The name by which later steps read the answer.", example: "summary"),
        Key("about", .text, about: "What the step is for, in a sentence."),
        Key(
            "when", .expression, default: "always",
            about: "The step is left out for a record for which this is false.", example: "page != null"),
        Key("expect", rules, about: "Rules on the step's answer; a broken one asks again with the reason."),
        Key(
            "attempts", .integer(1...100), default: "3 for ask, else 1", about: "How many answers may be tried.",
            example: "3"),
        Key(
            "timeout", .duration, default: "the model's; 30 s for lookup and fetch, 60 s for run and send",
            about: "How long one try may take.", example: "90s"),
        Key(
            "otherwise", .choice(Otherwise.allCases.map(\.rawValue)), default: "fail",
            about: "What becomes of a record when the attempts are used up.", example: "flag"),
        Key(
            "guards", .oneOrList(of: .text), default: "all later steps",
            about: "The later steps that this review lets pass; only for a review.", example: "[reply]"),
        Key(
            "unattended", .text, about: "Why this step needs no person to look at it first; only for a send.",
            example: "the address and the text stand in this recipe"),
    ]

    /// The rules of `expect`, and the body of a `check` step.
    package static let rules: Form = .list(
        of: .keys([
            Key("rule", .expression, required: true, about: "What must be true.", example: "size(summary.text) > 20"),
            Key(
                "because", .template, default: "the rule itself",
                about: "What a broken rule tells the model and the report.", example: "the summary is too short"),
            Key(
                "severity", .choice(RuleSpec.Severity.allCases.map(\.rawValue)), default: "error",
                about: "A broken warning is listed; only an error breaks the step.", example: "warning"),
        ]))

    package static let setting = [
        Key("type", .answer, required: true, about: "The type of the setting.", example: "string"),
        Key(
            "default", .value, about: "Its value where the run gives none; without one, the run must.", example: "plain"
        ),
        Key("about", .text, about: "What the setting does, in a sentence."),
    ]

    package static let secret = [
        Key("env", .text, about: "The environment variable that holds it.", example: "CRM_KEY"),
        Key("file", .text, about: "The file that holds it.", example: "~/.secrets/crm"),
    ]

    package static let limits = [
        Key(
            "in_flight", .width, default: "auto: as many as the models take, and some more",
            about: "How many records are under way at once.", example: "64"),
        Key("failures", .share, about: "The run stops when more records than this failed.", example: "5%"),
        Key("spend", .amount, about: "The run never costs more than this, and stops before it would.", example: "5.00"),
        Key("time", .duration, about: "The run stops after this time.", example: "2h"),
    ]

    /// The keys of a model's long form, for the providers to choose from.
    package static let modelKeys = [
        Key(
            "url", .text, default: "the provider's own",
            about: "The address of the server, up to and with its version.", example: "https://models.example/v1"),
        Key("model", .text, about: "The provider's name of the model.", example: "small-2"),
        Key(
            "key",
            .keys([
                Key(
                    "env", .text, required: true, about: "The environment variable that holds the key.",
                    example: "MODEL_KEY")
            ]),
            about: "Where the key is kept; never the key itself.", example: "{env: MODEL_KEY}"),
        Key(
            "price",
            .keys([
                Key(
                    "input", .number(0...1_000_000), required: true, about: "The price of a million tokens asked.",
                    example: "0.25"),
                Key(
                    "output", .number(0...1_000_000), required: true, about: "The price of a million tokens answered.",
                    example: "2.00"),
            ]), about: "What a million tokens cost.", example: "{input: 0.25, output: 2.00}"),
        Key(
            "max_tokens", .integer(1...1_000_000), default: "1024", about: "How long an answer may be.", example: "800"),
        Key(
            "temperature", .number(0...2), default: "0", about: "How freely the model chooses its words.",
            example: "0.7"),
        Key(
            "limits",
            .keys([
                Key(
                    "in_flight", .width, default: "auto; for local its slots, by cores and memory",
                    about: "How many requests are open at once.", example: "8"),
                Key(
                    "requests_per_minute", .integer(1...10_000_000), about: "How many requests a minute are made.",
                    example: "600"),
                Key(
                    "tokens_per_minute", .integer(1...1_000_000_000), about: "How many tokens a minute are used.",
                    example: "200000"),
            ]), about: "What the provider allows.", example: "{in_flight: 8}"),
    ]
}

extension [String] {
    fileprivate func without(_ kinds: [KindGrammar]) -> [String] {
        filter { name in !kinds.contains { $0.name == name } }
    }
}
