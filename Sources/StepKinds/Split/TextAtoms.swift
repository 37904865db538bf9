/// A stretch of a text that is not cut: a word, the white space between two, a sign.
struct TextAtom {
    /// How good a place for a cut the atom's beginning is.
    enum Edge: Int, Comparable {
        /// In the middle of a word, which is longer than a whole part.
        case inside
        case word
        case sentence
        case paragraph
        case heading

        static func < (one: Edge, other: Edge) -> Bool { one.rawValue < other.rawValue }
    }

    /// In code points of the text.
    var start: Int
    /// The same in bytes.
    var byteStart: Int
    var edge: Edge
    /// Of all atoms before it, in ``TokenEstimate/unit``s.
    var costBefore: Int
}

/// Cuts a text into its atoms, in one pass.
struct TextAtoms {
    private(set) var atoms: [TextAtom] = []
    /// Of the text, in code points.
    private(set) var length = 0
    private(set) var byteLength = 0
    /// In units.
    private(set) var cost = 0

    private let limit: Int
    private var last: TokenEstimate.Class?
    /// Scalars of the present run.
    private var place = 0
    private var atomCost = 0
    private var lines = LineWatch()
    private var afterJoiner = false

    /// - Parameter limit: in units; an atom that costs more is cut all the same.
    init(_ text: String, limit: Int) {
        self.limit = limit
        let headings = Headings(in: text)
        var next = 0
        for scalar in text.unicodeScalars {
            let isHeading = next < headings.starts.count && headings.starts[next] == length
            if isHeading { next += 1 }
            add(scalar, isHeading: isHeading)
            length += 1
            byteLength += UTF8.width(scalar)
        }
    }

    private mutating func add(_ scalar: Unicode.Scalar, isHeading: Bool) {
        let kind = TokenEstimate.kind(of: scalar)
        let runs = last == kind && kind != .sign
        // What is drawn together with the character before it.
        let clings = last != nil && (scalar.properties.isGraphemeExtend || scalar.value == 0x200D || afterJoiner)
        let isOneSpace = last.map(Self.isSpace) ?? false && Self.isSpace(kind)
        let joins = (runs || isOneSpace || clings) && !isHeading
        var scalarCost = TokenEstimate.cost(of: scalar, kind, at: runs ? place + 1 : 0)
        place = runs ? place + 1 : 0
        if !joins || atomCost + scalarCost > limit {
            var edge = lines.edge(before: scalar, kind)
            if isHeading { edge = .heading } else if joins { edge = isOneSpace ? .word : .inside }
            place = 0
            scalarCost = TokenEstimate.cost(of: scalar, kind, at: 0)
            atoms.append(TextAtom(start: length, byteStart: byteLength, edge: edge, costBefore: cost))
            atomCost = 0
        }
        cost += scalarCost
        atomCost += scalarCost
        lines.take(scalar, kind)
        last = kind
        afterJoiner = scalar.value == 0x200D
    }

    private static func isSpace(_ kind: TokenEstimate.Class) -> Bool { kind == .space || kind == .lineEnd }
}

/// What has been read just before: the end of a sentence, an empty line.
private struct LineWatch {
    private var sawSentenceEnd = false
    /// Of a script without blanks.
    private var sawWideEnd = false
    private var lineEnds = 0
    private var isSpace = false
    private var wasReturn = false

    /// How good a cut before a scalar is.
    func edge(before scalar: Unicode.Scalar, _ kind: TokenEstimate.Class) -> TextAtom.Edge {
        // White space belongs to what is before it.
        if kind == .space || kind == .lineEnd { return .inside }
        if lineEnds > 1 { return .paragraph }
        if isSpace && sawSentenceEnd { return .sentence }
        if isSpace { return .word }
        // Scripts without blanks end their sentences with signs of their own, and may be cut between any two.
        if sawWideEnd && !Self.closing.contains(scalar) { return .sentence }
        return kind == .sign && scalar.value >= 0x2E80 ? .word : .inside
    }

    mutating func take(_ scalar: Unicode.Scalar, _ kind: TokenEstimate.Class) {
        switch kind {
        case .space: isSpace = true
        case .lineEnd:
            isSpace = true
            // A carriage return and the line feed behind it are one line end.
            if !(scalar == "\n" && wasReturn) { lineEnds += 1 }
        case .letter, .sign:
            // What closes behind a full stop belongs to the sentence.
            let closes = !isSpace && Self.closing.contains(scalar)
            sawWideEnd = Self.wideEnds.contains(scalar) || closes && sawWideEnd
            sawSentenceEnd = sawWideEnd || Self.ends.contains(scalar) || closes && sawSentenceEnd
            isSpace = false
            lineEnds = 0
        }
        wasReturn = scalar == "\r"
    }

    private static let ends: Set<Unicode.Scalar> = [".", "!", "?", "…"]
    private static let wideEnds: Set<Unicode.Scalar> = ["。", "！", "？"]
    private static let closing: Set<Unicode.Scalar> = [
        ")", "]", "}", "\"", "'", "’", "”", "»", "」", "』", "）", ".", "!", "?", "…", "。", "！", "？",
    ]
}

/// Where the headings of Markdown begin: `# …` to `###### …`, and a line that `===` or `---` underlines. Not in code
/// between fences.
struct Headings {
    /// In code points, rising.
    private(set) var starts: [Int] = []

    init(in text: String) {
        var fence: Unicode.Scalar?
        var offset = 0
        var before: (start: Int, isText: Bool) = (0, false)
        var line: [Unicode.Scalar] = []
        func end() {
            let text = line.drop { $0 == " " }
            let indent = line.count - text.count
            defer {
                before = (offset - line.count, !text.isEmpty && fence == nil)
                line.removeAll(keepingCapacity: true)
            }
            guard indent < 4 else { return }
            if let mark = text.first, mark == "`" || mark == "~", text.prefix(while: { $0 == mark }).count >= 3 {
                if fence == nil { fence = mark } else if fence == mark { fence = nil }
                return
            }
            guard fence == nil else { return }
            let signs = text.prefix { $0 == "#" }.count
            if (1...6).contains(signs), text.count == signs || text.dropFirst(signs).first == " " {
                starts.append(offset - line.count)
            } else if before.isText, let mark = text.first, mark == "=" || mark == "-",
                text.filter({ !$0.properties.isWhitespace }).allSatisfy({ $0 == mark }), text.count >= 3,
                starts.last != before.start
            {
                starts.append(before.start)
            }
        }
        var wasReturn = false
        for scalar in text.unicodeScalars {
            if scalar == "\n" || scalar == "\r" {
                if !(scalar == "\n" && wasReturn) { end() }
            } else {
                line.append(scalar)
            }
            wasReturn = scalar == "\r"
            offset += 1
        }
        end()
    }
}
