internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
package import Steps
internal import Values

/// `split`: cuts a long text into parts that a model can take.
package struct SplitKind: StepKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar("split", .keys(Self.keys), about: "Cuts a text into parts, in order, that overlap a little.")
    }

    private static let keys = [
        Key("text", .expression, required: true, about: "The text to cut.", example: "input.text"),
        Key(
            "by", .choice(TextSplitter.Unit.allCases.map(\.rawValue)), default: "tokens",
            about: "Where it is cut: anywhere between sentences, between paragraphs, or before each heading.",
            example: "headings"),
        Key(
            "size", .integer(TextSplitter.smallestSize...1_000_000), default: "1500",
            about: "The most that a part has, in tokens, which are estimated on the high side.", example: "800"),
        Key(
            "overlap", .integer(0...500_000), default: "100, or a tenth of `size` if that is less",
            about: "How much of the part before is repeated, in tokens; at most half of `size`.", example: "50"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let splitter = splitter(fields, &planning)
        guard let text = fields.expression("text"), let expression = planning.compile(text) else { return nil }
        switch expression.type {
        case .string, .any: break
        case .nullable(.string):
            planning.problems.error("this may be null, and 'text' is a text; test it in `when`", at: text.span)
            return nil
        default:
            planning.problems.error("'text' is a text, and this is \(expression.type)", at: text.span)
            return nil
        }
        guard let splitter else { return nil }
        planning.notes.append(
            "a part has at most \(splitter.size) tokens, estimated on the high side: how a model counts its own is not known"
        )
        return PreparedStep(
            action: .pure(SplitStep(text: expression, splitter: splitter)), answer: .list(.object(Self.part)),
            reads: expression.reads)
    }

    private func splitter(_ fields: Fields, _ planning: inout StepPlanning) -> TextSplitter? {
        guard !["by", "size", "overlap"].contains(where: { fields.isBroken($0) }) else { return nil }
        let size = fields.integer("size")?.value ?? 1500
        let overlap = fields.integer("overlap")?.value ?? min(100, size / 10)
        guard overlap <= size / 2 else {
            planning.problems.error(
                "'overlap' is at most half of 'size', which is \(size), or the parts would bring nothing new",
                at: fields.keySpan("overlap"))
            return nil
        }
        let unit = fields.choice("by").flatMap { TextSplitter.Unit(rawValue: $0.value) } ?? .tokens
        return TextSplitter(unit: unit, size: size, overlap: overlap)
    }

    private static let part = ObjectType([
        .init("text", .string), .init("number", .int), .init("from", .int), .init("to", .int),
    ])
}

private struct SplitStep: PureStep {
    let text: Expression
    let splitter: TextSplitter

    func apply(to row: borrowing Slots) -> Verdict {
        do throws(EvaluationError) {
            guard let text = try text.evaluate(row).string else {
                return .fault(Failure(.expression, "'split' has no text to cut: its 'text' is something else"))
            }
            let parts = splitter.parts(of: text)
            return .answered(
                .list(
                    parts.enumerated().map { index, part in
                        .map(
                            ValueMap(
                                shape: Self.shape,
                                values: [
                                    .string(part.text), .int(Int64(index + 1)), .int(Int64(part.from)),
                                    .int(Int64(part.to)),
                                ]))
                    }))
        } catch {
            return .fault(Failure(error))
        }
    }

    private static let shape = MapShape(fields: ["text", "number", "from", "to"])
}
