import CRE2

/// A regular expression of RE2's syntax, found in time that grows with the text alone, whatever the pattern.
///
/// Offsets are UTF-8 bytes. May be used from several threads at once.
public final class Pattern: Sendable {
    public let text: String
    /// How many groups the pattern has, the whole match not counted.
    public let groupCount: Int
    // RE2 allows any number of threads to match with one compiled pattern; it is written once, here, and freed in deinit.
    private nonisolated(unsafe) let compiled: OpaquePointer

    /// What one compiled pattern and its automata may take; a pattern that needs more does not compile.
    static let memoryBound = 8 << 20

    public init(_ text: String) throws(PatternError) {
        var text = text
        let compiled: OpaquePointer? = text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cre2_new($0.baseAddress, $0.count, Self.memoryBound) }
        }
        guard let compiled else { throw PatternError(pattern: text, message: "out of memory") }
        if let error = cre2_error(compiled) {
            let message = String(cString: error)
            cre2_delete(compiled)
            throw PatternError(pattern: text, message: message)
        }
        self.text = text
        self.compiled = compiled
        groupCount = Int(cre2_group_count(compiled))
    }

    deinit { cre2_delete(compiled) }

    /// Whether the pattern is found anywhere in the text.
    public func matches(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            bytes.withMemoryRebound(to: CChar.self) { cre2_find(compiled, $0.baseAddress, $0.count, 0, nil, 0) }
        }
    }

    /// The UTF-8 range of the first match at or after an offset. `^` means the start of the whole text.
    public func firstRange(in text: String, from start: Int = 0) -> Range<Int>? {
        var text = text
        return text.withUTF8 { bytes in range(in: bytes, from: start) }
    }

    /// The UTF-8 ranges of all matches that do not overlap, from left to right.
    public func ranges(in text: String) -> [Range<Int>] {
        var text = text
        return text.withUTF8 { bytes in
            var ranges: [Range<Int>] = []
            var start = 0
            while start <= bytes.count, let found = range(in: bytes, from: start) {
                ranges.append(found)
                start = found.isEmpty ? nextScalar(in: bytes, after: found.upperBound) : found.upperBound
            }
            return ranges
        }
    }

    private func range(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Range<Int>? {
        guard start >= 0, start <= bytes.count else { return nil }
        var offsets = [0, 0]
        let found = bytes.withMemoryRebound(to: CChar.self) {
            cre2_find(compiled, $0.baseAddress, $0.count, start, &offsets, 1)
        }
        return found ? offsets[0]..<offsets[1] : nil
    }

    /// An empty match must not be found twice, and never in the middle of a character.
    private func nextScalar(in bytes: UnsafeBufferPointer<UInt8>, after offset: Int) -> Int {
        var next = offset + 1
        while next < bytes.count, bytes[next] & 0xC0 == 0x80 { next += 1 }
        return next
    }
}

/// Why a pattern does not compile, in RE2's words.
public struct PatternError: Error, Hashable, Sendable {
    public let pattern: String
    public let message: String
}
