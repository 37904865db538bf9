import Digests
import Journaling
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the journal costs where so many calls are in flight: `journal-load FOLDER IN_FLIGHT MILLISECONDS SECONDS JITTER`,
/// with `FIRST` behind it where the run of the folder goes on, with records from that place on.
///
/// Each of IN_FLIGHT tasks waits MILLISECONDS, give or take JITTER percent of them, and then hands over an answer of 1 KB
/// together with the start of the next call, for SECONDS; a record has two calls, and the task goes on to another. With `-`
/// for a folder nothing is written: what the waiting itself costs. Prints the pairs and the CPU time of the process in
/// microseconds, the journal's end with its checkpoint included.
@main
struct Load {
    static func main() async throws {
        let arguments = CommandLine.arguments
        guard (6...7).contains(arguments.count), let width = Int(arguments[2]), let delay = Double(arguments[3]),
            let seconds = Double(arguments[4]), let jitter = Double(arguments[5])
        else {
            print("usage: journal-load FOLDER|- IN_FLIGHT MILLISECONDS SECONDS JITTER [FIRST]")
            exit(64)
        }
        let first = arguments.count == 7 ? Int(arguments[6]) : nil
        let path = RunFolder(arguments[1]).journal
        let journal: SQLiteJournal? =
            arguments[1] == "-" ? nil : first == nil ? try .create(at: path) : try SQLiteJournal(path: path)
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        let before = processorTime()
        let pairs = try await withThrowingTaskGroup(of: Int.self) { group in
            for task in 0..<width {
                group.addTask {
                    var random = SystemRandomNumberGenerator()
                    var calls = 0
                    while clock.now < end {
                        let share = Double.random(in: -jitter...jitter, using: &random) / 100
                        try await Task.sleep(for: .milliseconds(delay * (1 + share)), tolerance: .zero)
                        if let journal { try await journal.append(pair((first ?? 0) + task, calls, width)) }
                        calls += 1
                    }
                    return calls
                }
            }
            var pairs = 0
            for try await count in group { pairs += count }
            return pairs
        }
        try await journal?.close()
        print(pairs, processorTime() - before)
    }

    /// Records are taken one after the other by all tasks, two calls each.
    private static func pair(_ task: Int, _ call: Int, _ width: Int) -> [JournalEntry] {
        let time = Timestamp(seconds: 1_700_000_000)
        func entry(_ kind: JournalEntry.Kind, call: Int) -> JournalEntry {
            let (ordinal, step) = (task + call / 2 * width, call % 2)
            return JournalEntry(
                ordinal: ordinal, step: step, kind: kind, at: time,
                key: SHA256Digest(of: "question \(ordinal) \(step)"),
                body: kind == .answer ? [UInt8](repeating: 0x61, count: 1000) : [])
        }
        return [entry(.answer, call: call), entry(.start, call: call + 1)]
    }

    /// Of the process so far, user and system, in microseconds.
    private static func processorTime() -> Int {
        var time = timespec()
        guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
        return Int(time.tv_sec) * 1_000_000 + Int(time.tv_nsec) / 1_000
    }
}
