/// JSON text to values and back, as RFC 8259 has it.
///
/// Reading is strict: UTF-8 is checked, nesting ends at ``depthLimit``, a half surrogate and a number that no double can
/// hold are errors. A whole number is an `int` where 64 bits hold it (`-0` is 0) and a `double` beyond; a number with
/// a point or an exponent is always a `double`. Of a name that comes twice in an object the last value stands, in the
/// first one's place. A byte order mark at the start is passed over.
///
/// Writing gives what CEL has beyond JSON the form that protobuf's JSON has: a timestamp is its RFC 3339 text, a duration
/// its seconds (`"1.5s"`), bytes are base64, a key is text, and what no JSON number can say is `"NaN"`, `"Infinity"`
/// or `"-Infinity"`. An absent optional is null, a type is its name, a double keeps its point (`1.0`).
public enum JSON {
    /// How deep lists and objects may stand in one another.
    public static let depthLimit = 512

    public static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> Value {
        var parser = JSONParser()
        return try parser.parse(bytes)
    }

    public static func parse(_ bytes: [UInt8]) throws(JSONError) -> Value {
        var parser = JSONParser()
        return try parser.parse(bytes)
    }

    public static func parse(_ text: String) throws(JSONError) -> Value {
        var parser = JSONParser()
        return try parser.parse(text)
    }

    /// On one line, without a blank.
    public static func text(of value: Value) -> String {
        String(decoding: bytes(of: value), as: UTF8.self)
    }

    /// On one line, without a blank.
    public static func bytes(of value: Value) -> [UInt8] {
        var bytes: [UInt8] = []
        append(value, to: &bytes)
        return bytes
    }
}

/// Why bytes are no JSON text, and at which of them that shows.
public struct JSONError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Counted from the start of the bytes that were given.
    public var offset: Int
    /// Lower-case start, no full stop: `a text is never closed`.
    public var message: String

    public init(offset: Int, message: String) {
        self.offset = offset
        self.message = message
    }

    public var description: String { "\(message) (byte \(offset))" }

    /// Where the error stands in the bytes it came from: line and column from one, columns in Unicode scalars.
    public func place(in bytes: some Collection<UInt8>) -> (line: Int, column: Int) {
        var (line, column) = (1, 1)
        for byte in bytes.prefix(offset) {
            if byte == UInt8(ascii: "\n") {
                (line, column) = (line + 1, 1)
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        return (line, column)
    }
}
