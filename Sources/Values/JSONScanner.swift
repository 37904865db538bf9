/// Finds where a JSON value ends without reading it, so that a large list can be taken element by element.
///
/// It only follows quotes and brackets; whether what lies between them is JSON is for the parser to say.
public struct JSONScanner: Sendable {
    private enum State { case before, scalar, text, inside }

    private var state = State.before
    private var depth = 0
    private var inText = false
    private var afterBackslash = false

    public init() {}

    /// The end of the value in bytes that may go on: the offset behind its last byte, or nil when more bytes are needed.
    ///
    /// After nil, call it again with the bytes that follow those given. A number or word ends with what follows it, or
    /// with the input: at the end of the input, what came so far is the value.
    public mutating func end(in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
        var at = start
        while at < bytes.count {
            let byte = bytes[at]
            if inText {
                if afterBackslash {
                    afterBackslash = false
                } else if byte == UInt8(ascii: "\\") {
                    afterBackslash = true
                } else if byte == UInt8(ascii: "\"") {
                    inText = false
                    if state == .text { return finish(at + 1) }
                }
                at += 1
                continue
            }
            switch (state, byte) {
            case (.before, 0x20), (.before, 0x0A), (.before, 0x0D), (.before, 0x09): break
            case (.scalar, 0x20), (.scalar, 0x0A), (.scalar, 0x0D), (.scalar, 0x09), (.scalar, UInt8(ascii: ",")),
                (.scalar, UInt8(ascii: "]")), (.scalar, UInt8(ascii: "}")):
                return finish(at)
            case (.before, UInt8(ascii: "\"")): (state, inText) = (.text, true)
            case (.inside, UInt8(ascii: "\"")): inText = true
            case (.before, UInt8(ascii: "{")), (.before, UInt8(ascii: "[")): (state, depth) = (.inside, 1)
            case (.inside, UInt8(ascii: "{")), (.inside, UInt8(ascii: "[")): depth += 1
            case (.inside, UInt8(ascii: "}")), (.inside, UInt8(ascii: "]")):
                depth -= 1
                if depth == 0 { return finish(at + 1) }
            case (.before, _): state = .scalar
            default: break
            }
            at += 1
        }
        return nil
    }

    /// Where the value ends that starts at an offset, white space before it allowed; nil when it goes on past the bytes.
    public static func endOfValue(in bytes: UnsafeBufferPointer<UInt8>, from start: Int = 0) -> Int? {
        var scanner = JSONScanner()
        return scanner.end(in: bytes, from: start)
    }

    private mutating func finish(_ end: Int) -> Int {
        self = JSONScanner()
        return end
    }
}
