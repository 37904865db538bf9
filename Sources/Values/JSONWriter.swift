extension JSON {
    /// Adds the text of a value, on one line, without a blank.
    public static func append(_ value: Value, to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.write(value)
        writer.move(to: &bytes)
    }

    public static func append(_ map: ValueMap, to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.write(map)
        writer.move(to: &bytes)
    }

    /// Adds a text in quotes.
    public static func append(_ text: String, to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.write(text)
        writer.move(to: &bytes)
    }

    /// Adds the name of a field in quotes.
    static func append(_ key: MapKey, to bytes: inout [UInt8]) {
        var writer = JSONWriter()
        writer.write(key)
        writer.move(to: &bytes)
    }
}

/// Writes values into memory of its own: an array asks at every byte whether it is shared.
public struct JSONWriter: ~Copyable {
    private var base: UnsafeMutablePointer<UInt8>
    private var count = 0
    private var capacity: Int

    /// - Parameter capacity: how many bytes are probably written.
    public init(capacity: Int = 256) {
        self.capacity = max(capacity, 1)
        base = .allocate(capacity: self.capacity)
    }

    deinit { base.deallocate() }

    /// Hands over what is written and starts again.
    public mutating func move(to bytes: inout [UInt8]) {
        bytes.append(contentsOf: UnsafeBufferPointer(start: base, count: count))
        count = 0
    }

    public mutating func write(_ value: Value) {
        switch value {
        case .null: write(plain: "null")
        case .bool(let truth): write(plain: truth ? "true" : "false")
        case .int(let number): write(number)
        case .uint(let number): write(digitsOf: number)
        case .double(let number): write(number)
        case .string(let text): write(text)
        case .bytes(let data): write(base64: data)
        case .list(let items):
            write(UInt8(ascii: "["))
            for place in items.indices {
                if place > 0 { write(UInt8(ascii: ",")) }
                write(items[place])
            }
            write(UInt8(ascii: "]"))
        case .map(let map): write(map)
        case .timestamp(let moment): write(moment.rfc3339)
        case .duration(let length): write(length.text)
        case .type(let name): write(name)
        case .optional(let inner): write(inner ?? .null)
        }
    }

    mutating func write(_ map: ValueMap) {
        write(UInt8(ascii: "{"))
        let keys = map.shape.keys
        let values = map.values
        for place in keys.indices {
            if place > 0 { write(UInt8(ascii: ",")) }
            write(keys[place])
            write(UInt8(ascii: ":"))
            write(values[place])
        }
        write(UInt8(ascii: "}"))
    }

    mutating func write(_ key: MapKey) {
        switch key {
        case .string(let text): write(text)
        case .int(let number): write(String(number))
        case .uint(let number): write(String(number))
        case .bool(let truth): write(truth ? "true" : "false")
        }
    }
}

// MARK: Bytes

extension JSONWriter {
    @inline(__always)
    private mutating func makeRoom(for more: Int) {
        if count &+ more > capacity { grow(for: more) }
    }

    @inline(never)
    private mutating func grow(for more: Int) {
        capacity = max(capacity * 2, count + more)
        let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
        larger.update(from: base, count: count)
        base.deallocate()
        base = larger
    }

    @inline(__always)
    public mutating func write(_ byte: UInt8) {
        makeRoom(for: 1)
        base[count] = byte
        count &+= 1
    }

    /// Adds the bytes as they are.
    public mutating func write(plain bytes: UnsafeBufferPointer<UInt8>) {
        makeRoom(for: bytes.count)
        if let source = bytes.baseAddress { (base + count).update(from: source, count: bytes.count) }
        count &+= bytes.count
    }

    private mutating func write(plain text: StaticString) {
        let length = text.utf8CodeUnitCount
        makeRoom(for: length)
        (base + count).update(from: text.utf8Start, count: length)
        count &+= length
    }
}

// MARK: Texts

extension JSONWriter {
    mutating func write(_ text: String) {
        let done: Void? = text.utf8.withContiguousStorageIfAvailable { write(text: $0) }
        if done == nil { Array(text.utf8).withUnsafeBufferPointer { write(text: $0) } }
    }

    private mutating func write(text: UnsafeBufferPointer<UInt8>) {
        // Room for the text as it stands, the quotes and the eight bytes that are copied at a time.
        makeRoom(for: text.count &+ 10)
        write(UInt8(ascii: "\""))
        if let source = text.baseAddress {
            var at = 0
            while true {
                at = copyPlain(source, from: at, to: text.count)
                guard at < text.count else { break }
                makeRoom(for: text.count &- at &+ 16)
                writeEscape(of: source[at])
                at &+= 1
            }
        }
        write(UInt8(ascii: "\""))
    }

