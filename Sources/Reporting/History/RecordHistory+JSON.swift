internal import Digests
package import Journaling
internal import Runs
package import Values

extension RecordHistory {
    /// `{run, record, number, source?, line?, content?, history: [{at, event, step?, item?, attempt?, …}]}`: what an event
    /// has beside that is in the words of the journal. Times are RFC 3339, costs in the run's currency.
    package var value: Value {
        var map = ValueMap([
            ("run", .string(run)), ("record", .string(id)), ("number", .int(Int64(ordinal) + 1)),
            ("ended_within_chunk", .bool(endedWithinChunk)),
        ])
        if let origin {
            map.set("source", to: .string(origin.source))
            if let line = origin.line { map.set("line", to: .int(Int64(line))) }
            map.set("content", to: .string(origin.content.hex))
        }
        map.set("history", to: .list(happenings.map(\.value)))
        return .map(map)
    }
}

extension RecordHistory.Happening {
    fileprivate var value: Value {
        var map = ValueMap([("at", .string(at.rfc3339)), ("event", .string(event.name))])
        if let step {
            map.set("step", to: .string(step))
            map.set("attempt", to: .int(Int64(attempt)))
        }
        if let item { map.set("item", to: .int(Int64(item))) }
        event.add(to: &map)
        return .map(map)
    }
}

extension RecordHistory.Event {
    fileprivate var name: String {
        switch self {
        case .asked: "asked"
        case .answered: "answered"
        case .failed: "failed"
        case .waits: "waits"
        case .decided: "decided"
        case .takenBack: "taken back"
        case .acted: "acted"
        case .settled: "settled"
        case .takenUpAgain: "taken up again"
        case .ended: "ended"
        }
    }

    fileprivate func add(to map: inout ValueMap) {
        switch self {
        case .asked, .takenBack, .takenUpAgain: break
        case .answered(let answer, let usage):
            map.set("answer", to: answer)
            usage?.add(to: &map)
        case .failed(let attempt, let usage):
            map.set("cause", to: .string(attempt.failure.cause.code))
            map.set("message", to: .string(attempt.failure.message))
            if let prompt = attempt.prompt { map.set("prompt", to: .string(prompt)) }
            if let answer = attempt.answer { map.set("answer", to: .string(answer)) }
            usage?.add(to: &map)
        case .waits(let wait):
            map.set("kind", to: .string(wait.kind.rawValue))
            map.set("question", to: .string(wait.question))
            if let problem = wait.problem { map.set("problem", to: .string(problem)) }
            if let deadline = wait.deadline { map.set("deadline", to: .string(deadline.rfc3339)) }
            map.set("shown", to: .map(ValueMap(wait.shown.map { ($0.name, $0.value) })))
        case .decided(let decision, let wait, let counts):
            map.set("word", to: .string(decision.word.rawValue))
            map.set("by", to: .string(decision.by))
            if let from = decision.from { map.set("from", to: .string(from)) }
            if let note = decision.note { map.set("note", to: .string(note)) }
            if let rule = decision.rule { map.set("rule", to: .string(rule)) }
            map.set("counts", to: .bool(counts))
            let changes = decision.changes(of: wait)
            guard !changes.isEmpty else { break }
            map.set(
                "changes",
                to: .list(changes.map { ["field": .string($0.field), "before": $0.before, "after": $0.after] }))
        case .acted(let key): map.set("key", to: key.map { .string($0.hex) } ?? .null)
        case .settled(let usage): usage?.add(to: &map)
        case .ended(let record):
            map.set("outcome", to: .string(record.outcome.name))
            if let failure = record.failure?.failure {
                map.set("cause", to: .string(failure.cause.code))
                map.set("message", to: .string(failure.message))
            }
            if !record.flags.isEmpty { map.set("flags", to: .list(record.flags.map(Value.string))) }
        }
    }
}

extension Usage {
    fileprivate func add(to map: inout ValueMap) {
        map.set("seconds", to: .double(Double(microseconds) / 1e6))
        map.set("tokens_in", to: .int(Int64(tokensIn)))
        map.set("tokens_out", to: .int(Int64(tokensOut)))
        map.set("cost", to: .double(Double(cost) / 1e9))
    }
}

extension Decision {
    /// What a person wrote anew, and what stood there before; null where nothing did.
    package func changes(of wait: Wait?) -> [(field: String, before: Value, after: Value)] {
        edits.compactMap { key, after in
            guard let field = key.text else { return nil }
            return (field, wait?.fields.first { $0.name == field }?.value ?? .null, after)
        }
    }
}
