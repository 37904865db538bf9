internal import Execution

/// The two texts of a part that changed, without the lines that both begin and end with.
struct TextDifference {
    private let part: PlanChanges.Part
    /// So many lines of each are shown.
    private static let mostLines = 12

    init(_ part: PlanChanges.Part) { self.part = part }

    var lines: [String] {
        guard let before = part.before else { return ["\(part.name) is new:"] + shown(split(part.after), "+") }
        guard let after = part.after else { return ["\(part.name) is gone:"] + shown(split(before), "-") }
        let (old, new) = (split(before), split(after))
        let head = zip(old, new).prefix { $0 == $1 }.count
        let most = min(old.count, new.count) - head
        let tail = zip(old.reversed(), new.reversed()).prefix(most).prefix { $0 == $1 }.count
        let gap = ["  …"]
        return ["\(part.name):"] + (head > 0 ? gap : [])
            + shown(Array(old[head..<old.count - tail]), "-") + shown(Array(new[head..<new.count - tail]), "+")
            + (tail > 0 ? gap : [])
    }

    private func split(_ text: String?) -> [String] {
        var lines = (text ?? "").split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).map(String.init)
        if lines.count > 1, lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }

    private func shown(_ lines: [String], _ sign: String) -> [String] {
        let more = lines.count - Self.mostLines
        return lines.prefix(Self.mostLines).map { "\(sign) \($0)" }
            + (more > 0 ? ["\(sign) … and \(more) more \(more == 1 ? "line" : "lines")"] : [])
    }
}