    /// Copies up to the next byte that must be escaped and says where that is, or where the text ends.
    @inline(__always)
    private mutating func copyPlain(_ source: UnsafePointer<UInt8>, from start: Int, to end: Int) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var at = start
        // Each byte goes to the same place counted from here.
        let target = base + count - start
        defer { count &+= at &- start }
        while at &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(source + at).loadUnaligned(as: UInt64.self))
            UnsafeMutableRawPointer(target + at).storeBytes(of: word.littleEndian, as: UInt64.self)
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let stops =
                ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- (ones &* 0x20)) & ~word)
            let found = stops & 0x8080_8080_8080_8080
            let plain = found == 0 ? 8 : found.trailingZeroBitCount >> 3
            at &+= plain
            if found != 0 { return at }
        }
        while at < end, source[at] != 0x22, source[at] != 0x5C, source[at] >= 0x20 {
            target[at] = source[at]
            at &+= 1
        }
        return at
    }

    private mutating func writeEscape(of byte: UInt8) {
        write(UInt8(ascii: "\\"))
        switch byte {
        case 0x08: write(UInt8(ascii: "b"))
        case 0x09: write(UInt8(ascii: "t"))
        case 0x0A: write(UInt8(ascii: "n"))
        case 0x0C: write(UInt8(ascii: "f"))
        case 0x0D: write(UInt8(ascii: "r"))
        case 0x22, 0x5C: write(byte)
        default:
            write(plain: "u00")
            write(UInt8(ascii: "0") + byte >> 4)
            let low = byte & 15
            write(low < 10 ? UInt8(ascii: "0") + low : UInt8(ascii: "a") + low - 10)
        }
    }

    private mutating func write(base64 data: [UInt8]) {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        write(UInt8(ascii: "\""))
        for start in stride(from: 0, to: data.count, by: 3) {
            let part = data[start..<min(start + 3, data.count)]
            let bits = part.reduce(0) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - part.count))
            for place in 0..<4 {
                let digit = digits[Int(bits >> UInt32(18 - 6 * place) & 63)]
                write(place <= part.count ? digit : UInt8(ascii: "="))
            }
        }
        write(UInt8(ascii: "\""))
    }
}

// MARK: Numbers

extension JSONWriter {
    private mutating func write(_ number: Int64) {
        if number < 0 { write(UInt8(ascii: "-")) }
        write(digitsOf: number.magnitude)
    }

    private mutating func write(digitsOf number: UInt64) {
        var length = 1
        var rest = number
        while rest >= 10 {
            length &+= 1
            rest /= 10
        }
        makeRoom(for: length)
        var at = count &+ length
        count = at
        rest = number
        repeat {
            at &-= 1
            base[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
    }

    private mutating func write(_ number: Double) {
        guard number.isFinite else {
            return write(number.isNaN ? "NaN" : number < 0 ? "-Infinity" : "Infinity")
        }
        if writeShort(number) { return }
        var text = number.description
        text.withUTF8 { digits in
            guard let source = digits.baseAddress else { return }
            makeRoom(for: digits.count)
            (base + count).update(from: source, count: digits.count)
            count &+= digits.count
        }
    }

    /// Writes a number of at most four decimals and fifteen digits, such as an amount of money, which needs no search for
    /// its shortest text: no two decimals of fifteen digits are the same double.
    private mutating func writeShort(_ number: Double) -> Bool {
        let magnitude = number.magnitude
        guard magnitude < 1e11, magnitude >= 1e-3 else { return false }
        var scale = 1.0
        var decimals = 0
        while (magnitude * scale).rounded() / scale != magnitude {
            guard decimals < 4 else { return false }
            scale *= 10
            decimals &+= 1
        }
        let digits = UInt64((magnitude * scale).rounded())
        let divisor = UInt64(scale)
        if number < 0 { write(UInt8(ascii: "-")) }
        write(digitsOf: digits / divisor)
        write(UInt8(ascii: "."))
        guard decimals > 0 else {
            write(UInt8(ascii: "0"))
            return true
        }
        makeRoom(for: decimals)
        var rest = digits % divisor
        var at = count &+ decimals
        count = at
        for _ in 0..<decimals {
            at &-= 1
            base[at] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return true
    }
}
