/// Makes a page of the elements and texts of a document, in their order.
///
/// A class, because the parser calls it back. Every element that begins also ends, by the parser's promise.
final class PageBuilder {
    private let depthLimit: Int
    private let marksHeadings: Bool
    private var found = HTMLPage()
    private var text = BlockText()
    private var depth = 0
    private(set) var isTooDeep = false
    /// How many elements are open that are not shown, the outermost counted too.
    private var hidden = 0
    /// While a title is read.
    private var title: BlockText?
    private var lists: [List] = []
    /// An ampersand that may begin a name which the parser does not know.
    private var ampersand = HTMLEntities.Pending.none

    private struct List {
        /// The number of its last item; nil in a list without numbers.
        var number: Int?
    }

    init(depthLimit: Int, marksHeadings: Bool) {
        self.depthLimit = depthLimit
        self.marksHeadings = marksHeadings
    }

    func page() -> HTMLPage {
        flushAmpersand()
        var page = found
        page.text = text.whole
        return page
    }

    // MARK: What the parser finds

    func begin(_ name: String, _ attributes: HTMLAttributes) {
        flushAmpersand()
        depth += 1
        if depth > depthLimit { isTooDeep = true }
        guard !isTooDeep else { return }
        if hidden > 0 {
            hidden += 1
            return
        }
        let element = HTMLElement.named[name] ?? .inline
        if element == .hidden || Self.isHidden(name, attributes) {
            hidden = 1
            return
        }
        switch element {
        case .hidden, .inline: break
        case .html: found.language = attributes["lang"].flatMap(Self.oneLine)
        case .meta: addMeta(attributes)
        case .title: title = BlockText()
        case .block: text.wantBreak(2)
        case .line: text.wantBreak(1)
        case .lineBreak: text.breakLine()
        case .preformatted:
            text.wantBreak(2)
            text.beginPreformatted()
        case .heading(let level):
            text.wantBreak(2)
            if marksHeadings { text.mark = Array(String(repeating: "#", count: level).utf8) + [0x20] }
        case .list(let isNumbered):
            text.wantBreak(lists.isEmpty ? 2 : 1)
            lists.append(List(number: isNumbered ? (attributes["start"].flatMap { Int($0) } ?? 1) &- 1 : nil))
        case .item: beginItem(attributes)
        case .table:
            text.wantBreak(2)
            text.beginTable()
        case .row: text.beginRow()
        case .cell: text.beginCell()
        }
    }

    func end(_ name: String) {
        flushAmpersand()
        depth -= 1
        guard !isTooDeep else { return }
        if hidden > 0 {
            hidden -= 1
            return
        }
        switch HTMLElement.named[name] ?? .inline {
        case .hidden, .inline, .html, .meta, .lineBreak: break
        case .title:
            if let title { found.title = found.title ?? Self.oneLine(title.whole) }
            title = nil
        case .block: text.wantBreak(2)
        case .line: text.wantBreak(1)
        case .preformatted:
            text.endPreformatted()
            text.wantBreak(2)
        case .heading:
            text.mark = []
            text.wantBreak(2)
        case .list:
            _ = lists.popLast()
            text.mark = []
            text.wantBreak(lists.isEmpty ? 2 : 1)
        case .item:
            text.mark = []
            text.wantBreak(1)
        case .table:
            text.endTable()
            text.wantBreak(2)
        case .row: text.endRow()
        case .cell: text.endCell()
        }
    }

    func add(_ piece: UnsafeBufferPointer<UInt8>) {
        guard hidden == 0, !isTooDeep else { return }
        guard unsafe ampersand == .none && piece.first != UInt8(ascii: "&") else {
            for unit in unsafe ampersand.take(Array(piece)) { append(unit) }
            return
        }
        unsafe append(piece)
    }

    // MARK: How

    private func append(_ piece: some Collection<UInt8>) {
        if title != nil { title?.add(piece) } else { text.add(piece) }
    }

    private func flushAmpersand() {
        guard ampersand != .none else { return }
        for unit in ampersand.finish() { append(unit) }
    }

    private func beginItem(_ attributes: HTMLAttributes) {
        text.wantBreak(1)
        var sign = "- "
        if let last = lists.last?.number {
            let number = attributes["value"].flatMap { Int($0) } ?? last &+ 1
            lists[lists.count - 1].number = number
            sign = "\(number). "
        }
        // A list in a list in a list…: from some depth on it is no longer a help to see it.
        let indent = String(repeating: "  ", count: min(8, max(0, lists.count - 1)))
        text.mark = Array((indent + sign).utf8)
    }

    private func addMeta(_ attributes: HTMLAttributes) {
        guard let name = (attributes["name"] ?? attributes["property"] ?? attributes["itemprop"]),
            let content = attributes["content"].flatMap(Self.oneLine),
            let key = Self.oneLine(name)?.lowercased(), found[key] == nil, found.meta.count < 256
        else { return }
        found.meta.append(HTMLPage.Entry(name: key, content: content))
    }

    private static func oneLine(_ text: String) -> String? {
        let words = text.unicodeScalars.split { $0.properties.isWhitespace || $0.value < 0x20 }
        return words.isEmpty ? nil : words.map(String.init).joined(separator: " ")
    }

    /// Whether an element's own attributes take it out of sight. What a style sheet does is not known here.
    private static func isHidden(_ name: String, _ attributes: HTMLAttributes) -> Bool {
        if name == "dialog", attributes["open"] == nil { return true }
        guard !attributes.isEmpty else { return false }
        if attributes["hidden"] != nil { return true }
        guard let style = attributes["style"] else { return false }
        return style.lowercased().split(separator: ";").contains { declaration in
            let words = declaration.split { $0 == ":" || $0 == "!" || $0.isWhitespace }
            return words.count >= 2
                && (words[0] == "display" && words[1] == "none" || words[0] == "visibility" && words[1] == "hidden")
        }
    }
}
