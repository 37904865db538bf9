package import Journaling
package import Values

/// The records of a run that wait for a person: looked at and answered, also while the run goes on in another process.
///
/// Everything is read from the journal anew, because other people and the run itself change it meanwhile. The calls block
/// on the file for milliseconds.
package final class ReviewStore: Sendable {
    private let journal: any Journal
    private let now: @Sendable () -> Timestamp

    /// - Parameter now: the wall clock: what `within` of a review is held to.
    package init(_ journal: any Journal, now: @escaping @Sendable () -> Timestamp) {
        self.journal = journal
        self.now = now
    }

    package func close() async throws(JournalError) { try await journal.close() }

    /// A record whose time is over waits no longer, though the run has not said so yet.
    private static func waits(_ open: OpenWait, at now: Timestamp) -> Bool {
        open.decided != nil || !open.wait.isExpired(at: now)
    }

    // MARK: Looking

    package func page(_ view: QueueView) throws(JournalError) -> QueuePage {
        var counts = QueueCounts()
        var items: [QueueItem] = []
        try Self.forEachWait(in: journal.reader(), at: now()) { open in
            let item = QueueItem(open)
            counts.add(item)
            if view.shows(item) { items.append(item) }
        }
        return QueuePage(items, view, counts)
    }

    package func counts() throws(JournalError) -> QueueCounts {
        try Self.counts(in: journal.reader(), at: now())
    }

    /// How many records wait by a journal.
    package static func counts(
        in reader: any JournalReading, at now: Timestamp
    ) throws(JournalError) -> QueueCounts {
        var counts = QueueCounts()
        try forEachWait(in: reader, at: now) { counts.add(QueueItem($0)) }
        return counts
    }

    /// What a record waits for, and nothing beside it; nil where it no longer waits for this.
    package func wait(_ number: Int64) throws(JournalError) -> OpenWait? { try journal.reader().wait(number) }

    /// All there is to see of a record; nil where it no longer waits for this.
    package func detail(_ number: Int64) throws(JournalError) -> ReviewDetail? {
        let reader = try journal.reader()
        guard let open = try reader.wait(number) else { return nil }
        return try ReviewDetail(open, events: reader.events(of: open.ordinal), history: reader.history())
    }

    /// What was said of a wait, also when a run has taken it up.
    package func said(about number: Int64) throws(JournalError) -> OpenWait.Decided? {
        try journal.reader().decision(about: number)
    }

    /// What would become of an answer, whatever it is; nil where it may count.
    package func ending(of number: Int64) throws(JournalError) -> ReviewReceipt? {
        let reader = try journal.reader()
        if let said = try reader.decision(about: number) { return .late(said) }
        guard let open = try reader.wait(number) else { return .over }
        return open.wait.deadline.flatMap { open.wait.isExpired(at: now()) ? .expired($0) : nil }
    }

    /// The waits of a record, by its id.
    package func find(record: String) throws(JournalError) -> [QueueItem] {
        var found: [QueueItem] = []
        try Self.forEachWait(in: journal.reader(), at: now()) { open in
            if open.wait.record.hasSameBytes(as: record) { found.append(QueueItem(open)) }
        }
        return found
    }

    /// What a view shows after a record: the next one, from the beginning again behind the last.
    package func next(after number: Int64?, in view: QueueView) throws(JournalError) -> QueueItem? {
        if view.order == .age { return try nextByAge(after: number ?? 0, in: view) }
        var all = view
        (all.page, all.pageSize) = (0, .max)
        all.state = .open
        let page = try page(all)
        if let place = page.items.firstIndex(where: { $0.number == number }) {
            return (page.items[(place + 1)...] + page.items[..<place]).first
        }
        return page.items.first
    }

    /// Without a look at all the others: it is asked for with every answer.
    private func nextByAge(after number: Int64, in view: QueueView) throws(JournalError) -> QueueItem? {
        var view = view
        view.state = .open
        let reader = try journal.reader()
        return try Self.reading { () throws in
            func first(behind start: Int64) throws -> OpenWait? {
                try reader.undecidedWait(behind: start) { open in
                    open.number != number && Self.waits(open, at: now()) && view.shows(QueueItem(open))
                }
            }
            return try (first(behind: number) ?? first(behind: 0)).map(QueueItem.init)
        }
    }

    private static func forEachWait(
        in reader: any JournalReading, at now: Timestamp, _ body: (OpenWait) throws -> Void
    ) throws(JournalError) {
        try reading { () throws in try reader.forEachWait { open in if waits(open, at: now) { try body(open) } } }
    }

    private static func reading<Answer>(_ work: () throws -> Answer) throws(JournalError) -> Answer {
        do {
            return try work()
        } catch let error as JournalError {
            throw error
        } catch {
            throw JournalError(.io, "the queue cannot be read: \(error)")
        }
    }

    // MARK: Answering

    /// Writes an answer, if it is the first, about what was seen, and can be said.
    package func answer(
        _ answer: ReviewAnswer, about number: Int64, by reviewer: Reviewer
    ) async throws(JournalError) -> ReviewReceipt {
        guard let open = try journal.reader().wait(number) else {
            return try said(about: number).map(ReviewReceipt.late) ?? .over
        }
        if let said = open.decided { return .late(said) }
        guard open.key == answer.seen else { return .changed }
        let problems = Self.problems(with: answer, about: open.wait)
        guard problems.isEmpty else { return .refused(problems) }
        let note = answer.note.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        let decision = Decision(
            answer.word, by: reviewer.name, from: reviewer.from, note: note, edits: answer.edits, rule: answer.rule)
        switch try await journal.decide(decision, about: number, at: now()) {
        case .counts: return .counts
        case .late(let first): return .late(first)
        case .over: return .over
        case .expired(let deadline): return .expired(deadline)
        }
    }

    /// Takes an answer back that the same person gave and no run has taken up.
    ///
    /// - Returns: what was taken back; nil where there is nothing to.
    package func undo(_ number: Int64, by reviewer: Reviewer) async throws(JournalError) -> OpenWait.Decided? {
        guard let said = try journal.reader().wait(number)?.decided, said.decision.by == reviewer.name else {
            return nil
        }
        return try await journal.withdraw(decisionAbout: number, at: now()) ? said : nil
    }

    private static func problems(with answer: ReviewAnswer, about wait: Wait) -> [EditProblem] {
        guard wait.choices.contains(answer.word) else {
            let choices = wait.choices.map(\.rawValue).joined(separator: ", ")
            return [EditProblem(name: "", message: "'\(answer.word.rawValue)' cannot be said here, only \(choices)")]
        }
        if let note = answer.note, note.utf8.count > ReviewAnswer.longestNote {
            return [EditProblem(name: "note", message: "is longer than \(ReviewAnswer.longestNote) bytes")]
        }
        if answer.word == .reject, answer.note?.allSatisfy(\.isWhitespace) ?? true {
            return [EditProblem(name: "note", message: "say why: reports group what was rejected by the reason")]
        }
        switch answer.word {
        case .approve: break
        case .write where answer.edits.isEmpty:
            return [EditProblem(name: "", message: "nothing is written: change the answer, or accept it as it is")]
        case .write: break
        default:
            guard answer.edits.isEmpty else {
                return [EditProblem(name: "", message: "edits go with an approval, or with what is written")]
            }
        }
        return answer.edits.flatMap { key, value -> [EditProblem] in
            guard let field = wait.fields.first(where: { key == .string($0.name) }) else {
                return [EditProblem(name: key.text ?? "", message: "is nothing that may be edited here")]
            }
            return EditForm.problems(with: value, for: field)
        }
    }

    // MARK: Many at once

    /// The open reviews that a rule is true of. Nothing is approved by this.
    ///
    /// - Throws: `BulkRule.Unusable` where the rule is none, or reads a field that no record has; ``JournalError``.
    package func matches(_ rule: String) throws -> BulkMatches {
        let reader = try journal.reader()
        var names: [String] = []
        try Self.forEachWait(in: reader, at: now()) { open in
            guard open.wait.kind == .review, open.decided == nil else { return }
            let subject = BulkSubject(open.wait, input: .null)
            for name in subject.names where !names.contains(name) { names.append(name) }
        }
        let compiled = try BulkRule(rule, names: names)
        var matches = BulkMatches(rule: rule, items: [], unjudged: [], others: 0)
        var searches = compiled.fields.map(FieldSearch.init)
        try Self.forEachWait(in: reader, at: now()) { open in
            guard open.wait.kind == .review, open.decided == nil else { return }
            let ended = try reader.events(of: open.ordinal).last { $0.entry.kind == .ended }
            let input = try ended.map { try EndedRecord($0.entry) }?.input ?? .null
            let subject = BulkSubject(open.wait, input: input)
            for place in searches.indices { searches[place].look(in: subject) }
            switch compiled.judge(subject) {
            case .success(true): matches.items.append(QueueItem(open))
            case .success(false): matches.others += 1
            case .failure(let problem):
                matches.unjudged.append(.init(record: open.wait.record, message: problem.message))
            }
        }
        // A rule that asks whether there is such a field can judge every record.
        if !matches.unjudged.isEmpty, let misspelt = searches.lazy.compactMap(\.problem).first { throw misspelt }
        return matches
    }

    /// Approves what was shown, each with the rule in the journal. What somebody else answered meanwhile stays as it is.
    ///
    /// - Returns: one receipt for each of the items, in their order.
    package func approve(
        _ matches: BulkMatches, by reviewer: Reviewer
    ) async throws(JournalError) -> [ReviewReceipt] {
        var receipts: [ReviewReceipt] = []
        for item in matches.items {
            let answer = ReviewAnswer(.approve, seen: item.seen, rule: matches.rule)
            receipts.append(try await self.answer(answer, about: item.number, by: reviewer))
        }
        return receipts
    }
}
