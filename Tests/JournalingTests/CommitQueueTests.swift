import Dispatch
internal import Locks
import Testing

@testable import Journaling

@Suite struct `the queue of commits` {
    /// A disk that remembers what was committed together, and fails when told.
    final class Disk: Sendable {
        struct State {
            var commits: [[JournalEntry]] = []
            var isFull = false
        }

        let state = Guarded(State())

        /// - Parameter before: done before each commit.
        func queue(before: @escaping @Sendable () -> Void = {}) -> CommitQueue {
            CommitQueue(commit: { work in
                before()
                return self.state.withLock { state in
                    if state.isFull { return JournalError(.full, "the disk is full") }
                    state.commits.append(work.flatMap(\.entries))
                    return nil
                }
            })
        }

        var commits: [[JournalEntry]] { state.withLock(\.commits) }
    }

    @Test func `many callers share few commits`() async throws {
        let disk = Disk()
        let (called, allHaveCalled) = (Guarded(0), DispatchSemaphore(value: 0))
        // The first commit takes until everybody has come, as it may on a slow disk: how fast they come is no matter.
        let queue = disk.queue { if disk.commits.isEmpty { allHaveCalled.wait() } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ordinal in 0..<1000 {
                group.addTask {
                    let count = called.withLock { called in
                        called += 1
                        return called
                    }
                    if count == 1000 { allHaveCalled.signal() }
                    try await queue.wait(for: .entries([Sample.start(ordinal)]))
                }
            }
            try await group.waitForAll()
        }
        #expect(Set(disk.commits.flatMap { $0 }.map(\.ordinal)) == Set(0..<1000))
        #expect(disk.commits.count < 200)
    }

    @Test func `a note is on disk before an entry that was handed over after it`() async throws {
        let disk = Disk()
        let queue = disk.queue()
        #expect(queue.note(.entries([Sample.start(1)])))
        try await queue.wait(for: .entries([Sample.answer(1)]))
        #expect(disk.commits.flatMap { $0 }.map(\.kind) == [.start, .answer])
    }

    @Test func `notes without end are told to wait`() async throws {
        let disk = Disk()
        let queue = disk.queue()
        let entries = (0..<CommitQueue.noteLimit).map { Sample.start($0) }
        #expect(queue.note(.entries(entries)) == false)
        try await queue.wait(for: .entries([]))
        #expect(queue.note(.entries([Sample.start(1)])))
        try await queue.close()
        #expect(disk.commits.flatMap { $0 }.count == CommitQueue.noteLimit + 1)
    }

    @Test func `after an error everybody gets it, and nothing more is committed`() async throws {
        let disk = Disk()
        let queue = disk.queue()
        try await queue.wait(for: .entries([Sample.start(1)]))
        disk.state.withLock { $0.isFull = true }
        await withTaskGroup(of: JournalError?.self) { group in
            for ordinal in 0..<50 {
                group.addTask {
                    do throws(JournalError) { try await queue.wait(for: .entries([Sample.start(ordinal)])) } catch {
                        return error
                    }
                    return nil
                }
            }
            for await error in group { #expect(error?.reason == .full) }
        }
        disk.state.withLock { $0.isFull = false }
        await #expect(throws: JournalError(.full, "the disk is full")) {
            try await queue.wait(for: .entries([Sample.start(1)]))
        }
        #expect(queue.note(.entries([Sample.start(1)])) == false)
        await #expect(throws: JournalError(.full, "the disk is full")) { try await queue.close() }
        #expect(disk.commits.count == 1)
    }

    @Test func `an error of notes shows when it closes`() async throws {
        let disk = Disk()
        let queue = disk.queue()
        disk.state.withLock { $0.isFull = true }
        _ = queue.note(.entries([Sample.start(1)]))
        await #expect(throws: JournalError(.full, "the disk is full")) { try await queue.close() }
    }
}
