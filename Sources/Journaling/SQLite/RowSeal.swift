internal import Digests

/// A hash over a row's values, kept in the row: SQLite has none of its own, and a flipped bit in an answer or a price
/// would go unseen.
struct RowSeal {
    private var words: [UInt64] = []

    init(capacity: Int = 24) { words.reserveCapacity(capacity) }

    /// Starts the next row with the same memory.
    mutating func clear() { words.removeAll(keepingCapacity: true) }

    mutating func add(_ number: Int64?) {
        words.append(number == nil ? 0 : 1)
        words.append(UInt64(bitPattern: number ?? 0))
    }

    mutating func add(_ number: Int?) { add(number.map(Int64.init)) }

    /// Null and no bytes at all are the same.
    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        words.append(UInt64(bytes.count))
        guard !bytes.isEmpty else { return }
        let hash = Fingerprint(of: bytes)
        words.append(hash.high)
        words.append(hash.low)
    }

    mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

    mutating func add(_ text: String?) {
        words.append(text == nil ? 0 : 1)
        var text = text ?? ""
        text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
    }

    var value: Int64 { Int64(bitPattern: words.withUnsafeBytes { Fingerprint(of: $0) }.low) }
}
