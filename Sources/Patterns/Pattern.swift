import CRE2

/// A regular expression of RE2's syntax, found in time that grows with the text alone, whatever the pattern.
///
/// Offsets are UTF-8 bytes. May be used from several threads at once.
@safe public final class Pattern: Sendable {
    public let text: String
    /// How many groups the pattern has, the whole match not counted.
    public let groupCount: Int
    // RE2 lets any number of threads match with one compiled pattern; it is made in init and freed in deinit.
    private nonisolated(unsafe) let compiled: OpaquePointer

    /// What one compiled pattern and its automata may take; a pattern that needs more does not compile.
    static let memoryBound = 8 << 20

    public init(_ text: String) throws(PatternError) {
        guard
            let compiled = unsafe withCharacters(
                of: text, { unsafe cre2_new($0.baseAddress, $0.count, Self.memoryBound) })
        else { throw PatternError(pattern: text, message: "out of memory") }
        if let error = unsafe cre2_error(compiled) {
            let message = unsafe String(cString: error)
            unsafe cre2_delete(compiled)
            throw PatternError(pattern: text, message: message)
        }
        self.text = text
        unsafe self.compiled = compiled
        groupCount = unsafe Int(cre2_group_count(compiled))
    }

    deinit { unsafe cre2_delete(compiled) }

    /// Whether the pattern is found anywhere in the text.
    public func matches(_ text: String) -> Bool {
        unsafe withCharacters(of: text) { unsafe cre2_find(compiled, $0.baseAddress, $0.count, 0, nil, 0) }
    }

    /// The UTF-8 range of the first match at or after an offset. `^` means the start of the whole text.
    public func firstRange(in text: String, from start: Int = 0) -> Range<Int>? {
        unsafe withCharacters(of: text) { unsafe range(in: $0, from: start) }
    }

    /// The UTF-8 ranges of all matches that do not overlap, from left to right.
    public func ranges(in text: String) -> [Range<Int>] {
        unsafe withCharacters(of: text) { characters in
            var ranges: [Range<Int>] = []
            var start = 0
            while let found = unsafe range(in: characters, from: start) {
                ranges.append(found)
                start = found.upperBound
                guard found.isEmpty else { continue }
                // An empty match is not found twice, and never in the middle of a character.
                repeat { start += 1 } while unsafe start < characters.count && characters[start].continuesCharacter
            }
            return ranges
        }
    }

    private func range(in characters: UnsafeBufferPointer<CChar>, from start: Int) -> Range<Int>? {
        guard start >= 0, start <= characters.count else { return nil }
        var offsets = [0, 0]
        guard unsafe cre2_find(compiled, characters.baseAddress, characters.count, start, &offsets, 1) else {
            return nil
        }
        return offsets[0]..<offsets[1]
    }
}

extension CChar {
    /// Whether this byte of UTF-8 stands inside of a character; C's characters have a sign on some machines.
    fileprivate var continuesCharacter: Bool { UInt8(truncatingIfNeeded: self) & 0xC0 == 0x80 }
}

/// The text's UTF-8 as C sees it, for the time of one call.
private func withCharacters<Result>(of text: String, _ body: (UnsafeBufferPointer<CChar>) -> Result) -> Result {
    var text = text
    return text.withUTF8 { bytes in unsafe bytes.withMemoryRebound(to: CChar.self) { unsafe body($0) } }
}

/// Why a pattern does not compile, in RE2's words.
public struct PatternError: Error, Hashable, Sendable {
    public let pattern: String
    public let message: String
}
