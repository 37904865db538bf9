import Values

extension Function {
    private static let sizeSignatures: [(parameters: [ValueType], result: ValueType)] = [
        ([.string], .int), ([.bytes], .int), ([.list(.parameter("T"))], .int),
        ([.map(key: .parameter("K"), value: .parameter("V"))], .int),
    ]

    static let sizes: [Function] = [
        .global("size", sizeSignatures, .one { value, frame throws(Fault) in .int(try size(of: value, &frame)) }),
        .method("size", sizeSignatures, .one { value, frame throws(Fault) in .int(try size(of: value, &frame)) }),
        .global("json", [([.any], .string)], .one { value, frame throws(Fault) in .string(try json(value, &frame)) }),
        .method("json", [([.any], .string)], .one { value, frame throws(Fault) in .string(try json(value, &frame)) }),
    ]

    private static func size(of value: Value, _ frame: inout Frame) throws(Fault) -> Int64 {
        switch value {
        case .string(let text):
            try frame.charge(bytes: text.utf8.count)
            return Int64(text.scalarCount)
        case .bytes(let bytes): return Int64(bytes.count)
        case .list(let items): return Int64(items.count)
        case .map(let map): return Int64(map.count)
        default: throw unsupported("size", value)
        }
    }

    /// The value as JSON on one line.
    private static func json(_ value: Value, _ frame: inout Frame) throws(Fault) -> String {
        try frame.expect(bytes: value.leastBytes)
        let bytes = JSON.bytes(of: value)
        try frame.charge(bytes: bytes.count)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Value {
    /// About how many bytes the value takes when it is written, and seldom more than are really written.
    var leastBytes: Int {
        switch self {
        case .string(let text), .type(let text): return text.utf8.count
        case .bytes(let bytes): return bytes.count
        case .list(let items):
            var bytes = 2
            for item in items { bytes += item.leastBytes + 1 }
            return bytes
        case .map(let map):
            var bytes = 2
            for (key, item) in map { bytes += key.value.leastBytes + item.leastBytes + 2 }
            return bytes
        case .optional(let inner): return inner?.leastBytes ?? 1
        case .null, .bool, .int, .uint, .double, .timestamp, .duration: return 1
        }
    }
}

/// `size(text)`, the most frequent of all calls, without a value in between.
final class TextSizeNode: Node {
    private let text: any Node

    init(_ text: any Node) { self.text = text }

    func value(_ frame: inout Frame) throws(Fault) -> Value { .int(try int(&frame)) }

    func int(_ frame: inout Frame) throws(Fault) -> Int64 {
        let text = try text.string(&frame)
        try frame.charge(bytes: text.utf8.count)
        return Int64(text.scalarCount)
    }
}

extension String {
    /// How many code points it has.
    var scalarCount: Int {
        var text = self
        return text.withUTF8 { bytes in
            guard let base = UnsafeRawPointer(bytes.baseAddress) else { return 0 }
            // Every byte that continues a code point has 1 and 0 as its highest bits; eight bytes are looked at together.
            let lowest: UInt64 = 0x0101_0101_0101_0101
            var continuing = 0
            var place = 0
            while place &+ 8 <= bytes.count {
                let word = base.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                continuing &+= ((word >> 7) & (~word >> 6) & lowest).nonzeroBitCount
                place &+= 8
            }
            while place < bytes.count {
                if bytes[place] & 0xC0 == 0x80 { continuing &+= 1 }
                place &+= 1
            }
            return bytes.count - continuing
        }
    }
}
