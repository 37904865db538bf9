#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension JSONReading {
    mutating func text() throws(JSONError) -> String {
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
    mutating func skipPlain() -> Bool {
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
    mutating func unescape(from start: Int, isASCII: Bool) throws(JSONError) {
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

    func checkUTF8(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONError) {
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
