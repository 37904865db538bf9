import Values

extension Function {
    static let conversions: [Function] = [
        .global(
            "int", [([.int], .int), ([.uint], .int), ([.double], .int), ([.string], .int), ([.timestamp], .int)],
            .one { value, _ throws(Fault) in .int(try Conversion.int(value)) }),
        .global(
            "uint", [([.uint], .uint), ([.int], .uint), ([.double], .uint), ([.string], .uint)],
            .one { value, _ throws(Fault) in .uint(try Conversion.uint(value)) }),
        .global(
            "double", [([.double], .double), ([.int], .double), ([.uint], .double), ([.string], .double)],
            .one { value, _ throws(Fault) in .double(try Conversion.double(value)) }),
        .global(
            "bool", [([.bool], .bool), ([.string], .bool)],
            .one { value, _ throws(Fault) in .bool(try Conversion.bool(value)) }),
        .global(
            "string",
            [
                ([.string], .string), ([.int], .string), ([.uint], .string), ([.double], .string), ([.bool], .string),
                ([.bytes], .string), ([.timestamp], .string), ([.duration], .string),
            ],
            .one { value, _ throws(Fault) in .string(try Conversion.string(value)) }),
        .global(
            "bytes", [([.bytes], .bytes), ([.string], .bytes)],
            .one { value, _ throws(Fault) in
                switch value {
                case .bytes: return value
                case .string(let text): return .bytes(Array(text.utf8))
                default: throw unsupported("bytes", value)
                }
            }),
        .global(
            "timestamp", [([.timestamp], .timestamp), ([.string], .timestamp), ([.int], .timestamp)],
            .one { value, _ throws(Fault) in .timestamp(try Conversion.timestamp(value)) }),
        .global(
            "duration", [([.duration], .duration), ([.string], .duration)],
            .one { value, _ throws(Fault) in .duration(try Conversion.duration(value)) }),
        .global("dyn", [([.parameter("T")], .any)], .one { value, _ in value }),
        .global("type", [([.parameter("T")], .type(.parameter("T")))], .one { value, _ in .type(value.typeName) }),
    ]
}

/// CEL's conversions. A value without a counterpart of the other type is an error, never a near one.
enum Conversion {
    static func int(_ value: Value) throws(Fault) -> Int64 {
        switch value {
        case .int(let number): return number
        case .uint(let number):
            guard let whole = Int64(exactly: number) else { throw outOfRange(value, "integer") }
            return whole
        case .double(let number):
            // Doubles this large stand for several integers each, so the ends do not count as inside.
            guard number > -0x1p63, number < 0x1p63 else { throw outOfRange(value, "integer") }
            return Int64(number)
        case .string(let text):
            guard let number = Int64(text) else { throw unreadable(text, "an integer") }
            return number
        case .timestamp(let moment): return moment.seconds
        default: throw unsupported("int", value)
        }
    }

    static func uint(_ value: Value) throws(Fault) -> UInt64 {
        switch value {
        case .uint(let number): return number
        case .int(let number):
            guard let whole = UInt64(exactly: number) else { throw outOfRange(value, "unsigned integer") }
            return whole
        case .double(let number):
            guard number > -1, number < 0x1p64 else { throw outOfRange(value, "unsigned integer") }
            return UInt64(number)
        case .string(let text):
            guard let number = UInt64(text) else { throw unreadable(text, "an unsigned integer") }
            return number
        default: throw unsupported("uint", value)
        }
    }

    static func double(_ value: Value) throws(Fault) -> Double {
        switch value {
        case .double(let number): return number
        case .int(let number): return Double(number)
        case .uint(let number): return Double(number)
        case .string(let text):
            guard let number = Double(text),
                !text.utf8.contains(where: { $0.lowercased == "x" || $0.lowercased == "p" })
            else { throw unreadable(text, "a number") }
            return number
        default: throw unsupported("double", value)
        }
    }

    static func bool(_ value: Value) throws(Fault) -> Bool {
        switch value {
        case .bool(let truth): return truth
        case .string("true"), .string("TRUE"), .string("True"), .string("t"), .string("1"): return true
        case .string("false"), .string("FALSE"), .string("False"), .string("f"), .string("0"): return false
        case .string(let text): throw unreadable(text, "a boolean")
        default: throw unsupported("bool", value)
        }
    }

    static func string(_ value: Value) throws(Fault) -> String {
        switch value {
        case .string(let text): return text
        case .int(let number): return String(number)
        case .uint(let number): return String(number)
        case .double(let number): return number.shortText
        case .bool(let truth): return truth ? "true" : "false"
        case .timestamp(let moment): return moment.rfc3339
        case .duration(let length): return length.text
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Fault("these bytes are no UTF-8 text")
            }
            return text
        default: throw unsupported("string", value)
        }
    }

    static func timestamp(_ value: Value) throws(Fault) -> Timestamp {
        switch value {
        case .timestamp(let moment): return moment
        case .int(let seconds):
            guard Timestamp.expressible.contains(seconds) else { throw outOfRange(value, "timestamp") }
            return Timestamp(seconds: seconds)
        case .string(let text):
            guard let moment = Timestamp(rfc3339: text) else {
                throw unreadable(text, "a timestamp such as 2026-03-01T12:30:00Z")
            }
            return moment
        default: throw unsupported("timestamp", value)
        }
    }

    static func duration(_ value: Value) throws(Fault) -> Duration {
        switch value {
        case .duration(let length): return length
        case .string(let text):
            guard let length = Duration(text: text), length.totalNanoseconds != nil else {
                throw unreadable(text, "a duration such as 1h30m, of at most 292 years")
            }
            return length
        default: throw unsupported("duration", value)
        }
    }

    private static func outOfRange(_ value: Value, _ wanted: String) -> Fault {
        Fault("\(value.excerpt) is beyond the range of \(wanted)s")
    }

    private static func unreadable(_ text: String, _ wanted: String) -> Fault {
        Fault("'\(text.excerpt(40))' is not \(wanted)")
    }
}

extension Double {
    /// The shortest text that is read as the same number: `3`, `0.5`, `1e+21`, `Infinity`.
    var shortText: String {
        if isNaN { return "NaN" }
        if isInfinite { return self < 0 ? "-Infinity" : "Infinity" }
        if self == rounded(), magnitude < 0x1p53, !(self == 0 && sign == .minus) { return String(Int64(self)) }
        let text = description
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}

extension Value {
    /// CEL's name of the type.
    var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .list: "list"
        case .map: "map"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .type: "type"
        case .optional: "optional_type"
        }
    }

    /// The types that an expression can name.
    static let typeNames: [String: ValueType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes,
        "list": .list(.any), "map": .map(key: .any, value: .any), "null_type": .null, "type": .type(.any),
        "google.protobuf.Timestamp": .timestamp, "google.protobuf.Duration": .duration,
        "optional_type": .optional(.any),
    ]
}
