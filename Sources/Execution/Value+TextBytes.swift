internal import Values

extension Value {
    /// About how much memory it takes, by the bytes of its texts.
    var textBytes: Int {
        switch self {
        case .string(let text): text.utf8.count
        case .bytes(let bytes): bytes.count
        case .list(let items): items.reduce(0) { $0 + $1.textBytes }
        case .map(let map): map.values.reduce(0) { $0 + $1.textBytes }
        default: 0
        }
    }
}

/// About how much memory values take together, by the bytes of their texts. A long text that several of them share counts
/// once.
struct TextBytes {
    /// Shorter ones are not worth a look at where they lie.
    private static let long = 256

    private(set) var count = 0
    private var seen: Set<UnsafeRawPointer> = []

    mutating func add(_ value: Value) {
        switch value {
        case .string(let text): add(text.utf8.count, at: text.utf8.withContiguousStorageIfAvailable(\.baseAddress))
        case .bytes(let bytes): add(bytes.count, at: bytes.withContiguousStorageIfAvailable(\.baseAddress))
        case .list(let items): for item in items { add(item) }
        case .map(let map): for value in map.values { add(value) }
        default: break
        }
    }

    private mutating func add(_ bytes: Int, at start: UnsafePointer<UInt8>??) {
        if bytes >= Self.long, let start = start ?? nil, !seen.insert(UnsafeRawPointer(start)).inserted { return }
        count += bytes
    }
}
