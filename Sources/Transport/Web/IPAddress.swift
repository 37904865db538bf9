#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// An address that a connection can be made to, of either version.
package struct IPAddress: Hashable, Sendable, CustomStringConvertible {
    /// 4 or 16, most significant first.
    package let bytes: [UInt8]

    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// `192.0.2.1`, `2001:db8::1`; nil for anything else, shortened forms too.
    package init?(_ text: String) {
        var four = [UInt8](repeating: 0, count: 4)
        var sixteen = [UInt8](repeating: 0, count: 16)
        if inet_pton(AF_INET, text, &four) == 1 {
            bytes = four
        } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
            bytes = sixteen
        } else {
            return nil
        }
    }

    package var description: String {
        var text = [CChar](repeating: 0, count: 64)
        guard inet_ntop(bytes.count == 4 ? AF_INET : AF_INET6, bytes, &text, 64) != nil else { return "\(bytes)" }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// Whether it is somebody's on the public network: none of this machine, of a house's own network, of a link, of
    /// tests and documentation, of many at once, or kept for later.
    package var isPublic: Bool {
        guard bytes.count == 16 else { return Self.isPublic(four: bytes[...]) }
        // An address of version 4 in one of version 6 leads where that leads.
        for prefix in Self.mapping where bytes.starts(with: prefix) { return Self.isPublic(four: bytes.suffix(4)) }
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        return !Self.closedSixteen.contains { bytes.starts(with: $0) }
            && !(bytes[0] == 0x20 && bytes[1] == 0x01 && bytes[2] < 0x02)
    }

    private static func isPublic(four: ArraySlice<UInt8>) -> Bool {
        let address = four.reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        return !closedFour.contains { address >> (32 - $0.length) == $0.prefix >> (32 - $0.length) }
    }

    /// `::ffff:0:0/96` and `64:ff9b::/96`.
    private static let mapping: [[UInt8]] = [
        Array(repeating: 0, count: 10) + [0xFF, 0xFF], [0, 0x64, 0xFF, 0x9B] + Array(repeating: 0, count: 8),
    ]

    /// Documentation, and 6to4, which wraps any address of version 4.
    private static let closedSixteen: [[UInt8]] = [[0x20, 0x01, 0x0D, 0xB8], [0x20, 0x02], [0x3F, 0xFF, 0x00]]

    /// Networks by IANA's registry of special addresses.
    private static let closedFour: [(prefix: UInt32, length: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC058_6300, 24), (0xC0A8_0000, 16), (0xC612_0000, 15),
        (0xC633_6400, 24), (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    ]
}
