internal import Journaling
internal import Locks
internal import Runs
internal import Values

/// The items of an `each` where somebody is asked: each goes through the inner steps in order, some side by side.
///
/// Items are begun in the list's order and end in any. One that falls stops those behind it once their present answer is
/// there, and none before it, so that what the record fails for does not depend on who was faster.
extension RecordTask {
    /// - Returns: false if the run stopped before all items were through.
    @inline(never)
    func take(
        _ items: ItemsStage, at index: Int, _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?
    ) async throws -> Bool {
        guard case .success(let list) = items.items(of: row) else {
            preconditionFailure("a row comes here with a list")
        }
        // What the items' questions depend on is on the disk before any of them leaves.
        if !pending.isEmpty { try await journal.append(pending) }
        pending = []
        let line = ItemLine(count: list.count, of: items)
        var inner = self
        inner.walk = items.walk
        let (task, record) = (inner, row)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<min(items.atOnce, list.count) {
                group.addTask { try await task.work(off: line, list, of: record, items, kept) }
            }
            try await group.waitForAll()
        }
        guard let end = line.end else { return false }
        walk.take(end, at: index, &row)
        return true
    }

    /// Takes item after item, as long as there are any.
    private func work(
        off line: ItemLine, _ list: [Value], of record: Row, _ items: ItemsStage, _ kept: KeptRecord?
    ) async throws {
        var pending: [JournalEntry] = []
        while let number = line.next() {
            var row = items.row(for: list[number], number: number, of: record)
            row.attempts = Array(repeating: 0, count: walk.steps.count)
            guard let outcome = try await followItem(&row, &pending, kept, unless: { line.isCut(before: number) })
            else {
                line.stop()
                break
            }
            line.add(items.end(row, outcome))
        }
        // The next start may be far: an answer that is there is not to be lost.
        if !pending.isEmpty { try await journal.append(pending) }
    }

    /// Takes one item to its end.
    ///
    /// - Returns: how it ended, `notReached` if it is not wanted any more; nil if the run stopped.
    private func followItem(
        _ row: inout Row, _ pending: inout [JournalEntry], _ kept: KeptRecord?, unless isCut: () -> Bool
    ) async throws -> Outcome? {
        while true {
            switch walk.advance(&row) {
            case .ended(let outcome): return outcome
            case .asks(let step):
                if isCut() { return .notReached }
                guard try await ask(step, &row, &pending, kept) else { return nil }
            }
        }
    }
}

/// The items of one record: which is next, and how those stand that have ended.
private final class ItemLine: Sendable {
    private struct State {
        var next = 0
        var isStopped = false
        var end: ItemsEnd
    }

    private let count: Int
    private let state: Guarded<State>

    init(count: Int, of stage: ItemsStage) {
        self.count = count
        state = Guarded(State(end: ItemsEnd(count: count, of: stage)))
    }

    /// The next item to begin; nil when all are begun, one has fallen, or the run stops.
    func next() -> Int? {
        state.withLock { state in
            guard state.next < count, !state.isStopped, state.end.fallen == nil else { return nil }
            defer { state.next += 1 }
            return state.next
        }
    }

    /// Whether an earlier item has fallen.
    func isCut(before number: Int) -> Bool { state.withLock { ($0.end.fallen?.item ?? number) < number } }

    func add(_ end: ItemEnd) { state.withLock { $0.end.add(end) } }

    func stop() { state.withLock { $0.isStopped = true } }

    /// How the items stand; nil if the run stopped before they were through.
    var end: ItemsEnd? { state.withLock { $0.isStopped ? nil : $0.end } }
}
