internal import Pages
internal import Values

/// A text that may be of any length, bounded: its beginning, its end, and how much was left out between them.
///
/// The end is kept because a prompt asks its question there.
package struct Excerpt: Hashable, Sendable {
    package var head: String
    /// In bytes.
    package var leftOut: Int
    package var tail: String

    /// - Parameter limit: In bytes of UTF-8; the marker of what is left out comes on top.
    package init(_ text: String, limit: Int) {
        let bytes = text.utf8
        guard bytes.count > limit else {
            (head, leftOut, tail) = (text, 0, "")
            return
        }
        let scalars = text.unicodeScalars
        var from = bytes.index(bytes.startIndex, offsetBy: limit - limit / 3)
        while from > bytes.startIndex, !bytes.isScalarStart(from) { from = bytes.index(before: from) }
        var to = bytes.index(bytes.endIndex, offsetBy: -(limit / 3))
        while to < bytes.endIndex, !bytes.isScalarStart(to) { to = bytes.index(after: to) }
        head = String(scalars[..<from])
        tail = String(scalars[to...])
        leftOut = bytes.distance(from: from, to: to)
    }

    /// With a line that says what is missing.
    package var text: String {
        leftOut == 0 ? head : "\(head)\n[… \(Figures.count(leftOut)) bytes left out …]\n\(tail)"
    }

    /// For tables and lists: the line that says what is missing stands within the text.
    package var line: String {
        leftOut == 0 ? head : "\(head) [… \(Figures.count(leftOut)) bytes left out …] \(tail)"
    }
}

extension String.UTF8View {
    fileprivate func isScalarStart(_ index: Index) -> Bool { self[index] & 0xC0 != 0x80 }
}

/// A value of any size, bounded: long texts become excerpts, and what is past the budget is left out and counted.
struct BoundedValue {
    private(set) var value = Value.null
    /// Whether anything is missing.
    private(set) var isCut = false
    private var budget: Int

    /// - Parameters:
    ///   - budget: In bytes of text, numbers and names together.
    ///   - textLimit: For one text.
    init(_ value: Value, budget: Int, textLimit: Int) {
        self.budget = budget
        self.value = bounded(value, textLimit: textLimit)
    }

    private mutating func bounded(_ value: Value, textLimit: Int) -> Value {
        switch value {
        case .string(let text):
            let excerpt = Excerpt(text, limit: max(0, min(textLimit, budget)))
            budget -= excerpt.head.utf8.count + excerpt.tail.utf8.count + 2
            isCut = isCut || excerpt.leftOut > 0
            return .string(excerpt.text)
        case .list(let items):
            var kept: [Value] = []
            for item in items {
                guard budget > 0 else {
                    isCut = true
                    kept.append(.string("[… \(Figures.count(items.count - kept.count, "item")) left out …]"))
                    break
                }
                kept.append(bounded(item, textLimit: textLimit))
            }
            return .list(kept)
        case .map(let map):
            var kept = ValueMap()
            for (key, item) in map {
                guard budget > 0 else {
                    isCut = true
                    break
                }
                budget -= (key.text?.utf8.count ?? 8) + 4
                kept.set(key, to: bounded(item, textLimit: textLimit))
            }
            return .map(kept)
        case .bytes(let bytes) where bytes.count > budget:
            isCut = true
            return .string("[… \(Figures.count(bytes.count, "byte")) left out …]")
        default:
            budget -= 8
            return value
        }
    }
}
