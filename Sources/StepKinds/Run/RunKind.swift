internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
internal import Schemas
package import Steps
internal import Values

/// `run`: runs a program.
package struct RunKind: StepKind {
    private let programs: ProgramPool

    package init(programs: ProgramPool) { self.programs = programs }

    package var grammar: KindGrammar {
        KindGrammar("run", .keys(Self.keys), about: "Runs a program, without a shell, with the record on its input.")
    }

    private static let keys = [
        Key(
            "args", .list(of: .template), required: true,
            about: "The program and its arguments; the program itself is named by the recipe alone.",
            example: "[identify, \"{{ input.path }}\"]"),
        Key(
            "answer", .answer, default: "{text: string}: all that it writes, as text",
            about: "The type of the JSON object that it writes.", example: "{width: integer}"),
        Key(
            "repeatable", .boolean, default: "false",
            about: "Whether it may be run again where nobody knows whether it has run.", example: "true"),
        Key(
            "env", .map(of: .template), about: "Variables of its environment; a secret may stand in them.",
            example: "{API_KEY: \"{{ secrets.crm }}\"}"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let secrets = SecretStore(planning.recipe, folder: planning.folder)
        let variables = planning.secretTemplates(fields.map("env"), from: secrets)
        let isNamed = checkNames(variables?.map(\.name) ?? [], &planning)
        let command = readCommand(fields, &planning)
        let answer = readAnswer(fields, &planning)
        guard let command, let variables, isNamed, !fields.isBroken("env"), let answer else { return nil }
        let place = planning.files.inputFolder ?? planning.folder
        planning.use(
            program: command.program, arguments: command.arguments.compactMap { planning.settled($0) },
            scripts: command.arguments.map(\.source.text), at: place)
        let input = RowInput(planning.scope)
        let step = RunStep(
            program: command.program, arguments: command.arguments, answer: answer,
            isRepeatable: fields.boolean("repeatable")?.value ?? false,
            variables: variables.map { ($0.name.value, $0.value) }, input: input, secrets: secrets, programs: programs,
            folder: place)
        var prepared = PreparedStep(
            action: .answered(step), answer: answer.type,
            reads: command.arguments.flatMap(\.reads) + variables.flatMap(\.value.reads) + input.reads)
        if case .json(let type) = answer { prepared.answerType = type }
        prepared.bounds = "the program '\(command.program)'"
        return prepared
    }

    /// The first argument is no template: which program runs is never a record's choice.
    private func readCommand(
        _ fields: Fields, _ planning: inout StepPlanning
    ) -> (program: String, arguments: [Template])? {
        guard let items = fields.list("args") else { return nil }
        guard case .template(let first)? = items.first else {
            if items.isEmpty, let span = fields.keySpan("args") {
                planning.problems.error(
                    "'args' is empty; it begins with the program: [identify, \"{{ input.path }}\"]", at: span)
            }
            return nil
        }
        if Template.contains(first.text) {
            planning.problems.error(
                "which program is run cannot come from a record or an answer; write its name, and values behind it",
                at: first.span)
            return nil
        }
        guard !first.text.isEmpty, !first.text.utf8.contains(0) else {
            planning.problems.error("the program has no name", at: first.span)
            return nil
        }
        let arguments = items.dropFirst().compactMap { item -> Template? in
            guard case .template(let text) = item else { return nil }
            return planning.template(text)
        }
        return arguments.count == items.count - 1 ? (planning.program(first.text), arguments) : nil
    }

    private func checkNames(_ names: [Located<String>], _ planning: inout StepPlanning) -> Bool {
        let wrong = names.filter { name in
            name.value.utf8.isEmpty || name.value.utf8.contains { $0 == UInt8(ascii: "=") || $0 <= 0x20 }
        }
        for name in wrong {
            planning.problems.error("'\(name.value)' is no name that a variable can have", at: name.span)
        }
        return wrong.isEmpty
    }

    private func readAnswer(_ fields: Fields, _ planning: inout StepPlanning) -> ProgramAnswer? {
        guard let notation = fields.answer("answer") else { return fields["answer"] == nil ? .text : nil }
        // As for what is read from files: nobody has filled in how long a text may be.
        return AnswerType.readFields(notation, for: .input, problems: &planning.problems).map(ProgramAnswer.json)
    }
}
