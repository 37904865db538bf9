internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
internal import Schemas
package import Steps
internal import Values

/// `review`: the record waits for a person.
package struct ReviewKind: StepKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "review", .keys(Self.keys),
            about: "Waits for a person, who approves what is shown, edits it or rejects the record.")
    }

    private static let keys = [
        Key(
            "question", .template, required: true, about: "What the person is asked.", example: "Send this reply?"),
        Key(
            "show", .oneOrList(of: .expression), required: true,
            about: "What the person sees; an approval holds for these values and no others.",
            example: "[input.from, draft]"),
        Key(
            "edit", .oneOrList(of: .expression), about: "Fields of earlier answers that the person may write anew.",
            example: "[draft.subject, draft.body]"),
        Key(
            "within", .duration, default: "no bound",
            about: "How long the person has; a record that is not answered by then is rejected, never approved.",
            example: "3d"),
    ]

    private static let answer = ObjectType([
        .init("approved", .bool), .init("by", .string), .init("at", .timestamp), .init("note", .nullable(.string)),
        .init("changed", .list(.string)),
    ])

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let question = fields.template("question").flatMap { planning.template($0) }
        let shown = show(fields, &planning)
        let edited = edits(fields, &planning)
        guard let question, let shown, let edited, !fields.isBroken("within") else { return nil }
        if let otherwise = planning.step.otherwise, otherwise.value == .review {
            planning.problems.error(
                "a review cannot be reviewed again; leave 'otherwise' out, or write fail, flag or skip",
                at: otherwise.span)
            return nil
        }
        let step = ReviewStep(
            question: question, shown: shown, fields: edited.map(\.field), within: fields.duration("within")?.value)
        var prepared = PreparedStep(
            action: .answered(step), answer: .object(Self.answer),
            reads: question.reads + shown.flatMap(\.reads) + edited.flatMap(\.reads))
        prepared.shown = shown.map { Shown($0, in: planning.scope) }
        return prepared
    }

    private func show(_ fields: Fields, _ planning: inout StepPlanning) -> [Expression]? {
        guard let items = fields.list("show") else { return nil }
        let texts = items.compactMap { if case .expression(let text) = $0 { text } else { nil } }
        if items.isEmpty {
            planning.problems.error(
                "a person who sees nothing can judge nothing; name what is shown", at: fields["show"]?.span)
            return nil
        }
        let shown = texts.compactMap { planning.compile($0) }
        return shown.count == items.count ? shown : nil
    }

    /// The fields that may be edited, each with what it reads.
    private func edits(
        _ fields: Fields, _ planning: inout StepPlanning
    ) -> [(field: EditableField, reads: [ReadPath])]? {
        guard let items = fields.list("edit") else { return fields["edit"] == nil ? [] : nil }
        var edited: [(field: EditableField, reads: [ReadPath])] = []
        for case .expression(let text) in items {
            guard let expression = planning.compile(text) else { continue }
            guard let field = field(text, expression, &planning) else { continue }
            guard !edited.contains(where: { $0.field.name.utf8.elementsEqual(field.name.utf8) }) else {
                planning.problems.error("'\(field.name)' stands here twice", at: text.span)
                continue
            }
            edited.append((field, expression.reads))
        }
        return edited.count == items.count ? edited : nil
    }

    private func field(
        _ text: LocatedText, _ expression: Expression, _ planning: inout StepPlanning
    ) -> EditableField? {
        guard let read = expression.reads.first, expression.reads.count == 1,
            Expression.isPlainName(text.text, in: planning.scope)
        else {
            planning.problems.error(
                "only a field of an earlier answer can be edited, by its name alone: 'draft.subject'", at: text.span)
            return nil
        }
        guard let step = planning.earlier.first(where: { $0.slot == read.slot }), let whole = step.answerType else {
            planning.problems.error(
                "'\(text.text)' is computed or read, and only what somebody answered can be edited", at: text.span)
            return nil
        }
        guard let type = whole.type(at: read.names) else {
            planning.problems.error("'\(text.text)' has no type of its own that an edit could keep", at: text.span)
            return nil
        }
        return EditableField(
            name: ([step.name] + read.names).joined(separator: "."), slot: read.slot, path: read.names, type: type)
    }
}

extension Shown {
    /// What a person sees of it: what it reads stands there whole only where it is nothing but a name.
    fileprivate init(_ expression: Expression, in scope: Scope) {
        let isWhole = expression.reads.count == 1 && Expression.isPlainName(expression.source.text, in: scope)
        self.init(text: expression.source.text, path: isWhole ? expression.reads[0] : nil)
    }
}
