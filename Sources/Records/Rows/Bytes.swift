#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The place of the next such byte from `start` on; the count where there is none.
@inline(__always)
func find(_ byte: UInt8, in bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    guard start < bytes.count, let base = bytes.baseAddress,
        let found = memchr(base + start, Int32(byte), bytes.count - start)
    else { return bytes.count }
    return UnsafeRawPointer(found) - base
}

func count(_ byte: UInt8, in bytes: UnsafeRawBufferPointer) -> Int {
    // 255 at most fit into the lanes of a vector of bytes, which is what the compiler makes of the inner loop.
    var total = 0
    var start = 0
    while start < bytes.count {
        let end = min(start + 255, bytes.count)
        var part: UInt8 = 0
        for place in start..<end where bytes[place] == byte { part &+= 1 }
        total += Int(part)
        start = end
    }
    return total
}

/// How many line ends there are: LF, CRLF, or a CR alone.
func countLines(in bytes: UnsafeRawBufferPointer) -> Int {
    var lines = count(UInt8(ascii: "\n"), in: bytes)
    var place = find(UInt8(ascii: "\r"), in: bytes, from: 0)
    while place < bytes.count {
        if place + 1 == bytes.count || bytes[place + 1] != UInt8(ascii: "\n") { lines += 1 }
        place = find(UInt8(ascii: "\r"), in: bytes, from: place + 1)
    }
    return lines
}

func isASCII(_ bytes: UnsafeRawBufferPointer) -> Bool {
    var seen: UInt64 = 0
    let words = bytes.count / 8
    for word in 0..<words { seen |= bytes.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) }
    for place in words * 8..<bytes.count { seen |= UInt64(bytes[place]) }
    return seen & 0x8080_8080_8080_8080 == 0
}

/// The offset of the first byte that is no part of a UTF-8 character; nil where all are.
func firstInvalidUTF8(in bytes: UnsafeRawBufferPointer) -> Int? {
    var place = 0
    while place < bytes.count {
        let byte = bytes[place]
        if byte < 0x80 {
            place += 1
            continue
        }
        let length: Int
        let second: ClosedRange<UInt8>
        switch byte {
        case 0xC2...0xDF: (length, second) = (2, 0x80...0xBF)
        case 0xE0: (length, second) = (3, 0xA0...0xBF)
        case 0xE1...0xEC, 0xEE...0xEF: (length, second) = (3, 0x80...0xBF)
        case 0xED: (length, second) = (3, 0x80...0x9F)
        case 0xF0: (length, second) = (4, 0x90...0xBF)
        case 0xF1...0xF3: (length, second) = (4, 0x80...0xBF)
        case 0xF4: (length, second) = (4, 0x80...0x8F)
        default: return place
        }
        guard place + length <= bytes.count, second.contains(bytes[place + 1]) else { return place }
        for follower in place + 2..<max(place + length, place + 2) where bytes[follower] & 0xC0 != 0x80 { return place }
        place += length
    }
    return nil
}

let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
