internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Journaling
internal import Pages
internal import Values

struct CacheCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cache",
        abstract: "Shows how large the kept answers are, and forgets old ones.",
        discussion: "The store (.linecook/answers.sqlite here or one folder down) is an index over the runs' journals: "
            + "it can be deleted, and the next run builds it again from .linecook/runs; runs in folders of --run, and what "
            + "they have sent, are then no longer known. What is forgotten here stays in the journals and "
            + "is asked again by later runs. Answers of runs that are not over are not forgotten.\n\n"
            + "Example: linecook cache --older-than 30d --to 100MB")

    @Option(help: ArgumentHelp("Forget answers older than this, such as 12h, 30d or 8w.", valueName: "time"))
    var olderThan: String?

    @Option(help: ArgumentHelp("Forget the oldest until a store is no larger, such as 100MB.", valueName: "size"))
    var to: String?

    @Flag(help: "One JSON object a store, on standard output.")
    var json = false

    func validate() throws {
        if let olderThan, PruneLimit.seconds(olderThan) == nil {
            throw ValidationError("--older-than takes a time such as 12h, 30d or 8w, not '\(olderThan)'")
        }
        if let to, PruneLimit.bytes(to) == nil {
            throw ValidationError("--to takes a size such as 500KB, 100MB or 2GB, not '\(to)'")
        }
    }

    func run() throws {
        let terminal = Terminal.standardError()
        let paths = RunDirectory.answerStores()
        if paths.isEmpty {
            terminal.write("no kept answers lie in .linecook here or one folder down\n")
        }
        var status = ExitStatus.success
        for path in paths {
            let pruned: PrunedStore
            do throws(JournalError) {
                pruned = try prune(path, terminal)
            } catch {
                terminal.write("error: \(error)\n")
                if status == .success || error.isUnwritable {
                    status = error.isUnwritable ? .cannotWrite : .badRecipe
                }
                continue
            }
            try Terminal.print(json ? JSON.text(of: pruned.value) + "\n" : pruned.text)
        }
        if status != .success { throw status.code }
    }

    private func prune(_ path: String, _ terminal: Terminal) throws(JournalError) -> PrunedStore {
        let store = try AnswerStore(path: path)
        // A run that was killed has not brought its answers here yet.
        let home = String(path.dropLast("/answers.sqlite".utf8.count))
        for problem in AnswerKeeper.fill(store, from: try AnswerKeeper.runs(sharing: store, in: home + "/runs")) {
            terminal.write("warning: \(problem)\n".printable)
        }
        let before = try store.size()
        var forgotten = 0
        if olderThan != nil || to != nil {
            let open = try store.journals().filter(Self.isOpen)
            if let age = olderThan.flatMap(PruneLimit.seconds) {
                let limit = WallClock.system.now().seconds - age
                forgotten += try store.prune(before: limit, keeping: open)
            }
            if let bytes = to.flatMap(PruneLimit.bytes) {
                forgotten += try store.prune(toBytes: bytes, keeping: open)
            }
        }
        let after = try store.size()
        try store.close()
        return PrunedStore(
            path: path, before: before, after: after, forgotten: forgotten, limit: to.flatMap(PruneLimit.bytes))
    }

    /// Whether a run may still be gone on with. One whose journal cannot be read counts as such: a copy of it may be put
    /// back, and what it was told would be paid for again.
    private static func isOpen(_ run: String) -> Bool {
        do throws(JournalError) {
            return try !SQLiteJournalReader(path: RunFolder(run).journal).history().isOver
        } catch {
            return error.reason != .missing
        }
    }
}

/// What the command line says of how much is to be forgotten.
enum PruneLimit {
    private static let times: [(String, Int64)] = [
        ("min", 60), ("s", 1), ("h", 3_600), ("d", 86_400), ("w", 604_800),
    ]
    private static let sizes: [(String, Int64)] = [
        ("KB", 1_000), ("MB", 1_000_000), ("GB", 1_000_000_000), ("B", 1),
    ]

    /// Of `90min`, `12h`, `30d`; nil for anything else.
    static func seconds(_ text: String) -> Int64? { amount(text, times) }

    /// Of `500KB`, `100 MB`, `2GB`; nil for anything else.
    static func bytes(_ text: String) -> Int64? { amount(text, sizes) }

    private static func amount(_ text: String, _ units: [(String, Int64)]) -> Int64? {
        for (unit, worth) in units where text.lowercased().hasSuffix(unit.lowercased()) {
            var number = text.dropLast(unit.count)
            while number.last == " " { number.removeLast() }
            guard let count = Int64(number), count >= 0, number.first != "+" else { return nil }
            let (product, overflow) = count.multipliedReportingOverflow(by: worth)
            return overflow ? nil : product
        }
        return nil
    }
}

/// A store and what was taken out of it.
struct PrunedStore {
    var path: String
    var before: AnswerStore.Size
    var after: AnswerStore.Size
    var forgotten: Int
    /// `--to`.
    var limit: Int64?

    var text: String {
        let runs = Figures.count(after.journals, "run")
        var lines = ["\(path): \(answers(after.answers)) of \(runs), \(Figures.bytes(after.bytes))\(span)"]
        if forgotten > 0 {
            lines.append("  forgot \(answers(forgotten)); it had \(Figures.bytes(before.bytes)) before")
        }
        if let limit, after.bytes > limit {
            lines.append(
                after.answers > 0
                    ? "  it stays above \(Figures.bytes(limit)): what is left is of runs that are not over"
                    : "  it stays above \(Figures.bytes(limit)) without any answer; to have none, delete the file")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func answers(_ count: Int) -> String {
        Figures.count(count, "answer")
    }

    private var span: String {
        guard let oldest = after.oldest, let newest = after.newest else { return "" }
        return ", given from \(Self.time(oldest)) to \(Self.time(newest))"
    }

    private static func time(_ seconds: Int64) -> String {
        Timestamp(seconds: seconds, nanoseconds: 0).rfc3339
    }

    var value: Value {
        [
            "path": .string(path), "answers": .int(Int64(after.answers)), "runs": .int(Int64(after.journals)),
            "bytes": .int(after.bytes), "oldest": after.oldest.map { .string(Self.time($0)) } ?? .null,
            "newest": after.newest.map { .string(Self.time($0)) } ?? .null, "forgotten": .int(Int64(forgotten)),
            "bytes_before": .int(before.bytes),
        ]
    }
}
