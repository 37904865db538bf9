/// One text being read.
struct JSONReading {
    let base: UnsafePointer<UInt8>
    let end: Int
    var at: Int
    private(set) var shapes: JSONShapes
    /// Where texts with escapes are put together.
    var scratch: [UInt8] = []

    init(_ base: UnsafePointer<UInt8>, count: Int, from offset: Int = 0, shapes: consuming JSONShapes) {
        self.base = base
        end = count
        at = offset
        shapes.forgetIfFull()
        self.shapes = shapes
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
        items.reserveCapacity(4)
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
