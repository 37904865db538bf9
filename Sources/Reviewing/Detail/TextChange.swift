/// A stretch of a text that was changed, as a person is shown it.
package enum TextChange: Hashable, Sendable {
    case same(String)
    /// In the earlier text only.
    case gone(String)
    /// In the later text only.
    case new(String)

    package var text: String {
        switch self {
        case .same(let text), .gone(let text), .new(let text): text
        }
    }

    /// The way from one text to another, by words. What is too long to compare word by word is gone and new as a whole
    /// between what both begin and end with.
    package static func changes(from old: String, to new: String) -> [TextChange] {
        let (before, after) = (words(of: old), words(of: new))
        let head = zip(before, after).prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let most = min(before.count, after.count) - head
        let tail = zip(before.reversed(), after.reversed()).prefix(most)
            .prefix { $0.utf8.elementsEqual($1.utf8) }.count
        let (left, right) = (before[head..<before.count - tail], after[head..<after.count - tail])
        var changes: [TextChange] = []
        add(.same(before[..<head].joined()), to: &changes)
        if left.count * right.count <= mostCompared {
            for change in compared(Array(left), Array(right)) { add(change, to: &changes) }
        } else {
            add(.gone(left.joined()), to: &changes)
            add(.new(right.joined()), to: &changes)
        }
        add(.same(before[(before.count - tail)...].joined()), to: &changes)
        return changes
    }

    /// Products of lengths: a table of so many places is made in some milliseconds.
    private static let mostCompared = 1_000_000

    /// Words, each with the white space behind it.
    private static func words(of text: String) -> [Substring] {
        var words: [Substring] = []
        let utf8 = text.utf8
        var start = utf8.startIndex
        var isSpace = false
        for index in utf8.indices {
            let space = utf8[index] == 0x20 || (0x09...0x0D).contains(utf8[index])
            if isSpace, !space {
                words.append(text[start..<index])
                start = index
            }
            isSpace = space
        }
        if start < utf8.endIndex { words.append(text[start...]) }
        return words
    }

    /// By the longest common sequence.
    private static func compared(_ left: [Substring], _ right: [Substring]) -> [TextChange] {
        let width = right.count + 1
        var lengths = [Int32](repeating: 0, count: (left.count + 1) * width)
        for i in left.indices.reversed() {
            for j in right.indices.reversed() {
                lengths[i * width + j] =
                    left[i].utf8.elementsEqual(right[j].utf8)
                    ? lengths[(i + 1) * width + j + 1] + 1
                    : max(lengths[(i + 1) * width + j], lengths[i * width + j + 1])
            }
        }
        var changes: [TextChange] = []
        var (i, j) = (0, 0)
        while i < left.count || j < right.count {
            if i < left.count, j < right.count, left[i].utf8.elementsEqual(right[j].utf8) {
                add(.same(String(left[i])), to: &changes)
                (i, j) = (i + 1, j + 1)
            } else if j == right.count
                || (i < left.count && lengths[(i + 1) * width + j] >= lengths[i * width + j + 1])
            {
                add(.gone(String(left[i])), to: &changes)
                i += 1
            } else {
                add(.new(String(right[j])), to: &changes)
                j += 1
            }
        }
        return changes
    }

    private static func add(_ change: TextChange, to changes: inout [TextChange]) {
        guard !change.text.isEmpty else { return }
        switch (changes.last, change) {
        case (.same(let before)?, .same(let text)): changes[changes.count - 1] = .same(before + text)
        case (.gone(let before)?, .gone(let text)): changes[changes.count - 1] = .gone(before + text)
        case (.new(let before)?, .new(let text)): changes[changes.count - 1] = .new(before + text)
        default: changes.append(change)
        }
    }
}
