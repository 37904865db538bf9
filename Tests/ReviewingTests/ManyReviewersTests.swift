import Foundation
import Journaling
import TestSupport
import Testing
import Values

@testable import Reviewing

/// Twenty connections of two processes, one of them killed: nothing lost, nothing doubled.
@Suite(.serialized) struct ManyReviewersTests {
    /// How many answers: `LINECOOK_ANSWERS=10000` for the long form.
    private var count: Int {
        ProcessInfo.processInfo.environment["LINECOOK_ANSWERS"].flatMap(Int.init) ?? 400
    }

    private struct Said: Hashable {
        var number: Int64
        var by: String
    }

    /// Reads to its end, or kills it in the middle.
    private func read(_ process: TestProcess, killAfter: Int?) async -> [Said] {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                var said: [Said] = []
                while let line = process.readLine() {
                    let words = line.split(separator: " ")
                    if words.count == 4, words[0] == "counts", words[3] == ".", let number = Int64(words[1]) {
                        said.append(Said(number: number, by: String(words[2])))
                    }
                    if said.count == killAfter { process.kill9() }
                }
                continuation.resume(returning: said)
            }
        }
    }

    @Test(.timeLimit(.minutes(20))) func `twenty answer at once, and a process is killed in the middle`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.sqlite"
        let room = try await WaitingRoom(try SQLiteJournal.create(at: path))
        try await room.park((0..<count).map { WaitingRoom.review($0) })
        let crasher = TestProgram.path("review-crasher")
        let start = ContinuousClock.now
        let (first, second) = (try TestProcess(crasher, [path, "first"]), try TestProcess(crasher, [path, "second"]))
        async let killed = read(first, killAfter: count / 8)
        async let lived = read(second, killAfter: nil)
        let all = await killed + lived
        let took = (ContinuousClock.now - start).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        let decided = try room.journal.reader().decisions()
        // Everybody who was told so counts, and everything is answered once.
        #expect(decided.count == count)
        #expect(Set(all.map(\.number)).count == all.count)
        for said in all { #expect(decided[said.number]?.decision.by == said.by) }
        var events = 0
        try room.journal.reader().forEachEvent { if $0.entry.kind == .decision { events += 1 } }
        #expect(events == count)
        #expect(try room.journal.takeDecisions().count == count)
        try await room.store.close()
        print("reviewers: \(decided.count) of \(count) records answered once in \(took), \(all.count) of them told")
    }

    @Test(.timeLimit(.minutes(5))) func `an answer is stored in a moment while a run writes`() async throws {
        let folder = try TemporaryFolder()
        let path = folder.path + "/journal.sqlite"
        let run = try await WaitingRoom(try SQLiteJournal.create(at: path))
        let numbers = try await parked(200, in: run)
        let store = ReviewStore(try SQLiteJournal(path: path)) { WaitingRoom.time(1) }
        let times = try await withThrowingTaskGroup(of: [Swift.Duration].self) { group in
            for lane in 0..<8 {
                group.addTask {
                    var ordinal = 10_000 * (lane + 1)
                    while !Task.isCancelled {
                        ordinal += 1
                        try await run.journal.append([
                            JournalEntry(ordinal: ordinal, step: 0, kind: .start, at: WaitingRoom.time(0)),
                            JournalEntry(
                                ordinal: ordinal, step: 0, kind: .answer, at: WaitingRoom.time(0),
                                body: Array("{}".utf8)),
                        ])
                    }
                    return []
                }
            }
            group.addTask {
                var times: [Swift.Duration] = []
                let clock = ContinuousClock()
                for number in numbers {
                    guard let seen = try store.detail(number)?.open.key else { continue }
                    let start = clock.now
                    let answer = ReviewAnswer(.approve, seen: seen)
                    #expect(try await store.answer(answer, about: number, by: WaitingRoom.ada) == .counts)
                    times.append(start.duration(to: clock.now))
                }
                return times
            }
            var times: [Swift.Duration] = []
            while times.isEmpty, let some = try await group.next() { times = some }
            group.cancelAll()
            return times.sorted()
        }
        print("Answers while a run writes: median \(times[times.count / 2]), p99 \(times[times.count * 99 / 100])")
        // On a machine that does much else some are late: a writer that takes no rests holds up every one for longer.
        #expect(times[times.count / 2] < .milliseconds(500))
        try await store.close()
        try await run.store.close()
    }

    private func parked(_ count: Int, in room: WaitingRoom) async throws -> [Int64] {
        for ordinal in 0..<count { try await room.park(WaitingRoom.review(ordinal), ordinal) }
        return try room.journal.reader().waits().map(\.number)
    }
}
