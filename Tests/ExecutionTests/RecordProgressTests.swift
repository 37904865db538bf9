import Execution
import Recipes
import Runs
import Testing

private func progress(_ steps: (String, Int, Otherwise)...) -> RecordProgress {
    RecordProgress(rules: steps.map { .init(name: $0.0, attempts: $0.1, otherwise: $0.2) })
}

private let broken = Failure(.rule, "too long")

@Suite struct RecordProgressTests {
    @Test func `a record that passes every step is done`() {
        var record = progress(("a", 1, .fail), ("b", 1, .fail))
        record.passed()
        #expect(record.next == .run(step: 1, attempt: 1))
        record.passed()
        #expect(record.next == .ended(.done))
        #expect(record.marks == [.done, .done])
    }

    @Test func `a recipe without steps is done at once`() {
        #expect(progress().next == .ended(.done))
    }

    @Test func `a broken answer is asked for again until the attempts are used up`() {
        var record = progress(("a", 3, .fail))
        record.broke(broken, again: true)
        #expect(record.next == .run(step: 0, attempt: 2))
        record.broke(broken, again: true)
        record.broke(broken, again: true)
        #expect(record.next == .ended(.failed))
        #expect(record.fall == .init(step: 0, attempt: 3, failure: broken))
    }

    @Test func `what asking again cannot mend uses no further attempt`() {
        var record = progress(("a", 3, .fail))
        record.broke(Failure(.expression, "no such field"), again: false)
        #expect(record.next == .ended(.failed))
        #expect(record.fall?.attempt == 1)
    }

    @Test func `a flagged step is listed and the record goes on`() {
        var record = progress(("a", 1, .flag), ("b", 1, .fail))
        record.broke(broken, again: true)
        #expect(record.next == .run(step: 1, attempt: 1))
        #expect(record.flags == ["a: too long"])
        record.passed()
        #expect(record.marks == [.flagged, .done])
        #expect(record.next == .ended(.done))
    }

    @Test func `a skipping step ends the record and accounts for the steps behind it`() {
        var record = progress(("a", 1, .fail), ("b", 1, .skip), ("c", 1, .fail))
        record.passed()
        record.broke(broken, again: true)
        #expect(record.next == .ended(.skipped))
        #expect(record.marks == [.done, .skipped, .skipped])
    }

    @Test func `steps behind a failure are not reached`() {
        var record = progress(("a", 1, .fail), ("b", 1, .fail))
        record.broke(broken, again: false)
        #expect(record.marks == [.failed, .notReached])
    }

    @Test func `a used progress starts over like a new one`() {
        var record = progress(("a", 1, .flag), ("b", 1, .fail))
        record.broke(broken, again: false)
        record.broke(broken, again: false)
        record.reset()
        #expect(record.next == .run(step: 0, attempt: 1))
        #expect(record.flags.isEmpty && record.fall == nil)
        #expect(record.marks == [.notReached, .notReached])
    }
}
