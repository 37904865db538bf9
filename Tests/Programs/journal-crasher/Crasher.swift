import Journaling
import Values

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A program for tests to kill: it writes a journal and says what is acknowledged.
///
/// - `journal-crasher write FOLDER`: many callers, without end; a line `ORDINAL STEP` for each pair on disk.
/// - `journal-crasher commits FOLDER N`: one caller, N commits, then it ends.
/// - `journal-crasher hold FOLDER`: takes the run lock, opens the journal, starts a child, says the child's process.
@main
struct Crasher {
    static func main() async throws {
        let arguments = CommandLine.arguments
        let folder = RunFolder(arguments[2])
        switch arguments[1] {
        case "write": try await write(try SQLiteJournal.create(at: folder.journal))
        case "commits":
            let journal = try SQLiteJournal.create(at: folder.journal)
            for ordinal in 0..<(Int(arguments[3]) ?? 0) { try await journal.append(pair(ordinal, step: 0)) }
            // Left open: closing syncs once more.
            exit(0)
        default: try hold(folder)
        }
    }

    /// An answer too large for a page and a start, which belong together.
    static func pair(_ ordinal: Int, step: Int) -> [JournalEntry] {
        let time = Timestamp(seconds: 1_700_000_000)
        return [
            JournalEntry(
                ordinal: ordinal, step: step, kind: .answer, at: time, body: [UInt8](repeating: 0x61, count: 6000)),
            JournalEntry(ordinal: ordinal, step: step + 1, kind: .start, at: time),
        ]
    }

    static func write(_ journal: SQLiteJournal) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for ordinal in 0..<16 {
                group.addTask {
                    for step in 0... {
                        try await journal.append(pair(ordinal, step: step))
                        say("\(ordinal) \(step)")
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    static func hold(_ folder: RunFolder) throws {
        let lock = try RunLock(folder)
        let journal = try SQLiteJournal.create(at: folder.journal)
        var child: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("/bin/sleep"), strdup("600"), nil]
        guard posix_spawn(&child, "/bin/sleep", nil, nil, &arguments, environ) == 0 else { exit(1) }
        say("\(child)")
        withExtendedLifetime((lock, journal)) { _ = pause() }
    }

    /// One write for each line, so that a killed process leaves no half of one unseen.
    static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = Self.writeAll(bytes)
    }

    private static func writeAll(_ bytes: [UInt8]) -> Int {
        #if canImport(Glibc)
            Glibc.write(1, bytes, bytes.count)
        #elseif canImport(Musl)
            Musl.write(1, bytes, bytes.count)
        #else
            Darwin.write(1, bytes, bytes.count)
        #endif
    }
}
