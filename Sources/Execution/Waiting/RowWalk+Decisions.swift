internal import Digests
internal import Journaling
internal import Planning
package import Runs
internal import Schemas
package import Steps
internal import Values

/// What a record came to wait for.
struct PendingWait: Sendable {
    var wait: Wait
    /// See ``OpenWait/key``.
    var key: SHA256Digest
    /// By its place.
    var step: Int
    /// The item's place in the list of an `each`.
    var item: Int? = nil
    var draw: Int
    /// Whether the journal has it already.
    var isKnown: Bool
}

extension RowWalk {
    /// What will be asked. The identity of a review has in it what is done behind it.
    package func question(
        at index: Int, for row: borrowing Row, _ attempt: Attempt, of step: any AnsweredStep
    ) throws(Failure) -> Question {
        var question = try step.question(for: row.slots, about: row.record, attempt: attempt)
        if let consequences = steps[index].consequences {
            question.key = SHA256Digest(of: question.key.bytes + consequences.bytes)
        }
        return question
    }

    /// What became of a decision at a review.
    enum ReviewReading {
        /// The row stands behind the step, or has ended as rejected.
        case followed
        /// An edit cannot be used, and this is why; nothing has changed.
        case unusable(Failure)
    }

    /// Follows a decision at the review the row stands at.
    func follow(_ body: [UInt8], to question: Question, of review: any ReviewedStep, _ row: inout Row) -> ReviewReading
    {
        let answer = Answer(body: body, usage: Usage())
        let value: Value
        switch review.read(answer, to: question) {
        case .value(let read): value = read
        case .unusable(let failure): return .unusable(failure)
        }
        guard case .success(let said) = Result(catching: { () throws(JSONError) in try JSON.parse(body) }) else {
            return .unusable(Failure(.notJSON, "the kept decision cannot be read"))
        }
        switch said["word"]?.string {
        case "approve": break
        case "expired":
            row.progress.reject(Failure(.expired, said["note"]?.string ?? "not answered in time"))
            return .followed
        default:
            row.progress.reject(Failure(.rejected, Decision(said)?.rejection ?? "a person said no"))
            return .followed
        }
        if let failure = edit(said["edits"]?.map ?? ValueMap(), review.fields, &row) { return .unusable(failure) }
        row.previous = nil
        take(value, &row)
        return .followed
    }

    /// Writes a person's values into the answers that they are of, and holds those against their steps' rules again.
    ///
    /// - Returns: why a value cannot stand there; nothing has changed then.
    func edit(_ edits: ValueMap, _ fields: [EditableField], _ row: inout Row) -> Failure? {
        guard !edits.isEmpty else { return nil }
        var edited = row
        var slots: Set<Int> = []
        for (key, value) in edits {
            guard let name = key.text, let field = fields.first(where: { $0.name.hasSameBytes(as: name) }) else {
                return Failure(.rejected, "'\(key.text ?? "")' is nothing that may be edited here")
            }
            switch field.type.accept(value) {
            case .success(let value):
                guard let whole = edited.slots[field.slot].replacing(field.path[...], with: value) else {
                    return Failure(.schema, "'\(field.name)' has no answer that could be edited")
                }
                edited.slots[field.slot] = whole
                slots.insert(field.slot)
            case .failure(let violations):
                return Failure(.schema, "'\(field.name)' as it was written: \(violations)")
            }
        }
        for (index, step) in steps.enumerated() where slots.contains(step.slot) {
            if let failure = complaint(about: index, in: edited) {
                return Failure(failure.cause, "'\(step.name)' as it was edited: \(failure.message)")
            }
        }
        row = edited
        return nil
    }
}

extension Value {
    /// The value with another one in a field of a field; nil where there is no such field.
    fileprivate func replacing(_ path: ArraySlice<String>, with value: Value) -> Value? {
        guard let name = path.first else { return value }
        guard var map, let inner = map[name]?.replacing(path.dropFirst(), with: value) else { return nil }
        map.set(name, to: inner)
        return .map(map)
    }
}
