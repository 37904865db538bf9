package import Runs
package import Values

/// One thing that went wrong with one record: it ended the record, or the record went on flagged.
package struct Incident: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case failed, rejected, flagged
    }

    package var kind: Kind
    /// The record's place in the input.
    package var ordinal: Int
    package var record: String
    package var origin: RecordOrigin
    /// How the record stands in the end; a flagged one may be done, waiting or failed at a later step.
    package var outcome: Outcome
    /// By name; nil when the record did not get as far as a step, such as a row that cannot be read.
    package var step: String?
    /// The step's place in the plan.
    package var stepPlace: Int?
    /// For an inner step of an `each`: the item's place in its list.
    package var item: Int?
    /// The attempt that decided, counted from 1.
    package var attempt: Int
    package var failure: Failure
    /// As the last attempt sent it, if a model was asked.
    package var prompt: String?
    /// As it came.
    package var answer: String?
    package var input: Value?

    package init(
        kind: Kind, ordinal: Int, record: String, origin: RecordOrigin, outcome: Outcome, step: String?,
        stepPlace: Int? = nil, item: Int? = nil, attempt: Int = 1, failure: Failure, prompt: String? = nil,
        answer: String? = nil,
        input: Value? = nil
    ) {
        self.kind = kind
        self.ordinal = ordinal
        self.record = record
        self.origin = origin
        self.outcome = outcome
        self.step = step
        self.stepPlace = stepPlace
        self.item = item
        self.attempt = attempt
        self.failure = failure
        self.prompt = prompt
        self.answer = answer
        self.input = input
    }
}

extension Incident {
    package var message: String { failure.message }

    /// The step, and where there are items the one it happened to, as an expression reads it: `notes[2].note`.
    package var placeName: String? {
        guard let step, let item, let dot = step.utf8.firstIndex(of: UInt8(ascii: ".")) else { return step }
        return "\(step[..<dot])[\(item)]\(step[dot...])"
    }
}

/// Incidents of one kind, step and cause; where people rejected records, of one reason.
package struct IncidentGroup: Hashable, Sendable {
    package var count: Int
    /// The first in the input's order.
    package var example: Incident
    /// The first of those that have another message, and of those that have still another: few, whatever ``count`` is.
    package var others: [Incident] = []
    /// Whether there are more messages than these have.
    package var hasMoreMessages = false

    private static let mostOthers = 2

    package init(count: Int, example: Incident) {
        self.count = count
        self.example = example
    }

    /// Takes in one more.
    mutating func add(_ incident: Incident) {
        count += 1
        guard !hasMoreMessages, !incident.message.hasSameBytes(as: example.message),
            !others.contains(where: { $0.message.hasSameBytes(as: incident.message) })
        else { return }
        guard others.count < Self.mostOthers else {
            hasMoreMessages = true
            return
        }
        var other = incident
        other.input = nil
        others.append(other)
    }

    package var kind: Incident.Kind { example.kind }
    package var step: String? { example.step }
    package var cause: Cause { example.failure.cause }
    /// What ``count`` counts: a flagged record may be so for many of its items.
    package var counted: String { kind == .flagged && example.item != nil ? "item" : "record" }
}

extension String {
    /// A record's id as people read it: in quotes where it would not be seen.
    package var shownID: String { allSatisfy(\.isWhitespace) ? "'\(self)'" : self }
}
