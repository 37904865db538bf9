internal import Runs

/// What a folder's file says, once its bytes are text.
enum DocumentText {
    /// UTF-8 with or without a byte order mark, or UTF-16 with one; else why it is no text.
    static func decode(_ bytes: [UInt8], name: String) -> Result<String, Failure> {
        if bytes.starts(with: [0xFF, 0xFE]) || bytes.starts(with: [0xFE, 0xFF]) {
            return decodeUTF16(bytes, name: name)
        }
        let start = bytes.starts(with: byteOrderMark) ? byteOrderMark.count : 0
        if let zero = bytes.firstIndex(of: 0) {
            return .failure(
                Failure(
                    .undecodable,
                    "'\(name)' has a zero byte at offset \(zero), so it is no text; leave it out of `match`"))
        }
        let text = bytes[start...]
        let invalid = text.withUnsafeBytes { isASCII($0) ? nil : firstInvalidUTF8(in: $0) }
        if let invalid {
            let hex = String(bytes[start + invalid], radix: 16, uppercase: true)
            return .failure(
                Failure(
                    .undecodable,
                    "'\(name)' is not UTF-8: byte 0x\(hex) at offset \(start + invalid); save it as UTF-8"))
        }
        return .success(String(decoding: text, as: UTF8.self))
    }

    private static func decodeUTF16(_ bytes: [UInt8], name: String) -> Result<String, Failure> {
        let isLittle = bytes[0] == 0xFF
        var units: [UInt16] = []
        units.reserveCapacity(bytes.count / 2)
        for place in stride(from: 2, to: bytes.count - 1, by: 2) {
            let (first, second) = (UInt16(bytes[place]), UInt16(bytes[place + 1]))
            units.append(isLittle ? second << 8 | first : first << 8 | second)
        }
        guard bytes.count.isMultiple(of: 2), let text = String(validating: units, as: UTF16.self) else {
            return .failure(
                Failure(.undecodable, "'\(name)' begins like UTF-16, but is not UTF-16 throughout; save it as UTF-8"))
        }
        return .success(text)
    }

    /// What kind of document a name's ending promises, where it is one that cannot be taken as text; and what to do.
    static func unreadableKind(of name: String) -> (kind: String, mend: String)? {
        guard let ending = Paths.split(name: name).fileExtension?.lowercased() else { return nil }
        let convert = "convert it to text first, or leave it out of `match`"
        return switch ending {
        case "pdf": ("a PDF", convert)
        case "doc", "docx", "odt", "rtf", "pages": ("a word processor's document", convert)
        case "htm", "html", "xhtml": ("a web page", convert)
        case "eml", "msg", "mbox": ("an e-mail", convert)
        case "ppt", "pptx", "odp", "key": ("a presentation", convert)
        case "xls", "xlsx", "ods", "numbers": ("a spreadsheet", "save it as CSV UTF-8 and read it with `csv`")
        case "png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "heic", "svg": ("a picture", "leave it out of `match`")
        case "zip", "gz", "tar", "7z", "bz2", "xz", "zst": ("an archive", "unpack it first")
        default: nil
        }
    }
}

/// The name that people know a document by.
enum DocumentTitle {
    private static let longest = 200

    /// The front matter's `title`, else the first heading of Markdown, else the first line that is not empty, else the
    /// file's name without its ending. Cut to 200 characters.
    static func of(_ text: String, isMarkdown: Bool, stem: String) -> String {
        let title = isMarkdown ? markdownTitle(text) : nil
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
