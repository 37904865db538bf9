/// Values as bytes that come back as they were, types and all: for what is put aside for the length of a run. No format
/// for files that last: it may change with any version.
extension Value {
    /// Appends this value.
    public func pack(into bytes: inout [UInt8]) {
        switch self {
        case .null: bytes.append(UInt8(0))
        case .bool(let truth): bytes += [1, truth ? 1 : 0]
        case .int(let number): bytes.append(2, UInt64(bitPattern: number))
        case .uint(let number): bytes.append(3, number)
        case .double(let number): bytes.append(4, number.bitPattern)
        case .string(let text): bytes.append(5, counted: text.utf8)
        case .bytes(let content): bytes.append(6, counted: content)
        case .list(let items):
            bytes.append(7, UInt64(items.count))
            for item in items { item.pack(into: &bytes) }
        case .map(let map):
            bytes.append(8, UInt64(map.values.count))
            for (key, value) in map {
                key.value.pack(into: &bytes)
                value.pack(into: &bytes)
            }
        case .timestamp(let time):
            bytes.append(9, UInt64(bitPattern: time.seconds))
            bytes.append(number: UInt64(bitPattern: Int64(time.nanoseconds)))
        case .duration(let span):
            bytes.append(10, UInt64(bitPattern: span.seconds))
            bytes.append(number: UInt64(bitPattern: Int64(span.nanoseconds)))
        case .type(let name): bytes.append(11, counted: name.utf8)
        case .optional(nil): bytes.append(UInt8(12))
        case .optional(let inner?):
            bytes.append(UInt8(13))
            inner.pack(into: &bytes)
        }
    }

    public var packed: [UInt8] {
        var bytes: [UInt8] = []
        pack(into: &bytes)
        return bytes
    }

    /// Reads what ``packed`` wrote; nil for anything else.
    public init?(packed bytes: [UInt8]) {
        var reader = PackedReader(bytes: bytes)
        guard let value = reader.value(), reader.isAtEnd else { return nil }
        self = value
    }
}

extension [UInt8] {
    fileprivate mutating func append(number: UInt64) {
        Swift.withUnsafeBytes(of: number.littleEndian) { append(contentsOf: $0) }
    }

    fileprivate mutating func append(_ tag: UInt8, _ number: UInt64) {
        append(tag)
        append(number: number)
    }

    fileprivate mutating func append(_ tag: UInt8, counted content: some Collection<UInt8>) {
        append(tag, UInt64(content.count))
        append(contentsOf: content)
    }
}

private struct PackedReader {
    let bytes: [UInt8]
    var place = 0

    var isAtEnd: Bool { place == bytes.count }

    private mutating func byte() -> UInt8? {
        guard place < bytes.count else { return nil }
        defer { place += 1 }
        return bytes[place]
    }

    private mutating func number() -> UInt64? {
        guard bytes.count - place >= 8 else { return nil }
        defer { place += 8 }
        return (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
    }

    /// How many bytes, or items of one byte at least, follow.
    private mutating func count() -> Int? {
        guard let number = number(), number <= UInt64(bytes.count - place) else { return nil }
        return Int(number)
    }

    private mutating func content() -> ArraySlice<UInt8>? {
        guard let count = count() else { return nil }
        defer { place += count }
        return bytes[place..<place + count]
    }

    mutating func value() -> Value? {
        switch byte() {
        case 0: return .null
        case 1: return byte().map { .bool($0 == 1) }
        case 2: return number().map { .int(Int64(bitPattern: $0)) }
        case 3: return number().map(Value.uint)
        case 4: return number().map { .double(Double(bitPattern: $0)) }
        case 5: return content().map { .string(String(decoding: $0, as: UTF8.self)) }
        case 6: return content().map { .bytes(Array($0)) }
        case 7:
            guard let count = count() else { return nil }
            var items: [Value] = []
            for _ in 0..<count {
                guard let item = value() else { return nil }
                items.append(item)
            }
            return .list(items)
        case 8: return map()
        case 9:
            guard let seconds = number(), let nanoseconds = nanoseconds() else { return nil }
            return .timestamp(Timestamp(seconds: Int64(bitPattern: seconds), nanoseconds: nanoseconds))
        case 10:
            guard let seconds = number(), let nanoseconds = nanoseconds() else { return nil }
            return .duration(Duration(seconds: Int64(bitPattern: seconds), nanoseconds: nanoseconds))
        case 11: return content().map { .type(String(decoding: $0, as: UTF8.self)) }
        case 12: return .optional(nil)
        case 13: return value().map { .optional($0) }
        default: return nil
        }
    }

    private mutating func nanoseconds() -> Int32? {
        number().flatMap { Int32(exactly: Int64(bitPattern: $0)) }
    }

    private mutating func map() -> Value? {
        guard let count = count() else { return nil }
        var keys: [MapKey] = []
        var values: [Value] = []
        for _ in 0..<count {
            switch value() {
            case .string(let text)?: keys.append(.string(text))
            case .int(let number)?: keys.append(.int(number))
            case .uint(let number)?: keys.append(.uint(number))
            case .bool(let truth)?: keys.append(.bool(truth))
            default: return nil
            }
            guard let value = value() else { return nil }
            values.append(value)
        }
        return .map(ValueMap(shape: MapShape(keys), values: values))
    }
}
