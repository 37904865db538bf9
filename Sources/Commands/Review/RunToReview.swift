internal import Journaling
internal import Pages
internal import Reporting
internal import Reviewing
internal import Runs
internal import Values

/// The run that is reviewed where none is named: the newest in which a record waits, or an answer for the run; where there
/// is none, the newest.
struct RunToReview {
    private struct Waiting {
        var folder: RunFolder
        var counts: QueueCounts
    }

    private(set) var folder: RunFolder
    /// Nil where nothing waits in any run.
    private var waiting: Waiting?
    /// Older ones in which records wait, newest first.
    private var others: [Waiting] = []
    /// What could not be looked into, and why.
    private var problems: [String] = []

    /// - Parameter runs: newest first.
    init?(among runs: [RunFolder], at now: Timestamp) {
        guard let newest = runs.first else { return nil }
        folder = newest
        for run in runs {
            do throws(JournalError) {
                let counts = try Self.counts(of: run, at: now)
                guard counts.open + counts.answered > 0 else { continue }
                if waiting == nil {
                    waiting = Waiting(folder: run, counts: counts)
                    folder = run
                } else if counts.open > 0 {
                    others.append(Waiting(folder: run, counts: counts))
                }
            } catch let error where error.reason == .missing {
                // A process that was killed before its run had begun.
                continue
            } catch {
                problems.append("warning: \(run.path) cannot be looked into: \(error)")
            }
        }
    }

    private static func counts(of run: RunFolder, at now: Timestamp) throws(JournalError) -> QueueCounts {
        try run.refuseLostJournal()
        let reader = try SQLiteJournalReader(path: run.journal)
        let history = try reader.history()
        // Of a run that came to its end, its end tells.
        if history.isClosed, history.ends.last?.counts.waiting == 0 { return QueueCounts() }
        return try ReviewStore.counts(in: reader, at: now)
    }

    /// Which one it is and why, and where else records wait.
    var text: String {
        let name = RunPaths.lastPart(of: folder.path)
        // The newest, where nothing waits anywhere, says for itself what is wrong with it.
        guard let waiting else { return "run \(name), the newest; nothing waits in any run here\n" }
        let what = waiting.counts.open > 0 ? "records wait" : "answers wait to be used"
        var lines = problems + ["run \(name), the newest in which \(what)"]
        if !others.isEmpty {
            let count = others.reduce(0) { $0 + $1.counts.open }
            let place = others.count == 1 ? "another run" : "\(Figures.count(others.count)) other runs"
            var ways = others.prefix(3).map { ShellWord.line(["linecook", "review", $0.folder.path]) }
            if others.count > ways.count { ways.append("linecook runs lists the rest") }
            lines.append(
                "\(Figures.count(count, "record")) \(count == 1 ? "waits" : "wait") in \(place): "
                    + ways.joined(separator: "; "))
        }
        return lines.map { $0 + "\n" }.joined()
    }
}
