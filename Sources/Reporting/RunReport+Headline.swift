internal import Journaling
internal import Pages
package import Runs

extension RunReport {
    /// How the run ended, in a sentence: `19 of 20 records done, 1 of them flagged; 1 failed`.
    package var headline: String {
        headlineParts.joined(separator: "; ")
    }

    /// The sentence in pieces that are best read unbroken.
    var headlineParts: [String] {
        var parts = [done]
        let others: [(Int, String)] = [
            (counts.failed, "failed"), (counts.rejected, "rejected"), (counts.skipped, "skipped"),
        ]
        parts += others.filter { $0.0 > 0 }.map { "\(Figures.count($0.0)) \($0.1)" }
        if counts.waiting > 0 {
            parts.append("\(Figures.count(counts.waiting)) \(counts.waiting == 1 ? "waits" : "wait") for a person")
        }
        if counts.notReached > 0 { parts.append("\(Figures.count(counts.notReached)) not reached") }
        if executedBy != nil {
            parts[0] = "Running: " + parts[0]
        } else if ended == nil {
            parts[0] = "Not ended: " + parts[0]
        } else if outcome == .stopped {
            parts[0] = "Stopped early: " + parts[0]
        }
        return parts
    }

    private var done: String {
        if counts.read == 0 { return "No records" }
        let flagged = counts.flagged == 0 ? "" : ", \(Figures.count(counts.flagged)) of them flagged"
        if counts.done == counts.read {
            if counts.read == 1 { return counts.flagged == 0 ? "1 record done" : "1 record done, but flagged" }
            return "All \(Figures.count(counts.read)) records done\(flagged)"
        }
        if counts.done == 1, counts.flagged == 1 {
            return "1 of \(Figures.count(counts.read, "record")) done, but flagged"
        }
        return "\(Figures.count(counts.done)) of \(Figures.count(counts.read, "record")) done\(flagged)"
    }

    /// Where each record read is now; their sum is ``Counts/read``.
    package var standing: [(outcome: Outcome, count: Int)] {
        [
            (.done, counts.done), (.failed, counts.failed), (.rejected, counts.rejected), (.skipped, counts.skipped),
            (.waiting, counts.waiting), (.notReached, counts.notReached),
        ]
    }
}

extension Outcome {
    /// For people: `not reached`.
    package var words: String {
        self == .notReached ? "not reached" : name
    }
}
