/// The name that people know a document by.
enum DocumentTitle {
    private static let longest = 200

    /// What the document itself gives, else for Markdown the front matter's `title` or the first heading, else the first
    /// line that is not empty, else the file's name without its ending. Cut to 200 characters.
    static func of(_ text: String, isMarkdown: Bool, stem: String, own: String? = nil) -> String {
        let title = own ?? (isMarkdown ? markdownTitle(text) : nil)
        guard let title = title ?? firstLine(text) else { return stem }
        return String(scalars: title.unicodeScalars.prefix(longest))
    }

    private static func firstLine(_ text: String) -> String? {
        var lines = Lines(text)
        while let line = lines.next() { if let plain = trimmed(line) { return plain } }
        return nil
    }

    private static func markdownTitle(_ text: String) -> String? {
        var lines = Lines(text)
        guard var line = lines.next() else { return nil }
        if trimmed(line) == "---" {
            var title: String?
            while let next = lines.next(), !["---", "..."].contains(trimmed(next)) {
                if title == nil, next.utf8.starts(with: "title:".utf8) { title = unquoted(next.dropFirst(6)) }
            }
            if let title { return title }
            guard let behind = lines.next() else { return nil }
            line = behind
        }
        var previous: String?
        var fence: String?
        var firstPlain: String?
        while true {
            let plain = trimmed(line)
            if let mark = plain.flatMap(fenceMark) {
                fence = fence == nil ? mark : (fence == mark ? nil : fence)
            } else if fence == nil, let plain {
                if let heading = heading(plain) { return heading }
                if let previous, isUnderline(plain) { return previous }
                firstPlain = firstPlain ?? plain
            }
            previous = fence == nil ? plain : nil
            guard let next = lines.next() else { return firstPlain }
            line = next
        }
    }

    /// The text of `# A title #`.
    private static func heading(_ line: String) -> String? {
        let level = line.utf8.prefix { $0 == UInt8(ascii: "#") }.count
        guard (1...6).contains(level), line.utf8.dropFirst(level).first == UInt8(ascii: " ") else { return nil }
        var text = line.unicodeScalars.dropFirst(level)
        while text.last == "#" { text.removeLast() }
        return trimmed(Substring(text))
    }

    /// Whether a line makes the one before it a heading.
    private static func isUnderline(_ line: String) -> Bool {
        line.utf8.count >= 3
            && (line.utf8.allSatisfy { $0 == UInt8(ascii: "=") } || line.utf8.allSatisfy { $0 == UInt8(ascii: "-") })
    }

    private static func fenceMark(_ line: String) -> String? {
        line.hasPrefix("```") ? "```" : line.hasPrefix("~~~") ? "~~~" : nil
    }

    private static func unquoted(_ text: Substring) -> String? {
        guard let plain = trimmed(text) else { return nil }
        let marks = plain.unicodeScalars
        guard marks.count >= 2, let first = marks.first, first == marks.last, first == "\"" || first == "'" else {
            return plain
        }
        return trimmed(Substring(marks.dropFirst().dropLast()))
    }

    /// Without the white space around it; nil when there is nothing else.
    private static func trimmed(_ text: Substring) -> String? {
        var scalars = text.unicodeScalars
        while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
        while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
        return scalars.isEmpty ? nil : String(scalars)
    }

    /// The lines of a text one by one, so that a title costs no more than the lines up to it.
    private struct Lines {
        private var rest: Substring

        init(_ text: String) { rest = Substring(text) }

        mutating func next() -> Substring? {
            guard !rest.isEmpty else { return nil }
            let bytes = rest.utf8
            let end = bytes.firstIndex { $0 == newLine || $0 == carriageReturn } ?? bytes.endIndex
            let line = rest[..<end]
            rest = end == bytes.endIndex ? rest[end...] : rest[bytes.index(after: end)...]
            return line
        }
    }
}
