package import Diagnostics

extension SourceText {
    /// The text of a scalar with anchors, so that every character of it is known where it stood.
    ///
    /// libyaml tells the value and where the scalar starts and ends; what lies between is walked once more here. Where
    /// both disagree on the value (a listed fault of libyaml), libyaml's value stands and the text has one anchor.
    package func locate(_ text: String, style: YAMLNode.Style, in range: Range<Int>) -> LocatedText {
        var walk = ScalarWalk(source: self, range: range)
        switch style {
        case .plain: walk.plain()
        case .singleQuoted: walk.quoted(by: UInt8(ascii: "'"))
        case .doubleQuoted: walk.quoted(by: UInt8(ascii: "\""))
        case .literal: walk.block(folded: false, as: text)
        case .folded: walk.block(folded: true, as: text)
        }
        let span = span(range.lowerBound..<max(range.lowerBound, walk.end))
        guard text.utf8.elementsEqual(walk.value) else { return LocatedText(text, span: span) }
        let anchors = walk.anchors.map { LocatedText.Anchor(offset: $0.value, position: position(at: $0.file)) }
        return LocatedText(text, span: span, anchors: anchors.isEmpty ? nil : anchors)
    }
}

/// One walk through a scalar as it stands in the file: what it says, and where.
private struct ScalarWalk {
    let source: SourceText
    let bytes: [UInt8]
    let range: Range<Int>
    var at: Int
    var value: [UInt8] = []
    var anchors: [(value: Int, file: Int)] = []
    /// Where the scalar's last character ends.
    var end: Int
    /// The offset in the file that goes on where the last copied stretch ended.
    private var copiedTo = -1

    init(source: SourceText, range: Range<Int>) {
        self.source = source
        self.bytes = source.bytes
        self.range = range
        at = range.lowerBound
        end = range.upperBound
    }

    private var more: Bool { at < range.upperBound }

    private mutating func copy(_ part: Range<Int>) {
        guard !part.isEmpty else { return }
        if copiedTo != part.lowerBound { anchors.append((value.count, part.lowerBound)) }
        value += bytes[part]
        copiedTo = part.upperBound
    }

    /// Puts in what stands in the file in other words: an escape, a folded line break.
    private mutating func put(_ made: some Sequence<UInt8>, for place: Int) {
        anchors.append((value.count, place))
        value += made
        copiedTo = -1
    }

    private mutating func skipBlanks() {
        while more, bytes[at].isBlank { at += 1 }
    }

    private mutating func skipBreak() {
        at += bytes[at] == .carriageReturn && at + 1 < range.upperBound && bytes[at + 1] == .lineFeed ? 2 : 1
    }

    /// Stands at white space: one line break becomes a space, of several the first is dropped, blanks around them go.
    private mutating func fold(keepingBreak: Bool = true) {
        let start = at
        skipBlanks()
        guard more, bytes[at].isBreak else { return copy(start..<at) }
        var breaks: [Int] = []
        while more, bytes[at].isBreak {
            breaks.append(at)
            skipBreak()
            skipBlanks()
        }
        if breaks.count == 1 {
            if keepingBreak { put([.space], for: breaks[0]) }
        } else {
            for place in breaks.dropFirst() { put([.lineFeed], for: place) }
        }
        copiedTo = -1
    }

    mutating func plain() {
        while more {
            let start = at
            while more, !bytes[at].isBlank, !bytes[at].isBreak { at += 1 }
            copy(start..<at)
            if more { fold() }
        }
    }

    mutating func quoted(by quote: UInt8) {
        at += 1
        while more, !(bytes[at] == quote && at == range.upperBound - 1) {
            let byte = bytes[at]
            if byte.isBlank || byte.isBreak {
                fold()
            } else if byte == quote {
                put([quote], for: at)
                at += 2
            } else if byte == UInt8(ascii: "\\"), quote == UInt8(ascii: "\"") {
                escape()
            } else {
                let start = at
                repeat { at += 1 } while more && bytes[at] & 0xC0 == 0x80
                copy(start..<at)
            }
        }
    }

