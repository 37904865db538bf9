internal import Journaling
internal import Locks
internal import Planning
internal import Runs
internal import Values

// What earlier processes left.

extension ExecutionLine {
    /// Gives the outputs the rows of records that were done after they left their chunk: they are not in the chunk's own
    /// rows, and are made again from the kept answers.
    func restoreRows(from source: any RecordSource) async throws {
        guard let kept, kept.chunks.contains(where: { kept.finished(in: $0) > 0 }) else { return }
        let reader = try await open(source)
        let work = ChunkWork(benches: benches, clock: clock, earlier: earlier)
        let task = recordTask(nil)
        for chunk in kept.chunks {
            if kept.finished(in: chunk) == 0, try await pass(chunk, of: reader) { continue }
            let batch = try await self.batch(of: chunk, in: reader)
            guard kept.finished(in: chunk) > 0 else { continue }
            let records = try await answersAtOnce(in: chunk)
            let result = await work.again(batch.prepared(), chunk, of: kept, records)
            for part in parts(of: result.leavers, finished: true) {
                for leaver in try await remembered(part) { try await task.finish(leaver) }
            }
        }
    }

    /// Hands over the records of a chunk that are still open, with what the journal has of them.
    ///
    /// - Returns: false where nothing is brought to the disk any more.
    func handOver(_ result: ChunkResult, to commits: CommitLine) async throws -> Bool {
        for part in parts(of: result.leavers, finished: false) {
            guard await commits.add(try await remembered(part)) else { return false }
        }
        return true
    }

    /// Records of a chunk as many at a time as are held with what they were answered, which may be far longer than they
    /// are themselves.
    private func parts(of leavers: [Leaver], finished: Bool) -> [ArraySlice<Leaver>] {
        let wanted = leavers.filter { (kept?.isFinished($0.place.ordinal) ?? false) == finished }
        return stride(from: 0, to: wanted.count, by: 64).map { wanted[$0..<min($0 + 64, wanted.count)] }
    }

    /// Records with what the journal has of them.
    private func remembered(_ leavers: ArraySlice<Leaver>) async throws -> [Leaver] {
        guard let kept, let first = leavers.first, let last = leavers.last else { return Array(leavers) }
        let wanted = Set(leavers.map(\.place.ordinal))
        let records = try await remembered(first.place.ordinal..<last.place.ordinal + 1) {
            wanted.contains($0.entry.ordinal)
        }
        let remembered = leavers.map { leaver in
            var leaver = leaver
            var record = records[leaver.place.ordinal] ?? KeptRecord()
            record.isFinished = kept.isFinished(leaver.place.ordinal)
            record.drawsBefore = kept.drawsBefore(leaver.row.record.id)
            leaver.textBytes += record.textBytes
            leaver.kept = record
            return leaver
        }
        return try await waiting(remembered)
    }

    /// The records of a chunk with what they wait for, where the journal has that elsewhere than in their own place: every
    /// record is taken up anew, or has moved. Read in one go, since a reader has a connection of its own.
    func waiting(_ leavers: [Leaver]) async throws -> [Leaver] {
        guard let waits = kept?.waits, !waits.isEmpty else { return leavers }
        let numbers = leavers.compactMap { leaver -> Int64? in
            let number = waits[leaver.row.record.id]?.number
            return number == leaver.kept?.waiting?.number ? nil : number
        }
        guard !numbers.isEmpty else { return leavers }
        let events = try await history.run { [journal] in try journal.reader().events(numbered: numbers) }
        let waiting = Dictionary(
            events.filter { $0.entry.kind == .waiting }.map { ($0.number, $0) }, uniquingKeysWith: { $1 })
        return leavers.map { leaver in
            guard let place = waits[leaver.row.record.id], let event = waiting[place.number] else { return leaver }
            var leaver = leaver
            var record = leaver.kept ?? KeptRecord()
            record.waiting = event
            leaver.kept = record
            leaver.textBytes += event.entry.body.count
            return leaver
        }
    }

    /// What the journal has of a stretch of records, by ordinal.
    func remembered(
        _ ordinals: Range<Int>, where isWanted: @escaping @Sendable (JournalEvent) -> Bool = { _ in true }
    ) async throws -> [Int: KeptRecord] {
        try await history.run { [journal] in
            var records: [Int: KeptRecord] = [:]
            try journal.reader().forEachEvent(of: ordinals) { event in
                if isWanted(event) { try records[event.entry.ordinal, default: KeptRecord()].add(event) }
            }
            return records
        }
    }

    /// What a chunk's records were answered at once, where any may have been: a file that gave the answer may say
    /// something else by now.
    func answersAtOnce(in chunk: KeptRun.Chunk) async throws -> [Int: KeptRecord] {
        guard benches.main.plan.answersAtOnce else { return [:] }
        return try await remembered(chunk.ordinals) { $0.entry.kind == .answer && $0.entry.key == nil }
    }
}
