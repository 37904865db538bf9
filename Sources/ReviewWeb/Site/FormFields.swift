/// Names and values of a form or a query (`application/x-www-form-urlencoded`), in their order.
package struct FormFields: Hashable, Sendable {
    package private(set) var all: [Field] = []

    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String
    }

    init() {}

    /// - Returns: nil for what is no such text: bytes that are no UTF-8, a half escape, more fields than any form of ours.
    init?(_ text: some Sequence<UInt8>) {
        for pair in Array(text).split(separator: UInt8(ascii: "&")) {
            let mark = pair.firstIndex(of: UInt8(ascii: "=")) ?? pair.endIndex
            guard all.count < Self.mostFields, let name = Self.decoded(pair[..<mark]),
                let value = Self.decoded(pair[mark...].dropFirst())
            else { return nil }
            all.append(Field(name: name, value: value))
        }
    }

    init?(_ text: String) { self.init(text.utf8) }

    private static let mostFields = 2_000

    /// The first of that name.
    package subscript(name: String) -> String? { all.first { $0.name == name }?.value }

    private static func decoded(_ bytes: ArraySlice<UInt8>) -> String? {
        var decoded: [UInt8] = []
        var rest = bytes
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): decoded.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                decoded.append(high << 4 | low)
            default: decoded.append(byte)
            }
        }
        return String(validating: decoded, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// A text as a value of a query.
    static func encoded(_ text: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var bytes: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x61...0x7A, 0x41...0x5A, 0x30...0x39, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."):
                bytes.append(byte)
            default: bytes += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
