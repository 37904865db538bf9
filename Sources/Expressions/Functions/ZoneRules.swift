import Values

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The rules of one time zone: the changes of the past, and how it goes on from there (RFC 8536).
struct ZoneRules: Sendable {
    /// The moments at which clocks were changed, rising, and how far they have been ahead since each.
    private var changes: [(moment: Int64, secondsAhead: Int)]
    private var before: Int
    private var after: ZoneFuture?

    static let greenwich = ZoneRules(changes: [], before: 0, after: nil)

    private init(changes: [(moment: Int64, secondsAhead: Int)], before: Int, after: ZoneFuture?) {
        self.changes = changes
        self.before = before
        self.after = after
    }

    func secondsAhead(at moment: Int64) -> Int {
        if let last = changes.last, moment >= last.moment {
            return after?.secondsAhead(at: moment) ?? last.secondsAhead
        }
        if changes.isEmpty { return after?.secondsAhead(at: moment) ?? before }
        // The last change that is not later.
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle].moment <= moment { low = middle + 1 } else { high = middle }
        }
        return low == 0 ? before : changes[low - 1].secondsAhead
    }

    /// From the bytes of a TZif file; nil when they are something else.
    init?(file bytes: [UInt8]) {
        guard let first = Header(bytes, at: 0) else { return nil }
        guard first.version >= UInt8(ascii: "2") else {
            self.init(bytes, first, wide: false)
            return
        }
        guard let second = Header(bytes, at: first.end(wide: false)) else { return nil }
        self.init(bytes, second, wide: true)
        let footer = bytes.dropFirst(second.end(wide: true)).split(separator: UInt8(ascii: "\n")).first
        after = footer.flatMap { ZoneFuture(String(decoding: $0, as: UTF8.self)) }
    }

    private init?(_ bytes: [UInt8], _ header: Header, wide: Bool) {
        guard header.end(wide: wide) <= bytes.count, header.typeCount > 0 else { return nil }
        let width = wide ? 8 : 4
        let kinds = header.start + header.changeCount * width
        let types = kinds + header.changeCount
        func secondsAhead(_ type: Int) -> Int {
            type < header.typeCount ? Int(Self.integer(bytes, at: types + type * 6, width: 4)) : 0
        }
        changes = (0..<header.changeCount).map { place in
            let moment = Self.integer(bytes, at: header.start + place * width, width: width)
            return (moment, secondsAhead(Int(bytes[kinds + place])))
        }
        before = secondsAhead(0)
    }

    fileprivate static func integer(_ bytes: [UInt8], at offset: Int, width: Int) -> Int64 {
        let bits = bytes[offset..<offset + width].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return width == 4 ? Int64(Int32(truncatingIfNeeded: bits)) : Int64(bitPattern: bits)
    }

    /// The counts at the start of each half of a file.
    private struct Header {
        var version: UInt8
        var start: Int
        var changeCount: Int
        var typeCount: Int
        private var otherCounts: (isUT: Int, isStandard: Int, leaps: Int, characters: Int)

        init?(_ bytes: [UInt8], at offset: Int) {
            guard bytes.count >= offset + 44, bytes[offset...].starts(with: "TZif".utf8) else { return nil }
            let counts = (0..<6).map { Int(ZoneRules.integer(bytes, at: offset + 20 + $0 * 4, width: 4)) }
            guard counts.allSatisfy({ (0...bytes.count).contains($0) }) else { return nil }
            version = bytes[offset + 4]
            start = offset + 44
            (changeCount, typeCount) = (counts[3], counts[4])
            otherCounts = (counts[0], counts[1], counts[2], counts[5])
        }

        func end(wide: Bool) -> Int {
            let width = wide ? 8 : 4
            return start + changeCount * (width + 1) + typeCount * 6 + otherCounts.characters
                + otherCounts.leaps * (width + 4) + otherCounts.isStandard + otherCounts.isUT
        }
    }
}

/// All the bytes of a file, or nil where there is none that can be read.
func readFile(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var part = [UInt8](repeating: 0, count: 16_384)
    while true {
        let count = fread(&part, 1, part.count, file)
        guard count > 0 else { return ferror(file) == 0 ? bytes : nil }
        bytes.append(contentsOf: part[..<count])
    }
}
