/// The text of a query, which only reads, with the names that values are bound to.
///
/// A name is written `:name`. Texts, quoted names and comments are passed over, so that a colon in them is none. Nothing
/// is ever put into the text itself.
package struct QueryText: Hashable, Sendable {
    package enum Dialect: Hashable, Sendable { case sqlite, postgres }

    /// What is wrong with a text, and where in it.
    package struct Fault: Error, Hashable, Sendable {
        package var message: String
        /// In bytes of UTF-8.
        package var range: Range<Int>
    }

    /// Without a closing semicolon.
    package let text: String
    /// In the order in which they come first.
    package let parameters: [String]
    /// With `$1`, `$2` … in the places of the names.
    package let numbered: String
    /// Whether its rows come in an order that it says.
    package let hasOrder: Bool

    package init(_ text: String, dialect: Dialect) throws(Fault) {
        var scan = SQLScan(Array(text.utf8), dialect: dialect)
        try scan.run()
        self.text = String(decoding: scan.bytes[..<scan.end], as: UTF8.self)
        parameters = scan.parameters
        numbered = String(decoding: scan.numbered, as: UTF8.self)
        hasOrder = scan.hasOrder
    }

    /// How many rows it gives, as a query with one number.
    package var counting: QueryText {
        QueryText(
            text: "SELECT count(*) FROM (\n\(text)\n) AS counted", parameters: parameters,
            numbered: "SELECT count(*) FROM (\n\(numbered)\n) AS counted", hasOrder: false)
    }

    private init(text: String, parameters: [String], numbered: String, hasOrder: Bool) {
        self.text = text
        self.parameters = parameters
        self.numbered = numbered
        self.hasOrder = hasOrder
    }

    /// For messages: the first so many characters, on one line.
    package var short: String {
        let line = text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return line.unicodeScalars.count > 60
            ? String(String.UnicodeScalarView(line.unicodeScalars.prefix(59))) + "…" : line
    }
}

/// One pass over the tokens of a query.
private struct SQLScan {
    let bytes: [UInt8]
    let dialect: QueryText.Dialect
    private(set) var parameters: [String] = []
    private(set) var numbered: [UInt8] = []
    private(set) var hasOrder = false
    /// Where the statement ends.
    private(set) var end = 0

    private var place = 0
    private var depth = 0
    private var firstWord: String?
    private var lastWord = ""
    /// Whether a word may begin a statement here: at the start, behind `(`, and behind `)` of a WITH.
    private var mayBegin = true
    private var semicolon: Int?

    init(_ bytes: [UInt8], dialect: QueryText.Dialect) {
        self.bytes = bytes
        self.dialect = dialect
        numbered.reserveCapacity(bytes.count)
    }

    mutating func run() throws(QueryText.Fault) {
        while place < bytes.count {
            let start = place
            let byte = bytes[place]
            if byte <= 0x20 {
                place += 1
            } else if startsComment {
                try skipComment()
            } else {
                if let semicolon {
                    throw fault(
                        semicolon..<semicolon + 1, "a query is one statement, and here another follows; take it out")
                }
                if byte == UInt8(ascii: ";") {
                    semicolon = place
                    place += 1
                    continue
                }
                let named = try token()
                end = place
                if let named {
                    numbered += Array("$\(named)".utf8)
                    continue
                }
            }
            if semicolon == nil { numbered += bytes[start..<place] }
        }
        guard let first = firstWord else { throw fault(0..<bytes.count, "the query is empty") }
        guard Self.readingWords.contains(first) else { throw writes(first, 0..<min(bytes.count, first.utf8.count)) }
    }

    private static let readingWords: Set<String> = ["select", "with", "values", "table"]
    private static let writingWords: Set<String> = ["insert", "update", "delete", "replace", "merge"]

    private func writes(_ word: String, _ range: Range<Int>) -> QueryText.Fault {
        fault(
            range, "a query only reads: it begins with SELECT or WITH, and '\(word.uppercased())' does something else")
    }

    private func fault(_ range: Range<Int>, _ message: String) -> QueryText.Fault {
        QueryText.Fault(message: message, range: range)
    }

    // MARK: Tokens

