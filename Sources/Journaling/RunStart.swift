package import Digests
package import Runs
package import Values

/// A run begins, or a later process goes on with it.
package struct RunStart: Hashable, Sendable {
    /// Stays the same when the run is taken up again.
    package var id: String
    package var at: Timestamp
    /// The recipe as it is run from here on.
    package var recipeText: [UInt8]
    /// The name and path of the recipe, and its steps, as reports need them.
    package var outline: RunOutline
    /// The identity of the plan.
    package var plan: SHA256Digest
    /// The options of the command line that shape the run.
    package var options: Value
    /// Whether every record is taken up again: chunks and endings from before this start no longer count, because the
    /// recipe or the input is another. Questions and answers stay what they are. Always so for the first start.
    package var anew: Bool

    package init(
        id: String, at: Timestamp, recipeText: [UInt8], outline: RunOutline, plan: SHA256Digest, options: Value,
        anew: Bool = true
    ) {
        self.id = id
        self.at = at
        self.recipeText = recipeText
        self.outline = outline
        self.plan = plan
        self.options = options
        self.anew = anew
    }
}

/// How a run stands when its process is through with it.
package enum RunOutcome: String, Hashable, Sendable, CaseIterable {
    case done, failures, waiting, stopped
}

/// A process is through with a run, in good order.
package struct RunEnd: Hashable, Sendable {
    package var at: Timestamp
    package var outcome: RunOutcome
    /// Why it stopped early, in words.
    package var reason: String?
    /// As the executor counted, over the whole run: beside the sums over chunks and records, which they must equal.
    package var counts: Counts
    /// Of `counts.notReached`: the records that no chunk holds.
    package var neverAdmitted: Int
    package var outputs: [WrittenOutput]

    package init(
        at: Timestamp, outcome: RunOutcome, reason: String? = nil, counts: Counts, neverAdmitted: Int,
        outputs: [WrittenOutput]
    ) {
        self.at = at
        self.outcome = outcome
        self.reason = reason
        self.counts = counts
        self.neverAdmitted = neverAdmitted
        self.outputs = outputs
    }
}

/// Every start and end of a run, oldest first.
package struct RunHistory: Hashable, Sendable {
    /// At least one.
    package var starts: [RunStart]
    /// A process that was killed leaves none.
    package var ends: [RunEnd]
    /// Whether the last start has its end.
    package var isClosed: Bool
    /// For each start the number of the last event that stands before it, as far as its plan may be another: a start
    /// that goes on with everything as it was has that of the start before. Says whose steps an event's number means.
    package var eventsBefore: [Int64]

    package init(starts: [RunStart], ends: [RunEnd], isClosed: Bool, eventsBefore: [Int64]? = nil) {
        self.starts = starts
        self.ends = ends
        self.isClosed = isClosed
        self.eventsBefore = eventsBefore ?? starts.map { _ in 0 }
    }

    /// The start under which an event was written.
    package func start(of event: Int64) -> RunStart {
        let later = eventsBefore.lastIndex { $0 < event } ?? 0
        return starts[later]
    }
}
