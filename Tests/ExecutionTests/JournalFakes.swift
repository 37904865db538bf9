import Journaling
import Locks
import Values

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Takes everything and keeps nothing, for runs whose journal is not looked at.
struct ForgetfulJournal: Journal {
    func begin(_ start: RunStart) async throws(JournalError) {}
    func append(_ entries: [JournalEntry]) async throws(JournalError) {}
    func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError) {}
    func note(_ entries: [JournalEntry]) -> Bool { true }
    func finish(_ end: RunEnd) async throws(JournalError) {}
    func decide(_ decision: Decision, about number: Int64, at time: Timestamp) async -> DecisionReceipt { .over }
    func withdraw(decisionAbout number: Int64, at time: Timestamp) async -> Bool { false }
    func takeDecisions() -> [OpenWait] { [] }
    func reader() throws(JournalError) -> any JournalReading { try MemoryJournal().reader() }
    func close() async throws(JournalError) {}
}

/// Another journal that counts who reads it.
struct CountingJournal: Journal {
    let readers = Counter()
    private let journal: any Journal

    init(_ journal: any Journal) { self.journal = journal }

    func begin(_ start: RunStart) async throws(JournalError) { try await journal.begin(start) }
    func append(_ entries: [JournalEntry]) async throws(JournalError) { try await journal.append(entries) }
    func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError) {
        try await journal.append(chunks, with: entries)
    }
    func note(_ entries: [JournalEntry]) -> Bool { journal.note(entries) }
    func finish(_ end: RunEnd) async throws(JournalError) { try await journal.finish(end) }
    func decide(
        _ decision: Decision, about number: Int64, at time: Timestamp
    ) async throws(JournalError) -> DecisionReceipt { try await journal.decide(decision, about: number, at: time) }
    func withdraw(decisionAbout number: Int64, at time: Timestamp) async throws(JournalError) -> Bool {
        try await journal.withdraw(decisionAbout: number, at: time)
    }
    func takeDecisions() throws(JournalError) -> [OpenWait] { try journal.takeDecisions() }
    func reader() throws(JournalError) -> any JournalReading {
        readers.add(1)
        return try journal.reader()
    }
    func close() async throws(JournalError) { try await journal.close() }
}

/// Remembers which entries came in which commit, and fails after some if told to.
final class OrderedJournal: Journal {
    private struct State {
        var entries: [JournalEntry] = []
        var commits: [Int: Int] = [:]
        var appends = 0
    }

    private let state = Guarded(State())
    private let limit: Int?

    init(failingAfter limit: Int? = nil) { self.limit = limit }

    func kinds(of ordinal: Int) -> [JournalEntry.Kind] {
        state.withLock { $0.entries.filter { $0.ordinal == ordinal }.map(\.kind) }
    }

    func commits(of ordinal: Int) -> Int { state.withLock { $0.commits[ordinal] ?? 0 } }

    func begin(_ start: RunStart) async throws(JournalError) {}

    func append(_ entries: [JournalEntry]) async throws(JournalError) {
        let appends = state.withLock { state in
            state.entries += entries
            for ordinal in Set(entries.map(\.ordinal)) { state.commits[ordinal, default: 0] += 1 }
            state.appends += 1
            return state.appends
        }
        if let limit, appends > limit { throw JournalError(.full, "the disk is full") }
    }

    func append(_ chunks: [ChunkEntry], with entries: [JournalEntry]) async throws(JournalError) {}
    func note(_ entries: [JournalEntry]) -> Bool { true }
    func finish(_ end: RunEnd) async throws(JournalError) {}
    func decide(_ decision: Decision, about number: Int64, at time: Timestamp) async -> DecisionReceipt { .over }
    func withdraw(decisionAbout number: Int64, at time: Timestamp) async -> Bool { false }
    func takeDecisions() -> [OpenWait] { [] }
    func reader() throws(JournalError) -> any JournalReading { try MemoryJournal().reader() }
    func close() async throws(JournalError) {}
}

/// How many threads this process has just now.
func threadCount() -> Int {
    #if os(Linux)
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("Threads:") {
                return text.split(whereSeparator: \.isWhitespace).last.flatMap { Int($0) } ?? 0
            }
        }
        return 0
    #else
        var list: thread_act_array_t?
        var count: mach_msg_type_number_t = 0
        task_threads(mach_task_self_, &list, &count)
        return Int(count)
    #endif
}
