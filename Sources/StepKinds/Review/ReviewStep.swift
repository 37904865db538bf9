internal import Diagnostics
internal import Digests
internal import Expressions
internal import Runs
internal import Steps
internal import Values

/// A review made ready: its question and what it shows.
struct ReviewStep: ReviewedStep {
    private let question: Template
    private let shown: [Expression]
    let fields: [EditableField]
    let within: Values.Duration?

    init(question: Template, shown: [Expression], fields: [EditableField], within: Values.Duration?) {
        self.question = question
        self.shown = shown
        self.fields = fields
        self.within = within
    }

    var parts: [QuestionPart] {
        [
            QuestionPart("question", question.source.text),
            QuestionPart("show", shown.map(\.source.text).joined(separator: ", ")),
            QuestionPart("edit", fields.map(\.name).joined(separator: ", ")),
        ]
    }

    func inquiry(for row: borrowing Slots) throws(Failure) -> Inquiry {
        do throws(EvaluationError) {
            var values: [(name: String, value: Value)] = []
            for expression in shown { values.append((expression.source.text, try expression.evaluate(row))) }
            return Inquiry(question: try question.render(row), shown: values)
        } catch {
            throw Failure(error)
        }
    }

    /// Its identity is all that the person sees, of which record, for the nth time: what will be done after is added by
    /// whoever knows the steps behind it.
    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let inquiry = try inquiry(for: row)
        var hash = SHA256Stream()
        hash.addPart("review".utf8)
        hash.addPart(record.id.utf8)
        hash.addPart(record.origin.content.hex.utf8)
        hash.addPart(String(attempt.number).utf8)
        hash.addPart(inquiry.question.utf8)
        for item in inquiry.shown {
            hash.addPart(item.name.utf8)
            hash.addPart(JSON.bytes(of: item.value))
        }
        for field in fields { hash.addPart(field.name.utf8) }
        return Question(key: hash.digest, shown: inquiry.question, content: inquiry)
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(answer.body) }),
            let by = value["by"]?.string, let at = value["at"]?.string.flatMap(Timestamp.init(rfc3339:))
        else { return .unusable(Failure(.notJSON, "the kept decision cannot be read")) }
        let changed = (value["edits"]?.map ?? ValueMap()).shape.keys.compactMap(\.text)
        return .value([
            "approved": .bool(value["word"] == "approve"), "by": .string(by), "at": .timestamp(at),
            "note": value["note"] ?? .null, "changed": .list(changed.map(Value.string)),
        ])
    }

    func words(of answer: Answer) -> String { String(decoding: answer.body, as: UTF8.self) }
}
