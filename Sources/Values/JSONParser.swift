#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

/// Reads JSON texts one after another and remembers the shapes of their objects, so that the rows of a file share them.
///
/// Keep one for each file; a copy goes its own way.
public struct JSONParser: Sendable {
    private var shapes = JSONShapes()

    public init() {}

    /// The value of a whole text, white space around it allowed.
    public mutating func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) -> Value {
        guard let base = bytes.baseAddress else { throw JSONError(offset: 0, message: "a value is missing") }
        var reading = JSONReading(base, count: bytes.count, shapes: &shapes)
        defer { shapes = reading.takeShapes() }
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
        var reading = JSONReading(base, count: bytes.count, from: offset, shapes: &shapes)
        defer { shapes = reading.takeShapes() }
        let value = try reading.value(depth: 0)
        return (value, reading.offset)
    }
}

/// One text being read.
struct JSONReading {
    private let base: UnsafePointer<UInt8>
    private let end: Int
    private var at: Int
    private var shapes: JSONShapes
    /// Where texts with escapes are put together.
    private var scratch: [UInt8] = []

    /// Takes the shapes away from their owner, who gets them back with ``takeShapes()``: two owners would copy them.
    init(_ base: UnsafePointer<UInt8>, count: Int, from offset: Int = 0, shapes: inout JSONShapes) {
        self.base = base
        end = count
        at = offset
        self.shapes = JSONShapes()
        swap(&self.shapes, &shapes)
        self.shapes.forgetIfFull()
    }

    mutating func takeShapes() -> JSONShapes {
        var taken = JSONShapes()
        swap(&taken, &shapes)
        return taken
    }

    var offset: Int { at }
    var isAtEnd: Bool { at >= end }

    func error(_ message: String) -> JSONError {
        JSONError(offset: at, message: message)
    }

    mutating func skipByteOrderMark() {
        if end >= 3, base[0] == 0xEF, base[1] == 0xBB, base[2] == 0xBF { at = 3 }
    }

