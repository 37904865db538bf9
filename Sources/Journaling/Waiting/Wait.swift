package import Digests
package import Values

/// What a record waits for: all that a person is shown and can say, as of the moment it came to wait.
package struct Wait: Hashable, Sendable {
    /// The raw values are what the journal holds.
    package enum Kind: String, Sendable, CaseIterable {
        /// A `review` step: approve (with edits), reject.
        case review
        /// `otherwise: review`: the step's attempts are used up.
        case answer
        /// Something may have happened, and nobody knows whether it did.
        case doubt
    }

    package struct Shown: Hashable, Sendable {
        /// As the recipe wrote it: `draft.subject`.
        package var name: String
        package var value: Value

        package init(_ name: String, _ value: Value) {
            self.name = name
            self.value = value
        }
    }

    /// What a person may write anew.
    package struct Field: Hashable, Sendable {
        /// `draft.subject`, or `draft` for a whole answer.
        package var name: String
        /// Null where there is no answer to begin with.
        package var value: Value
        /// JSON Schema (2020-12) that a new value must keep.
        package var schema: Value

        package init(_ name: String, _ value: Value, schema: Value) {
            self.name = name
            self.value = value
            self.schema = schema
        }
    }

    package var kind: Kind
    /// The record's id.
    package var record: String
    /// The step's name.
    package var step: String
    package var since: Timestamp
    /// Not answered by then, the record is rejected; nil for no bound.
    package var deadline: Timestamp?
    /// What the person is asked.
    package var question: String
    /// Why a person is asked: what is wrong with the answer, or why nobody knows. Of a review: why the decision before
    /// could not be used.
    package var problem: String?
    package var shown: [Shown]
    package var fields: [Field]
    /// What can be said, the most likely first.
    package var choices: [Decision.Word]

    package init(
        _ kind: Kind, record: String, step: String, since: Timestamp, deadline: Timestamp? = nil, question: String,
        problem: String? = nil, shown: [Shown] = [], fields: [Field] = [], choices: [Decision.Word]
    ) {
        self.kind = kind
        self.record = record
        self.step = step
        self.since = since
        self.deadline = deadline
        self.question = question
        self.problem = problem
        self.shown = shown
        self.fields = fields
        self.choices = choices
    }

    package func isExpired(at time: Timestamp) -> Bool {
        guard let deadline else { return false }
        return deadline < time
    }
}

extension Wait {
    /// Reads the body of a `waiting` entry.
    package init(_ entry: JournalEntry) throws(JournalError) {
        let value = try entry.bodyValue()
        guard entry.kind == .waiting, let kind = value["kind"]?.string.flatMap(Kind.init(rawValue:)),
            let record = value["record"]?.string, let step = value["step"]?.string,
            let since = value["since"]?.string.flatMap(Timestamp.init(rfc3339:)),
            let question = value["question"]?.string
        else { throw entry.unreadable("does not say what the record waits for") }
        self.init(
            kind, record: record, step: step, since: since,
            deadline: value["deadline"]?.string.flatMap(Timestamp.init(rfc3339:)), question: question,
            problem: value["problem"]?.string,
            shown: (value["shown"]?.list ?? []).compactMap { item in
                item["name"]?.string.map { Shown($0, item["value"] ?? .null) }
            },
            fields: (value["fields"]?.list ?? []).compactMap { item in
                item["name"]?.string.map { Field($0, item["value"] ?? .null, schema: item["schema"] ?? true) }
            },
            choices: (value["choices"]?.list ?? []).compactMap { $0.string.flatMap(Decision.Word.init(rawValue:)) })
    }

    /// As the body of a `waiting` entry; what is empty is left out.
    package var body: [UInt8] {
        var map = ValueMap([
            ("kind", .string(kind.rawValue)), ("record", .string(record)), ("step", .string(step)),
            ("since", .string(since.rfc3339)), ("question", .string(question)),
            ("choices", .list(choices.map { .string($0.rawValue) })),
        ])
        if let deadline { map.set("deadline", to: .string(deadline.rfc3339)) }
        if let problem { map.set("problem", to: .string(problem)) }
        if !shown.isEmpty {
            map.set("shown", to: .list(shown.map { ["name": .string($0.name), "value": $0.value] }))
        }
        if !fields.isEmpty {
            map.set(
                "fields", to: .list(fields.map { ["name": .string($0.name), "value": $0.value, "schema": $0.schema] }))
        }
        return JSON.bytes(of: .map(map))
    }
}

/// A record that waits, and what was said of it.
package struct OpenWait: Hashable, Sendable {
    /// What a decision counts for.
    package struct Decided: Hashable, Sendable {
        package var decision: Decision
        package var at: Timestamp
        /// Whether a run has taken it up, so that it cannot be taken back any more.
        package var isTaken: Bool

        package init(_ decision: Decision, at: Timestamp, isTaken: Bool) {
            self.decision = decision
            self.at = at
            self.isTaken = isTaken
        }
    }

    /// Of the `waiting` event. A decision names it, so it is about this and nothing else.
    package var number: Int64
    package var ordinal: Int
    /// The step's place in the plan.
    package var step: Int
    package var item: Int?
    package var draw: Int
    /// Of what is shown and of what will be done: another draft, another recipe behind it, is another key.
    package var key: SHA256Digest
    package var wait: Wait
    package var decided: Decided?

    /// - Parameter event: a `waiting` one.
    package init(_ event: JournalEvent) throws(JournalError) {
        guard let key = event.entry.key else { throw event.entry.unreadable("has no key") }
        self.key = key
        number = event.number
        (ordinal, step) = (event.entry.ordinal, event.entry.step)
        (item, draw) = (event.entry.item, event.entry.draw)
        wait = try Wait(event.entry)
    }
}
