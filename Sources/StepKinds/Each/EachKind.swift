internal import Diagnostics
internal import Expressions
package import Recipes
package import Steps
internal import Values

/// `each`: takes every item of a list through steps of its own. Its answer is the list of their answers.
package struct EachKind: StepKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "each", .keys(Self.keys), about: "Takes each item of a list through the inner `steps` that stand beside it."
        )
    }

    private static let keys = [
        Key("of", .expression, required: true, about: "The list.", example: "parts"),
        Key("as", .text, default: "item", about: "The name by which inner steps read the item.", example: "part"),
        Key(
            "at_once", .integer(1...1000), default: "4", about: "How many items of one record are under way at once.",
            example: "4"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let name = name(fields, &planning)
        guard let text = fields.expression("of"), let list = planning.compile(text),
            let item = itemType(of: list, text, &planning), let name, !fields.isBroken("at_once")
        else { return nil }
        let items = PreparedItems(
            list: list, name: name, type: item, atOnce: fields.integer("at_once")?.value ?? 4)
        // What it answers is known once the inner steps are.
        return PreparedStep(action: .items(items), answer: .list(.any), reads: list.reads)
    }

    private func name(_ fields: Fields, _ planning: inout StepPlanning) -> Located<String>? {
        guard !fields.isBroken("as") else { return nil }
        guard let text = fields.text("as") else { return Located("item", at: planning.step.span) }
        let name = Located(text.text, at: text.span)
        let before = planning.problems.all.count
        Identifier.check(
            name, what: "an item", isTopLevel: true, allowing: "item", problems: &planning.problems)
        guard planning.problems.all.count == before else { return nil }
        let known = planning.scope.names.contains(name.value) || planning.scope.reasonHidden(name.value) != nil
        guard !known || name.value == "item" else {
            planning.problems.error("a step is called '\(name.value)' already; call the item otherwise", at: name.span)
            return nil
        }
        return name
    }

    private func itemType(
        of list: Expression, _ text: LocatedText, _ planning: inout StepPlanning
    ) -> ValueType? {
        switch list.type {
        case .list(let item): return item
        case .any: return .any
        case .nullable(.list):
            planning.problems.error(
                "this may be null, and 'of' is a list; test it in `when`, or write `.orValue([])` behind an optional field",
                at: text.span)
        default: planning.problems.error("'of' is a list, and this is \(list.type)", at: text.span)
        }
        return nil
    }
}
