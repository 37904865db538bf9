import Journaling
import Runs
import Steps
import Testing
import Values

@testable import Execution
@testable import Planning

/// The wall clock tells people when things happened, and decides nothing.
@Suite(.timeLimit(.minutes(5))) struct ClockTests {
    /// A clock that goes on a second each time it is looked at, and at times is turned back an hour.
    private func clock(from start: Int64, turnedBackAt moments: Set<Int> = []) -> WallClock {
        let state = Shared((seconds: start, looks: 0))
        return WallClock {
            state.change { state in
                state.looks += 1
                state.seconds += moments.contains(state.looks) ? -3_600 : 1
            }
            return Timestamp(seconds: state.value.seconds)
        }
    }

    /// One question a record, 120 records.
    private func plan(_ sink: MemorySink, _ asked: @escaping @Sendable (_ record: Int) -> Void) -> Plan {
        let step = PlannedStep.fake(
            "topic",
            .answered(
                AnsweredFake { record, _ in
                    asked(record)
                    return .says("topic of \(record)")
                }))
        return .fake(NumberSource(size: 120), steps: [step], outputs: [sink])
    }

    private func executor(_ plan: Plan, _ journal: MemoryJournal, _ clock: WallClock) -> Executor {
        Executor(
            plan: plan, journal: journal, control: RunControl(), tally: RunTally(steps: 1), clock: clock,
            options: Executor.Options(lanes: 2, width: 4))
    }

    @Test func `turned back an hour, within a process and between two, it changes no byte and asks nothing again`()
        async throws
    {
        let now: Int64 = 1_780_000_000
        let clean = MemorySink { "\($0.slots[SlotLayout.firstStep].string ?? "")" }
        _ = try await executor(plan(clean) { _ in }, MemoryJournal(), clock(from: now)).run(as: .null)

        let sink = MemorySink { "\($0.slots[SlotLayout.firstStep].string ?? "")" }
        let (asked, first) = (Counter(), MemoryJournal())
        let plan = plan(sink) { _ in if asked.add(1) == 61 { first.kill() } }
        await #expect(throws: JournalError.self) {
            try await executor(plan, first, clock(from: now, turnedBackAt: [20, 50])).run(as: .null)
        }
        let journal = try await first.reopened()
        let since = Timestamp(seconds: now - 3_600 - 60)
        let kept = try KeptRun(reading: journal.reader(), steps: 1, since: since)
        let last = executor(plan, journal, clock(from: now - 3_600, turnedBackAt: [30]))
        #expect(try await last.obstacle(to: kept) == nil)
        let summary = try await last.run(as: .null, goingOn: kept)
        #expect(summary.counts.done == 120 && summary.imbalance == nil)
        #expect(sink.lines == clean.lines)
        // What was in flight at the kill is asked again, four at most, and nothing else.
        #expect(asked.value <= 120 + 4)
    }
}
