import Diagnostics
import Digests
import Expressions
import Recipes
import Runs
import Schemas
import Steps
import Values

// Kinds with the keys and types of real ones, and nothing behind them.

extension Catalog {
    static let fake = Catalog(
        steps: [FakeAsk(), FakeSet(), FakeCheck(), FakeEach()], inputs: [FakeInput()], outputs: [FakeOutput()],
        providers: [KindGrammar("local", .text, siblings: Grammar.modelKeys, about: "A model.")])
}

/// `rows: {title: string}`: records of the fields that it declares.
struct FakeInput: InputKind {
    var grammar: KindGrammar { KindGrammar("rows", .answer, about: "Records.") }

    func open(_ planning: inout InputPlanning) -> (any RecordSource)? { Self.source("rows", &planning) }

    static func source(_ kind: String, _ planning: inout InputPlanning) -> (any RecordSource)? {
        guard let notation = planning.input.fields.answer(kind),
            case .object(let type)? = AnswerType.readFields(notation, for: .input, problems: &planning.problems)?
                .valueType
        else { return nil }
        return EmptySource(type: type)
    }
}

private struct EmptySource: RecordSource {
    var type: ObjectType
    var description: String { "rows" }
    var columns: [String] { type.names }
    func includes(_ file: FilePlace) -> Bool { file.path.hasSuffix("/input.csv") }
    func count() throws(SourceError) -> Int { 0 }
    func reader(from position: InputPosition?) throws(SourceError) -> any RecordReader { EmptyReader() }
}

private final class EmptyReader: RecordReader {
    func next(limit: Int, bytes: Int) throws(SourceError) -> (any RecordBatch)? { nil }
}

/// `ask: {prompt: …, answer: …}`: waits for an answer of the declared type.
struct FakeAsk: StepKind {
    var grammar: KindGrammar {
        KindGrammar(
            "ask",
            .keys([
                Key("model", .text, about: "The model."),
                Key("prompt", .template, required: true, about: "The question."),
                Key("answer", .answer, about: "The type."),
            ]), about: "Asks.")
    }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let prompt = fields.template("prompt").flatMap { planning.template($0) }
        let answer = fields.answer("answer").map { AnswerType.readFields($0, problems: &planning.problems) }
        guard let prompt, let type = answer ?? .object([.init("text", .string(maxLength: nil))]) else { return nil }
        if fields["answer"] == nil { planning.notes.append("the answer is one text") }
        var prepared = PreparedStep(
            action: .answered(FakeAnswers(price: price(of: fields.text("model")?.text, planning.recipe))),
            answer: type.valueType, reads: prompt.reads,
            model: fields.text("model")?.text, standardAttempts: 3)
        prepared.answerType = type
        return prepared
    }
}

extension FakeAsk {
    /// Free, unless the model has a price or is called `unpriced`.
    private func price(of name: String?, _ recipe: Recipe) -> CallPrice? {
        let model = recipe.models.first { $0.name.value == name }
        if let price = model?.price?.value {
            return CallPrice(answer: Int64(price.output * 1_000_000), promptKilobyte: Int64(price.input * 1_000_000))
        }
        return model?.model?.text == "unpriced" ? nil : .nothing
    }
}

/// `set: {field: expression}`.
struct FakeSet: StepKind {
    var grammar: KindGrammar { KindGrammar("set", .map(of: .computed), about: "Computes.") }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .map(let entries, _) = planning.step.body else { return nil }
        var fields: [ObjectType.Field] = []
        var reads: [ReadPath] = []
        var each: [String: [ReadPath]] = [:]
        for entry in entries {
            switch entry.setting {
            case .expression(let text):
                guard let expression = planning.compile(text) else { continue }
                fields.append(.init(entry.key.value, expression.type))
                reads += expression.reads
                each[entry.key.value] = expression.reads
            case .template(let text):
                guard let template = planning.template(text) else { continue }
                fields.append(.init(entry.key.value, .string))
                reads += template.reads
                each[entry.key.value] = template.reads
            default: continue
            }
        }
        guard fields.count == entries.count else { return nil }
        var prepared = PreparedStep(action: .pure(Silent()), answer: .object(ObjectType(fields)), reads: reads)
        prepared.fieldReads = each
        return prepared
    }
}

