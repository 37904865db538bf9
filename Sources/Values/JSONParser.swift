/// Reads JSON texts one after another and remembers the shapes of their objects, so that the rows of a file share them.
///
/// Keep one for each file; a copy goes its own way.
public struct JSONParser: Sendable {
    /// Nil before the first text and while one is read: shapes with two owners would be copied when one adds to them.
    private var shapes: JSONShapes?

    public init() {}

    /// The value of a whole text, white space around it allowed.
    public mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> Value {
        guard let base = bytes.baseAddress else { throw JSONError(offset: 0, message: "a value is missing") }
        var reading = JSONReading(base, count: bytes.count, shapes: shapes.take() ?? JSONShapes())
        defer { shapes = reading.shapes }
        reading.skipByteOrderMark()
        let value = try reading.value(depth: 0)
        reading.skipSpace()
        guard reading.isAtEnd else { throw reading.error("the text goes on after its value") }
        return value
    }

    public mutating func parse(_ bytes: [UInt8]) throws(JSONError) -> Value {
        let result = bytes.withUnsafeBufferPointer { bytes in
            Result { () throws(JSONError) in try parse(bytes) }
        }
        return try result.get()
    }

    public mutating func parse(_ text: String) throws(JSONError) -> Value {
        var text = text
        let result = text.withUTF8 { bytes in
            Result { () throws(JSONError) in try parse(bytes) }
        }
        return try result.get()
    }

    /// The first value from an offset on and where it ends; what follows it is not looked at.
    public mutating func parseValue(
        in bytes: UnsafeBufferPointer<UInt8>, from offset: Int = 0
    ) throws(JSONError) -> (value: Value, end: Int) {
        guard let base = bytes.baseAddress else { throw JSONError(offset: 0, message: "a value is missing") }
        var reading = JSONReading(base, count: bytes.count, from: offset, shapes: shapes.take() ?? JSONShapes())
        defer { shapes = reading.shapes }
        let value = try reading.value(depth: 0)
        return (value, reading.offset)
    }
}
