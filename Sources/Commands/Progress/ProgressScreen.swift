internal import Execution
internal import Pages
internal import Runs

/// What a run shows of itself on a terminal: one line a step and one for the whole, never wider than the terminal and
/// never more than it has rows for.
struct ProgressScreen {
    var steps: [RunOutline.Step]
    var currency: String

    /// The line of the whole comes last.
    ///
    /// - Parameters:
    ///   - seconds: since the run began.
    ///   - room: how many lines there may be.
    func lines(_ snapshot: RunTally.Snapshot, seconds: Double, width: Int, room: Int) -> [String] {
        let names = max(4, min(24, steps.map(\.name.unicodeScalars.count).max() ?? 4))
        var lines: [String] = []
        if steps.count < room {
            lines = steps.indices.map { stepLine($0, snapshot, seconds: seconds, names: names) }
        } else if room > 1 {
            let shown = weightiest(room - 2, snapshot)
            lines = shown.map { stepLine($0, snapshot, seconds: seconds, names: names) }
            let hidden = steps.count - shown.count
            lines.append("… \(Figures.count(hidden, "more step"))")
        }
        return (lines + [totalLine(snapshot, seconds: seconds)]).map { cut($0, to: width) }
    }

    /// The steps that matter most while not all can be shown, in the recipe's order: first those that somebody is asked
    /// for just now, then the latest that a record has come to, then those that come next.
    private func weightiest(_ count: Int, _ snapshot: RunTally.Snapshot) -> [Int] {
        func rank(_ step: Int) -> (Int, Int) {
            let marks = snapshot.steps[step]
            if snapshot.asking[step] > 0 { return (0, -step) }
            let reached = marks[.done] + marks[.failed] + marks[.flagged] + marks[.skipped] + marks[.waiting]
            return reached > 0 ? (1, -step) : (2, step)
        }
        return steps.indices.sorted { rank($0) < rank($1) }.prefix(count).sorted()
    }

    /// `summary        12 done ·  2 asking ·  1 failed ·  4.5/s`
    private func stepLine(_ index: Int, _ snapshot: RunTally.Snapshot, seconds: Double, names: Int) -> String {
        let marks = snapshot.steps[index]
        var parts = ["\(Figures.count(marks[.done])) done"]
        if snapshot.asking[index] > 0 { parts.append("\(Figures.count(snapshot.asking[index])) asking") }
        for (mark, word) in [
            (StepMark.failed, "failed"), (.flagged, "flagged"), (.skipped, "left out"), (.waiting, "waiting"),
        ]
        where marks[mark] > 0 {
            parts.append("\(Figures.count(marks[mark])) \(word)")
        }
        let earlier = snapshot.earlierSteps.isEmpty ? StepCounts() : snapshot.earlierSteps[index]
        let through = Self.through(marks) - Self.through(earlier)
        if seconds > 0, through > 0 { parts.append(Figures.rate(Double(through) / seconds)) }
        return padded(steps[index].name, to: names) + "  " + parts.joined(separator: " · ")
    }

    private static func through(_ marks: StepCounts) -> Int { marks[.done] + marks[.failed] + marks[.flagged] }

    private static func ended(_ counts: Counts) -> Int {
        counts.done + counts.failed + counts.rejected + counts.skipped
    }

    /// `8 of 20 records · 1 failed · 3 min 05 s · about 5 min left · 0.03 USD`
    func totalLine(_ snapshot: RunTally.Snapshot, seconds: Double) -> String {
        let counts = snapshot.counts
        let ended = Self.ended(counts)
        var parts: [String] = []
        if let expected = snapshot.expected {
            parts.append("\(Figures.count(ended)) of \(Figures.count(expected, "record"))")
        } else {
            parts.append(Figures.count(ended, "record"))
        }
        let asking = snapshot.asking.reduce(0, +)
        if asking > 0 { parts.append("\(Figures.count(asking)) asking") }
        if counts.failed > 0 { parts.append("\(Figures.count(counts.failed)) failed") }
        if counts.flagged > 0 { parts.append("\(Figures.count(counts.flagged)) flagged") }
        parts.append(Figures.duration(seconds: seconds))
        // How long the rest takes is told by what this process has done, and not by what it found done.
        let now = ended - Self.ended(snapshot.earlier)
        if let expected = snapshot.expected, now > 0, ended < expected {
            let left = seconds / Double(now) * Double(expected - ended)
            parts.append("about \(Figures.duration(seconds: left)) left")
        }
        if snapshot.usage.cost > 0 { parts.append(Figures.money(billionths: snapshot.usage.cost, currency: currency)) }
        return parts.joined(separator: " · ")
    }

    private func padded(_ name: String, to width: Int) -> String {
        let scalars = name.unicodeScalars.count
        guard scalars <= width else {
            return String(String.UnicodeScalarView(name.unicodeScalars.prefix(width - 1))) + "…"
        }
        return name + String(repeating: " ", count: width - scalars)
    }

    private func cut(_ line: String, to width: Int) -> String {
        guard line.unicodeScalars.count > width, width > 1 else { return line }
        return String(String.UnicodeScalarView(line.unicodeScalars.prefix(width - 1))) + "…"
    }
}
