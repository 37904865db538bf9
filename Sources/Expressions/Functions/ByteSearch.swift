#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Where bytes stand first among others, in time that grows with both lengths and not with their product.
func offset(of part: UnsafeBufferPointer<UInt8>, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let first = part.first else { return bytes.startIndex }
    guard let base = bytes.base.baseAddress, let wanted = part.baseAddress, part.count <= bytes.count else {
        return nil
    }
    // Nearly always the first byte is rare enough to look for it alone. Where it is not, the search below takes over.
    var patience = 8 * bytes.count + 64
    var start = bytes.startIndex
    let last = bytes.endIndex - part.count
    while start <= last {
        guard let found = memchr(base + start, Int32(first), last - start + 1) else { return nil }
        start = UnsafeRawPointer(found) - UnsafeRawPointer(base)
        if memcmp(base + start, wanted, part.count) == 0 { return start }
        patience -= part.count
        if patience < 0 { return steadyOffset(of: part, in: bytes.base[start..<bytes.endIndex]) }
        start += 1
    }
    return nil
}

/// The search of Knuth, Morris and Pratt: it never looks at a byte twice.
private func steadyOffset(of part: UnsafeBufferPointer<UInt8>, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    // For each length of a match, the longest shorter match that it ends with.
    var fallback = [0, 0]
    fallback.reserveCapacity(part.count + 1)
    var length = 0
    for place in part.indices.dropFirst() {
        while length > 0, part[place] != part[length] { length = fallback[length] }
        if part[place] == part[length] { length += 1 }
        fallback.append(length)
    }
    length = 0
    for place in bytes.indices {
        while length > 0, bytes[place] != part[length] { length = fallback[length] }
        if bytes[place] == part[length] { length += 1 }
        if length == part.count { return place + 1 - length }
    }
    return nil
}

extension String {
    /// Whether another text's bytes stand somewhere in this one's.
    func containsBytes(of part: String) -> Bool {
        var (text, part) = (self, part)
        return text.withUTF8 { text in part.withUTF8 { offset(of: $0, in: text[...]) != nil } }
    }
}

/// Where bytes stand first among others, from an offset on.
func offset(of part: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
    guard start <= bytes.count else { return nil }
    return bytes.withUnsafeBufferPointer { bytes in part.withUnsafeBufferPointer { offset(of: $0, in: bytes[start...]) }
    }
}