    private mutating func escape() {
        let start = at
        at += 1
        guard more else { return }
        if bytes[at].isBreak {
            fold(keepingBreak: false)
            return
        }
        let letter = bytes[at]
        at += 1
        if let digits = hexadecimalEscapes[letter] {
            let code = bytes[at..<min(at + digits, range.upperBound)]
            at += code.count
            guard let number = UInt32(String(decoding: code, as: UTF8.self), radix: 16),
                let scalar = Unicode.Scalar(number)
            else { return }
            put(String(Character(scalar)).utf8, for: start)
        } else {
            put(simpleEscapes[letter] ?? [letter], for: start)
        }
    }

    /// - Parameter text: the value as libyaml has it. Where the header tells an indentation, it counts from that of the
    ///   parent, which is not known here; the one that makes this value is the right one.
    mutating func block(folded: Bool, as text: String) {
        at += 1
        var chomping: UInt8?
        var isTold = false
        while more, !bytes[at].isBreak {
            switch bytes[at] {
            case UInt8(ascii: "+"), UInt8(ascii: "-"): chomping = bytes[at]
            case UInt8(ascii: "1")...UInt8(ascii: "9"): isTold = true
            case UInt8(ascii: "#"):
                while more, !bytes[at].isBreak { at += 1 }
                continue
            default: break
            }
            at += 1
        }
        let header = at
        if more { skipBreak() }
        let body = at
        var firstIndent = 0
        var widest = 0
        while more {
            let start = at
            while more, bytes[at] == .space { at += 1 }
            firstIndent = at - start
            widest = max(widest, firstIndent)
            guard more, bytes[at].isBreak else { break }
            skipBreak()
        }
        let candidates = isTold ? Array(0...max(firstIndent, widest)) : [firstIndent]
        for indent in candidates {
            value = []
            anchors = []
            end = header
            copiedTo = -1
            at = body
            lines(indent: indent, folded: folded, chomping: chomping)
            if text.utf8.elementsEqual(value) { return }
        }
    }

    private mutating func lines(indent: Int, folded: Bool, chomping: UInt8?) {
        var lineBreak: Int?
        var blankLines: [Int] = []
        var startedBlank = false
        while more {
            var column = 0
            while more, column < indent, bytes[at] == .space {
                at += 1
                column += 1
            }
            guard more else { break }
            if bytes[at].isBreak {
                blankLines.append(at)
                skipBreak()
                continue
            }
            guard column == indent else { break }
            let startsBlank = bytes[at].isBlank
            if let place = lineBreak, folded, !startedBlank, !startsBlank {
                if blankLines.isEmpty { put([.space], for: place) }
            } else if let place = lineBreak {
                put([.lineFeed], for: place)
            }
            for place in blankLines { put([.lineFeed], for: place) }
            (lineBreak, blankLines, startedBlank) = (nil, [], startsBlank)
            let start = at
            while more, !bytes[at].isBreak { at += 1 }
            copy(start..<at)
            end = at
            if more {
                lineBreak = at
                skipBreak()
            }
        }
        if chomping != UInt8(ascii: "-"), let place = lineBreak { put([.lineFeed], for: place) }
        if chomping == UInt8(ascii: "+") {
            for place in blankLines { put([.lineFeed], for: place) }
        }
        copiedTo = -1
    }
}

private let hexadecimalEscapes: [UInt8: Int] = [
    UInt8(ascii: "x"): 2, UInt8(ascii: "u"): 4, UInt8(ascii: "U"): 8,
]

private let simpleEscapes: [UInt8: [UInt8]] = [
    UInt8(ascii: "0"): [0], UInt8(ascii: "a"): [7], UInt8(ascii: "b"): [8], UInt8(ascii: "t"): [9],
    UInt8(ascii: "n"): [10], UInt8(ascii: "v"): [11], UInt8(ascii: "f"): [12], UInt8(ascii: "r"): [13],
    UInt8(ascii: "e"): [27], UInt8(ascii: "N"): [0xC2, 0x85], UInt8(ascii: "_"): [0xC2, 0xA0],
    UInt8(ascii: "L"): [0xE2, 0x80, 0xA8], UInt8(ascii: "P"): [0xE2, 0x80, 0xA9],
]