    @inline(__always)
    mutating func skipSpace() {
        while at < end {
            let byte = base[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at += 1
        }
    }

    mutating func value(depth: Int) throws(JSONError) -> Value {
        skipSpace()
        guard at < end else { throw error("a value is missing") }
        switch base[at] {
        case UInt8(ascii: "\""): return .string(try text())
        case UInt8(ascii: "{"): return try object(depth: depth + 1)
        case UInt8(ascii: "["): return try list(depth: depth + 1)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw error("no value starts like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: Value) throws(JSONError) -> Value {
        let count = word.utf8CodeUnitCount
        guard at + count <= end else { throw error("no value starts like this") }
        for i in 0..<count where base[at + i] != word.utf8Start[i] { throw error("no value starts like this") }
        at += count
        return value
    }

    private mutating func list(depth: Int) throws(JSONError) -> Value {
        guard depth <= JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit)") }
        at += 1
        skipSpace()
        if at < end, base[at] == UInt8(ascii: "]") {
            at += 1
            return .list([])
        }
        var items: [Value] = []
        while true {
            items.append(try value(depth: depth))
            skipSpace()
            guard at < end else { throw error("a list is never closed") }
            switch base[at] {
            case UInt8(ascii: ","): at += 1
            case UInt8(ascii: "]"):
                at += 1
                return .list(items)
            default: throw error("',' or ']' is missing")
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONError) -> Value {
        guard depth <= JSON.depthLimit else { throw error("nested deeper than \(JSON.depthLimit)") }
        at += 1
        skipSpace()
        if at < end, base[at] == UInt8(ascii: "}") {
            at += 1
            return .map(ValueMap(shape: shapes.empty, values: []))
        }
        var path = JSONShapes.Path()
        var values: [Value] = []
        while true {
            let place = try name(after: &path)
            if values.isEmpty { values.reserveCapacity(shapes.likelyCount(of: path)) }
            skipSpace()
            guard at < end, base[at] == UInt8(ascii: ":") else { throw error("':' is missing") }
            at += 1
            let value = try value(depth: depth)
            if place < values.count { values[place] = value } else { values.append(value) }
            skipSpace()
            guard at < end else { throw error("an object is never closed") }
            switch base[at] {
            case UInt8(ascii: ","):
                at += 1
                skipSpace()
            case UInt8(ascii: "}"):
                at += 1
                return .map(ValueMap(shape: shapes.shape(at: &path), values: values))
            default: throw error("',' or '}' is missing")
            }
        }
    }

    /// Reads a name of an object and says which place its value has.
    @inline(__always)
    private mutating func name(after path: inout JSONShapes.Path) throws(JSONError) -> Int {
        guard at < end, base[at] == UInt8(ascii: "\"") else { throw error("a name in quotes is missing") }
        if let length = shapes.follow(&path, base + at + 1, upTo: end - at - 1) {
            at += length + 2
            return path.count - 1
        }
        return try newName(after: &path)
    }

    private mutating func newName(after path: inout JSONShapes.Path) throws(JSONError) -> Int {
        let start = at + 1
        at = start
        let isASCII = skipPlain()
        if at < end, base[at] == UInt8(ascii: "\"") {
            let raw = UnsafeBufferPointer(start: base + start, count: at - start)
            if !isASCII { try checkUTF8(raw) }
            at += 1
            return shapes.add(raw, to: &path)
        }
        try unescape(from: start, isASCII: isASCII)
        return scratch.withUnsafeBufferPointer { shapes.add($0, to: &path) }
    }
}

// MARK: Texts

extension JSONReading {
    private mutating func text() throws(JSONError) -> String {
        let start = at + 1
        at = start
        let isASCII = skipPlain()
        if at < end, base[at] == UInt8(ascii: "\"") {
            let raw = UnsafeBufferPointer(start: base + start, count: at - start)
            let text = String(decoding: raw, as: UTF8.self)
            if !isASCII, !text.utf8.isCopy(of: raw) { throw invalidUTF8(in: raw) }
            at += 1
            return text
        }
        try unescape(from: start, isASCII: isASCII)
        return String(decoding: scratch, as: UTF8.self)
    }

    /// Goes on to the next quote, backslash or control character, eight bytes at a time.
    ///
    /// - Returns: whether all passed over were ASCII.
    @inline(__always)
    private mutating func skipPlain() -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var high: UInt64 = 0
        while at &+ 8 <= end {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let slash = word ^ (ones &* 0x5C)
            let stops =
                ((quote &- ones) & ~quote) | ((slash &- ones) & ~slash) | ((word &- (ones &* 0x20)) & ~word)
            let found = stops & tops
            if found != 0 {
                let count = found.trailingZeroBitCount >> 3
                high |= word & ((1 << UInt64(count * 8)) &- 1)
                at &+= count
                return high & tops == 0
            }
            high |= word
            at &+= 8
        }
        while at < end {
            let byte = base[at]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { break }
            high |= UInt64(byte)
            at &+= 1
        }
        return high & tops == 0
    }

    /// Reads on from an escape, or tells what ends the text too early; what the text says is in `scratch` then.
    private mutating func unescape(from start: Int, isASCII: Bool) throws(JSONError) {
        scratch.removeAll(keepingCapacity: true)
        var from = start
        var isASCII = isASCII
        while true {
            let run = UnsafeBufferPointer(start: base + from, count: at - from)
            if !isASCII { try checkUTF8(run) }
            scratch.append(contentsOf: run)
            guard at < end else { throw error("a text is never closed") }
            switch base[at] {
            case UInt8(ascii: "\""):
                at += 1
                return
            case UInt8(ascii: "\\"): try escape()
            default: throw error("a control character in a text must be escaped")
            }
            from = at
            isASCII = skipPlain()
        }
    }

    private mutating func escape() throws(JSONError) {
        guard at + 1 < end else { throw error("a text is never closed") }
        let byte: UInt8
        switch base[at + 1] {
        case UInt8(ascii: "\""): byte = UInt8(ascii: "\"")
        case UInt8(ascii: "\\"): byte = UInt8(ascii: "\\")
        case UInt8(ascii: "/"): byte = UInt8(ascii: "/")
        case UInt8(ascii: "b"): byte = 0x08
        case UInt8(ascii: "f"): byte = 0x0C
        case UInt8(ascii: "n"): byte = 0x0A
        case UInt8(ascii: "r"): byte = 0x0D
        case UInt8(ascii: "t"): byte = 0x09
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw error("no escape is written like this")
        }
        scratch.append(byte)
        at += 2
    }

    private mutating func unicodeEscape() throws(JSONError) {
        var code = try hexadecimal(at: at + 2)
        var length = 6
        if (0xD800...0xDBFF).contains(code), at + 7 < end, base[at + 6] == UInt8(ascii: "\\"),
            base[at + 7] == UInt8(ascii: "u")
        {
            let low = try hexadecimal(at: at + 8)
            if (0xDC00...0xDFFF).contains(low) {
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
                length = 12
            }
        }
        guard let scalar = Unicode.Scalar(code) else { throw error("half of a surrogate pair stands alone") }
        scratch.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
        at += length
    }

    private func hexadecimal(at start: Int) throws(JSONError) -> UInt32 {
        guard start + 4 <= end else { throw error("\\u takes four hexadecimal digits") }
        var code: UInt32 = 0
        for byte in UnsafeBufferPointer(start: base + start, count: 4) {
            let digit: UInt8
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
            case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
            default: throw error("\\u takes four hexadecimal digits")
            }
            code = code << 4 | UInt32(digit)
        }
        return code
    }

    private func checkUTF8(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
        // Decoding puts a replacement for what is no UTF-8, so only then do text and bytes differ.
        if !String(decoding: bytes, as: UTF8.self).utf8.isCopy(of: bytes) { throw invalidUTF8(in: bytes) }
    }

    /// The error at the first byte that is no UTF-8.
    private func invalidUTF8(in bytes: UnsafeBufferPointer<UInt8>) -> JSONError {
        var decoder = UTF8.ForwardParser()
        var rest = bytes.makeIterator()
        var good = 0
        while case .valid(let scalar) = decoder.parseScalar(from: &rest) { good += scalar.count }
        let start = bytes.baseAddress.map { base.distance(to: $0) } ?? at
        return JSONError(offset: start + good, message: "not UTF-8")
    }
}

extension String.UTF8View {
    fileprivate func isCopy(of bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        withContiguousStorageIfAvailable { own in
            guard own.count == bytes.count, let one = own.baseAddress, let other = bytes.baseAddress else {
                return own.count == bytes.count
            }
            return memcmp(one, other, own.count) == 0
        } ?? elementsEqual(bytes)
    }
}

// MARK: Numbers

extension JSONReading {
    private mutating func number() throws(JSONError) -> Value {
        let start = at
        let negative = base[at] == UInt8(ascii: "-")
        if negative { at += 1 }
        let firstDigit = at
        var mantissa: UInt64 = 0
        digits(into: &mantissa)
        let whole = at - firstDigit
        guard whole > 0 else { throw error("a digit is missing") }
        guard whole == 1 || base[firstDigit] != UInt8(ascii: "0") else {
            throw JSONError(offset: firstDigit, message: "a number cannot start with 0")
        }
        var fraction = 0
        if at < end, base[at] == UInt8(ascii: ".") {
            at += 1
            let first = at
            digits(into: &mantissa)
            fraction = at - first
            guard fraction > 0 else { throw error("a digit is missing") }
        } else if at >= end || base[at] | 0x20 != UInt8(ascii: "e") {
            // Up to 18 digits always fit; the few longer ones that do are read again with care.
            if whole <= 18 { return .int(negative ? -Int64(mantissa) : Int64(mantissa)) }
            return try longNumber(from: start)
        }
        var exponent = 0
        if at < end, base[at] | 0x20 == UInt8(ascii: "e") {
            exponent = try readExponent()
        }
        // Both factors are exact, so their product or quotient is rounded once, which is right.
        let power = exponent - fraction
        if whole + fraction <= 19, mantissa < 1 << 53, abs(power) <= 22 {
            let scale = powersOfTen[abs(power)]
            let magnitude = power < 0 ? Double(mantissa) / scale : Double(mantissa) * scale
            return .double(negative ? -magnitude : magnitude)
        }
        return try double(from: start)
    }

    @inline(__always)
    private mutating func digits(into mantissa: inout UInt64) {
        while at < end {
            let digit = base[at] &- UInt8(ascii: "0")
            guard digit < 10 else { return }
            mantissa = mantissa &* 10 &+ UInt64(digit)
            at &+= 1
        }
    }

    private mutating func readExponent() throws(JSONError) -> Int {
        at += 1
        var negative = false
        if at < end, base[at] == UInt8(ascii: "-") || base[at] == UInt8(ascii: "+") {
            negative = base[at] == UInt8(ascii: "-")
            at += 1
        }
        let first = at
        var exponent = 0
        while at < end {
            let digit = base[at] &- UInt8(ascii: "0")
            guard digit < 10 else { break }
            if exponent < 100_000 { exponent = exponent * 10 + Int(digit) }
            at += 1
        }
        guard at > first else { throw error("a digit is missing") }
        return negative ? -exponent : exponent
    }

    private func longNumber(from start: Int) throws(JSONError) -> Value {
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        if let number = Int64(text) { return .int(number) }
        return try double(from: start)
    }

    private func double(from start: Int) throws(JSONError) -> Value {
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: at - start), as: UTF8.self)
        guard let number = Double(text), number.isFinite else {
            throw JSONError(offset: start, message: "no 64-bit number is as large as this")
        }
        return .double(number)
    }
}

private let powersOfTen: [Double] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
    1e21, 1e22,
]