    /// Passes one token.
    ///
    /// - Returns: the number of a parameter.
    private mutating func token() throws(QueryText.Fault) -> Int? {
        let start = place
        let byte = bytes[place]
        let couldBegin = mayBegin
        mayBegin = false
        switch byte {
        case UInt8(ascii: "'"):
            try skip(to: byte, escaped: dialect == .postgres && lastWord == "e" && isWordEnd(start))
        case UInt8(ascii: "\""), UInt8(ascii: "`"): try skip(to: byte)
        case UInt8(ascii: "[") where dialect == .sqlite: try skip(to: UInt8(ascii: "]"))
        case UInt8(ascii: "$") where dialect == .postgres && !isDigit(place + 1): try skipDollarText()
        case UInt8(ascii: ":"): return try parameter()
        case UInt8(ascii: "?") where dialect == .sqlite,
            UInt8(ascii: "@") where dialect == .sqlite && isName(place + 1),
            UInt8(ascii: "$"):
            throw fault(start..<start + 1, "a value is bound to a name with a colon: write it as `:name`")
        case UInt8(ascii: "("):
            depth += 1
            mayBegin = true
            place += 1
        case UInt8(ascii: ")"):
            depth -= 1
            mayBegin = depth == 0
            place += 1
        case _ where isName(place): try word(couldBegin)
        default: place += 1
        }
        return nil
    }

    private func isWordEnd(_ start: Int) -> Bool { start > 0 && isName(start - 1) }

    private mutating func word(_ couldBegin: Bool) throws(QueryText.Fault) {
        let start = place
        while place < bytes.count, isName(place) || isDigit(place) || bytes[place] == UInt8(ascii: "$") { place += 1 }
        let word = String(decoding: bytes[start..<place], as: UTF8.self).lowercased()
        if firstWord == nil { firstWord = word }
        if couldBegin, firstWord == "with", Self.writingWords.contains(word) { throw writes(word, start..<place) }
        if word == "by", lastWord == "order", depth == 0 { hasOrder = true }
        lastWord = word
    }

    private mutating func parameter() throws(QueryText.Fault) -> Int? {
        let start = place
        place += 1
        if place < bytes.count, bytes[place] == UInt8(ascii: ":") {
            place += 1
            return nil
        }
        guard isName(place) else { return nil }
        while place < bytes.count, isName(place) || isDigit(place) { place += 1 }
        let name = String(decoding: bytes[start + 1..<place], as: UTF8.self)
        if let known = parameters.firstIndex(where: { $0.utf8.elementsEqual(name.utf8) }) { return known + 1 }
        parameters.append(name)
        return parameters.count
    }

    private func isName(_ place: Int) -> Bool {
        guard place < bytes.count else { return false }
        let byte = bytes[place]
        return byte == UInt8(ascii: "_") || byte >= 0x80 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }

    private func isDigit(_ place: Int) -> Bool { place < bytes.count && bytes[place] &- UInt8(ascii: "0") < 10 }

    // MARK: What is passed over

    private var startsComment: Bool {
        guard place + 1 < bytes.count else { return false }
        return bytes[place] == UInt8(ascii: "-") && bytes[place + 1] == UInt8(ascii: "-")
            || bytes[place] == UInt8(ascii: "/") && bytes[place + 1] == UInt8(ascii: "*")
    }

    private mutating func skipComment() throws(QueryText.Fault) {
        let start = place
        if bytes[place] == UInt8(ascii: "-") {
            while place < bytes.count, bytes[place] != UInt8(ascii: "\n") { place += 1 }
            return
        }
        var open = 0
        while place < bytes.count {
            let next = place + 1 < bytes.count ? bytes[place + 1] : 0
            if bytes[place] == UInt8(ascii: "/"), next == UInt8(ascii: "*"), open == 0 || dialect == .postgres {
                open += 1
                place += 2
            } else if bytes[place] == UInt8(ascii: "*"), next == UInt8(ascii: "/") {
                open -= 1
                place += 2
                if open == 0 { return }
            } else {
                place += 1
            }
        }
        throw fault(start..<start + 2, "this comment is never closed")
    }

    private mutating func skip(to close: UInt8, escaped: Bool = false) throws(QueryText.Fault) {
        let start = place
        place += 1
        while place < bytes.count {
            if escaped, bytes[place] == UInt8(ascii: "\\") {
                place += 2
            } else if bytes[place] != close {
                place += 1
            } else if place + 1 < bytes.count, bytes[place + 1] == close {
                place += 2
            } else {
                place += 1
                return
            }
        }
        place = bytes.count
        throw fault(start..<start + 1, "this quote is never closed")
    }

    /// `$$text$$` and `$name$text$name$`.
    private mutating func skipDollarText() throws(QueryText.Fault) {
        let start = place
        var open = place + 1
        while isName(open) || isDigit(open) { open += 1 }
        guard open < bytes.count, bytes[open] == UInt8(ascii: "$") else {
            throw fault(start..<start + 1, "a value is bound to a name with a colon: write it as `:name`")
        }
        let tag = bytes[start...open]
        place = open + 1
        while place + tag.count <= bytes.count {
            if bytes[place..<place + tag.count].elementsEqual(tag) {
                place += tag.count
                return
            }
            place += 1
        }
        throw fault(start..<open + 1, "this text is never closed")
    }
}
