internal import Journaling
internal import Planning
internal import Runs
internal import Steps
internal import Values

/// Decisions of people that come while the run goes on.
extension ExecutionLine {
    /// Takes up records whose decision has come, or whose time is over, until all others are through and nothing more has
    /// been said.
    ///
    /// They have a window of their own: those that were read before them may all wait for a limit just then.
    func takeUpAnswers(_ parked: ParkedRecords) async throws {
        let window = AdmissionWindow(width: options.width)
        control.whenStopped { window.close() }
        try await withThrowingDiscardingTaskGroup { group in
            for await _ in parked.rings {
                guard control.reason == nil else { return }
                let isLast = parked.isQuiet
                let answered = try await answered(parked)
                for (ordinal, said) in answered {
                    try await goOn(ordinal, said, parked, window: window, in: &group)
                }
                if isLast, answered.isEmpty { return }
            }
        }
    }

    /// Takes one record up once there is a place for it. If the run stops before, it is given back: nobody is waited for.
    private func goOn(
        _ ordinal: Int, _ said: OpenWait?, _ parked: ParkedRecords, window: AdmissionWindow,
        in group: inout ThrowingDiscardingTaskGroup<any Error>
    ) async throws {
        let isAdmitted = await window.admit()
        guard let record = parked.take(ordinal) else {
            if isAdmitted { window.leave() }
            return
        }
        guard let leaver = try await leaver(record, said) else {
            throw JournalError(.damaged, "the journal is damaged: record \(ordinal) waits and has no input there")
        }
        tally.goesOn(record.marks, items: record.items)
        guard isAdmitted else {
            defer { parked.ended() }
            return try await giveBack([leaver])
        }
        let threshold = FailureThreshold(limit: benches.main.plan.limits.failures)
        group.addTask {
            defer {
                window.leave()
                parked.ended()
            }
            do {
                let counts = try await recordTask(parked).finish(leaver)
                if threshold.isPassed(by: counts) { control.stop(.failures) }
            } catch {
                window.close()
                parked.end()
                throw error
            }
        }
    }

    /// Rings every now and then: another process may have written a decision.
    func ring(_ parked: ParkedRecords) async {
        while !Task.isCancelled {
            parked.ring()
            do { try await Task.sleep(for: options.answerInterval) } catch { return }
        }
    }

    /// The records that go on now, and what was said of each.
    private func answered(_ parked: ParkedRecords) async throws -> [(ordinal: Int, said: OpenWait?)] {
        let now = clock.now()
        let decided = try await history.run { [journal] () throws(JournalError) in try journal.takeDecisions() }
        let said = parked.decided(decided)
        let ordinals = said.keys.sorted() + parked.expired(at: now).filter { said[$0] == nil }
        return ordinals.map { ($0, said[$0]) }
    }

    /// A record at its first step, with all that the journal has of it.
    private func leaver(_ parked: ParkedRecords.Parked, _ said: OpenWait?) async throws -> Leaver? {
        let (kept, ended) = try await history.run { [journal] in
            var kept = KeptRecord()
            kept.isFresh = true
            var ended: EndedRecord?
            for event in try journal.reader().events(of: parked.place.ordinal) {
                try kept.add(event)
                if event.entry.kind == .ended { ended = try EndedRecord(event.entry) }
            }
            return (kept, ended)
        }
        guard let ended, let input = ended.input else { return nil }
        var remembered = kept
        if let said, remembered.wait?.number == said.number { remembered.wait?.decided = said.decided }
        remembered.drawsBefore.merge(self.kept?.drawsBefore(ended.id) ?? [:]) { max($0, $1) }
        let type = ValueType.object(benches.main.plan.source.type)
        let record = Record(
            ordinal: ended.ordinal, id: ended.id, origin: ended.origin, input: input.restored(as: type))
        return Leaver(row: benches.main.start(record), place: parked.place, kept: remembered)
    }
}

extension Value {
    /// A value that went through JSON as its type has it: a moment is a text there, and no more than a text.
    fileprivate func restored(as type: ValueType) -> Value {
        switch (type, self) {
        case (.nullable(let inner), _): isNull ? self : restored(as: inner)
        case (.timestamp, .string(let text)): Timestamp(rfc3339: text).map(Value.timestamp) ?? self
        case (.double, .int(let number)): .double(Double(number))
        case (.list(let item), .list(let items)): .list(items.map { $0.restored(as: item) })
        case (.object(let object), .map(let map)):
            .map(
                ValueMap(
                    shape: map.shape,
                    values: zip(map.shape.keys, map.values).map { key, value in
                        key.text.flatMap { object[$0] }.map(value.restored) ?? value
                    }))
        default: self
        }
    }
}