/// `check: [{rule: …}]`: has an answer even where its rules are broken.
struct FakeCheck: StepKind {
    var grammar: KindGrammar { KindGrammar("check", Grammar.rules, about: "Rules.") }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        for rule in RuleSpec.all(in: planning.step.body) { _ = planning.compile(rule.rule) }
        return PreparedStep(
            action: .pure(Silent()), answer: .object(ObjectType([.init("passed", .bool)])), reads: [],
            alwaysAnswers: true)
    }
}

/// `each: {of: …, as: …}` with inner steps.
struct FakeEach: StepKind {
    var grammar: KindGrammar {
        KindGrammar(
            "each",
            .keys([
                Key("of", .expression, required: true, about: "The list."), Key("as", .text, about: "The name."),
            ]), about: "Items.")
    }

    func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body, let text = fields.expression("of"),
            let list = planning.compile(text)
        else { return nil }
        guard case .list(let item) = list.type else {
            planning.problems.error("'of' is a list, and this is \(list.type)", at: text.span)
            return nil
        }
        let name = fields.text("as").map { Located($0.text, at: $0.span) } ?? Located("item", at: text.span)
        return PreparedStep(
            action: .items(PreparedItems(list: list, name: name, type: item, atOnce: 4)), answer: .list(.any),
            reads: list.reads)
    }
}

private struct Silent: PureStep {
    func apply(to row: borrowing Slots) -> Verdict { .answered(.null) }
}

/// Answers nothing.
struct FakeAnswers: AnsweredStep {
    var price: CallPrice? = .nothing
    var width: StepWidth?

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        Question(key: SHA256Digest(of: record.id), shown: "", content: 0)
    }
    func perform(_ question: Question, in context: StepContext) async -> Reply { .stopped }
    func read(_ answer: Answer, to question: Question) -> Reading { .value(.null) }
    func words(of answer: Answer) -> String { "" }
}

/// `lines: FILE` with `columns`.
struct FakeOutput: OutputKind {
    var grammar: KindGrammar {
        KindGrammar(
            "lines", .text, siblings: [Key("columns", .map(of: .computed), about: "The columns.")], about: "Lines.")
    }

    func plan(_ planning: inout OutputPlanning) -> (any RecordSink)? {
        var isWhole = true
        for column in planning.output.fields.map("columns") ?? [] {
            switch column.setting {
            case .expression(let text): isWhole = planning.compile(text) != nil && isWhole
            case .template(let text): isWhole = planning.template(text) != nil && isWhole
            default: isWhole = false
            }
        }
        guard isWhole, let path = planning.output.fields.text("lines")?.text else { return nil }
        return NoSink(path: path)
    }
}

private struct NoSink: RecordSink {
    var path: String
    /// The second name for `a.txt` is `a.part.txt`.
    var fileNames: [String] { [path, path.replacing(".", with: ".part.", maxReplacements: 1)] }
    func format(_ record: borrowing FinishedRecord, into buffer: inout [UInt8]) throws(Failure) {}
    func open(at mark: SinkMark?) throws(SinkError) {}
    func append(_ rows: [UInt8], count: Int, chunk: Int) throws(SinkError) {}
    func insert(_ row: [UInt8], ordinal: Int, chunk: Int, offset: Int) throws(SinkError) {}
    func sync() throws(SinkError) {}
    func mark() throws(SinkError) -> SinkMark {
        SinkMark(offset: 0, content: Fingerprint(high: 0, low: 0), chunks: 0, rows: 0)
    }
    func finish(complete: Bool) throws(SinkError) -> WrittenOutput {
        WrittenOutput(path: path, records: 0, bytes: 0, sha256: SHA256Digest(of: ""))
    }
}
