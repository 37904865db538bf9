internal import CLibXML2

/// Reads HTML of whatever quality into text, within bounds of size, depth and time.
///
/// libxml2 calls back for each element and each piece of text, so there is no tree, and memory grows with the text alone.
package struct HTMLReader: Sendable {
    /// Of the document, before it is turned into UTF-8.
    package var byteLimit = 16 << 20
    /// Elements inside each other. Browsers stop at some hundred.
    package var depthLimit = 4_096
    /// Looked at every 64 KB.
    package var timeLimit = Duration.seconds(10)
    /// Whether a heading begins with as many `#` as it has levels, as in Markdown.
    package var marksHeadings = false

    package init() {}

    /// - Parameter charset: what the transport says of it, such as the `charset` of a `Content-Type`. A byte order mark
    ///   is believed first, then this, then what the document says, then UTF-8 where it is that, else Windows-1252.
    package func read(_ bytes: [UInt8], charset: String? = nil) throws(HTMLTextError) -> HTMLPage {
        guard bytes.count <= byteLimit else { throw .tooLarge(bytes: bytes.count, limit: byteLimit) }
        return try read(utf8: Charset.utf8(ofHTML: bytes, transport: charset))
    }

    /// - Parameter text: valid UTF-8 without a byte order mark.
    private func read(utf8 text: [UInt8]) throws(HTMLTextError) -> HTMLPage {
        let builder = PageBuilder(depthLimit: depthLimit, marksHeadings: marksHeadings)
        guard !text.isEmpty else { return builder.page() }
        let parser = try HTMLParser(builder)
        let clock = ContinuousClock()
        let deadline = clock.now + timeLimit
        var start = 0
        while start < text.count {
            let end = Self.pieceEnd(in: text, from: start)
            parser.read(text[start..<end], isLast: end == text.count)
            if builder.isTooDeep { throw .tooDeep(limit: depthLimit) }
            if end < text.count, clock.now > deadline { throw .tooSlow(timeLimit) }
            start = end
        }
        return builder.page()
    }

    private static let pieceLength = 64 << 10

    /// Where a piece ends: before an element where one is near, and never inside a character.
    private static func pieceEnd(in text: [UInt8], from start: Int) -> Int {
        guard text.count - start > 2 * pieceLength else { return text.count }
        let least = start + pieceLength
        if let element = text[least..<least + pieceLength].firstIndex(of: UInt8(ascii: "<")) { return element }
        return text[least...].firstIndex { $0 & 0xC0 != 0x80 } ?? text.count
    }
}

/// libxml2's parser for one document; what it finds goes to the builder.
@safe private final class HTMLParser {
    private let context: htmlParserCtxtPtr
    private let builder: PageBuilder

    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()

    init(_ builder: PageBuilder) throws(HTMLTextError) {
        _ = Self.isReady
        self.builder = builder
        var calls = unsafe htmlSAXHandler()
        unsafe calls.startElement = { builder, name, attributes in
            guard let builder = unsafe builder, let name = unsafe name else { return }
            unsafe PageBuilder.at(builder).begin(String(cString: name), unsafe HTMLAttributes(attributes))
        }
        unsafe calls.endElement = { builder, name in
            guard let builder = unsafe builder, let name = unsafe name else { return }
            unsafe PageBuilder.at(builder).end(String(cString: name))
        }
        unsafe calls.characters = { builder, text, length in
            guard let builder = unsafe builder, let text = unsafe text else { return }
            unsafe PageBuilder.at(builder).add(UnsafeBufferPointer(start: text, count: Int(length)))
        }
        unsafe calls.ignorableWhitespace = calls.characters
        let itself = unsafe Unmanaged.passUnretained(builder).toOpaque()
        guard
            let context = unsafe htmlCreatePushParserCtxt(&calls, itself, nil, 0, nil, XML_CHAR_ENCODING_UTF8)
        else { throw .noParser }
        unsafe self.context = context
        let options = [
            HTML_PARSE_RECOVER, HTML_PARSE_NOERROR, HTML_PARSE_NOWARNING, HTML_PARSE_NONET, HTML_PARSE_IGNORE_ENC,
        ]
        _ = unsafe htmlCtxtUseOptions(context, options.reduce(0) { $0 | Int32($1.rawValue) })
    }

    deinit { unsafe htmlFreeParserCtxt(context) }

    func read(_ piece: ArraySlice<UInt8>, isLast: Bool) {
        unsafe piece.withUnsafeBytes { bytes in
            let start = unsafe bytes.bindMemory(to: CChar.self).baseAddress
            // What it thinks of the document's quality is of no interest.
            _ = unsafe htmlParseChunk(context, start, Int32(bytes.count), isLast ? 1 : 0)
        }
        if builder.isTooDeep { unsafe xmlStopParser(context) }
    }
}

extension PageBuilder {
    /// The builder that libxml2 was given; it lives as long as the parser.
    fileprivate static func at(_ pointer: UnsafeMutableRawPointer) -> PageBuilder {
        unsafe Unmanaged<PageBuilder>.fromOpaque(pointer).takeUnretainedValue()
    }
}

/// The attributes of an element, as libxml2 lends them for the time of a call: names and values by turns.
@safe struct HTMLAttributes {
    private let pairs: UnsafeMutablePointer<UnsafePointer<UInt8>?>?

    fileprivate init(_ pairs: UnsafeMutablePointer<UnsafePointer<UInt8>?>?) { unsafe self.pairs = pairs }

    /// The value of an attribute, empty for one that has none; nil where the element lacks it.
    subscript(wanted: String) -> String? {
        guard let pairs = unsafe pairs else { return nil }
        var at = 0
        while let name = unsafe pairs[at] {
            if unsafe String(cString: name) == wanted {
                return unsafe pairs[at + 1].map { unsafe String(cString: $0) } ?? ""
            }
            at += 2
        }
        return nil
    }

    var isEmpty: Bool { unsafe pairs == nil }
}
