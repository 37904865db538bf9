/// A text taken out of a file, which remembers where each of its characters stood.
///
/// YAML folds lines, strips indentation and resolves escapes, so a place inside a scalar's value is not simply an offset
/// into the file. Anchors say where the value and the file run side by side; between two anchors one scalar of the value
/// is one column of the file.
public struct LocatedText: Hashable, Sendable {
    /// From `offset` (in UTF-8 bytes of the text) on, the text stands at `position` in the file.
    public struct Anchor: Hashable, Sendable {
        public var offset: Int
        public var position: SourcePosition

        public init(offset: Int, position: SourcePosition) {
            self.offset = offset
            self.position = position
        }
    }

    public var text: String
    /// The whole of it as it stands in the file, quotes and indicators included.
    public var span: SourceSpan
    /// In rising order of offset, the first at offset 0.
    public var anchors: [Anchor]

    public init(_ text: String, span: SourceSpan, anchors: [Anchor]? = nil) {
        self.text = text
        self.span = span
        self.anchors = anchors ?? [Anchor(offset: 0, position: span.start)]
    }

    /// Where the character at a UTF-8 offset of the text stands in the file.
    public func position(at offset: Int) -> SourcePosition {
        let anchor = anchors.last { $0.offset <= offset } ?? Anchor(offset: 0, position: span.start)
        let bytes = text.utf8.dropFirst(anchor.offset).prefix(max(0, offset - anchor.offset))
        let scalars = bytes.count { $0 & 0xC0 != 0x80 }
        return SourcePosition(line: anchor.position.line, column: anchor.position.column + scalars)
    }

    /// Where a range of UTF-8 offsets of the text stands in the file.
    public func span(of range: Range<Int>) -> SourceSpan {
        let start = position(at: range.lowerBound)
        // The end is measured from the last character inside, or a range that ends with a line would end on the next.
        guard !range.isEmpty else { return SourceSpan(file: span.file, start: start, end: start) }
        var last = range.upperBound - 1
        let utf8 = Array(text.utf8)
        while last > range.lowerBound, last < utf8.count, utf8[last] & 0xC0 == 0x80 { last -= 1 }
        let end = position(at: last)
        return SourceSpan(file: span.file, start: start, end: SourcePosition(line: end.line, column: end.column + 1))
    }

    /// A stretch of this text, each character still where it was.
    public func slice(_ range: Range<Int>) -> LocatedText {
        let part = String(decoding: text.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
        let first = Anchor(offset: 0, position: position(at: range.lowerBound))
        let inner = anchors.filter { range.contains($0.offset) && $0.offset > range.lowerBound }
            .map { Anchor(offset: $0.offset - range.lowerBound, position: $0.position) }
        return LocatedText(part, span: span(of: range), anchors: [first] + inner)
    }
}
