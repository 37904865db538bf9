internal import Digests
internal import Execution
internal import Journaling
internal import Pages
internal import Planning
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A run in which nothing is left to do: it went to its end, with this recipe and these options, over this very input,
/// and its outputs are what it wrote.
struct FinishedRun {
    var counts: Counts

    /// Nil for any other run.
    init?(_ store: RunStore, _ plan: Plan, _ words: [String], _ executor: Executor) async throws {
        let journal = try store.journal.reader()
        let history = try journal.history()
        guard history.isComplete(in: store.folder), let end = history.ends.last, let start = history.starts.last,
            start.plan == plan.identity(words)
        else { return nil }
        for output in end.outputs where !Self.isIntact(output, in: plan.outputFolder) { return nil }
        guard try await executor.isWhole(try KeptRun(reading: journal, steps: plan.allSteps.count)) else { return nil }
        counts = end.counts
    }

    private static func isIntact(_ output: WrittenOutput, in folder: String) -> Bool {
        guard let file = fopen("\(folder)/\(output.path)", "re") else { return false }
        defer { fclose(file) }
        var hash = SHA256Stream()
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 {
            piece.withUnsafeBytes { hash.add(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
        }
        return ferror(file) == 0 && hash.digest == output.sha256
    }

    func text(_ store: RunStore) -> String {
        var text =
            "nothing to do: run \(store.id) is over, \(Figures.count(counts.done)) of "
            + "\(Figures.count(counts.read)) records done, and recipe, input and outputs are what they were\n"
        if counts.failed + counts.rejected > 0 {
            text += "take up what failed with: linecook retry \(store.folder.path)\n"
        }
        return text
    }
}
