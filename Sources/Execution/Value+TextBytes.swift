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
