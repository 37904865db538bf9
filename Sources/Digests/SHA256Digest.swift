internal import CNettle

/// A SHA-256 hash: the identity of a question, an idempotency key, the hash of a written output.
public struct SHA256Digest: Hashable, Sendable {
    public var bytes: [UInt8]

    /// - Parameter bytes: 32 bytes, as ``bytes`` gave them.
    public init?(bytes: [UInt8]) {
        guard bytes.count == 32 else { return nil }
        self.bytes = bytes
    }

    public init(of bytes: some Sequence<UInt8>) {
        var hasher = SHA256Stream()
        hasher.add(bytes)
        self = hasher.digest
    }

    public init(of text: String) {
        self.init(of: text.utf8)
    }

    /// 64 lower-case hexadecimal digits.
    public var hex: String { bytes.hexDigits }

    public init?(hex: String) {
        guard let bytes = [UInt8](hexDigits: hex) else { return nil }
        self.init(bytes: bytes)
    }
}

extension [UInt8] {
    /// Two lower-case digits each.
    fileprivate var hexDigits: String {
        let digits = Array<UInt8>("0123456789abcdef".utf8)
        return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    fileprivate init?(hexDigits text: String) {
        let digits = text.utf8.map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count.isMultiple(of: 2) else { return nil }
        self = []
        reserveCapacity(digits.count / 2)
        for place in stride(from: 0, to: digits.count, by: 2) {
            guard let high = digits[place], let low = digits[place + 1] else { return nil }
            append(UInt8(high << 4 | low))
        }
    }
}

/// SHA-256 of bytes that come in pieces. A copy goes on by itself.
public struct SHA256Stream: Sendable {
    private var context = sha256_ctx()

    public init() { nettle_sha256_init(&context) }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        nettle_sha256_update(&context, bytes.count, start.assumingMemoryBound(to: UInt8.self))
    }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { add(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { add($0) } }
    }

    /// How many bytes it has taken in.
    public var count: UInt64 { context.count * UInt64(Self.blockLength) + UInt64(context.index) }

    /// Adds a part that cannot run into its neighbours: its length goes in first.
    public mutating func addPart(_ part: some Collection<UInt8>) {
        var length = UInt64(part.count).littleEndian
        withUnsafeBytes(of: &length) { add($0) }
        add(part)
    }

    /// Of all bytes so far; more may follow.
    public var digest: SHA256Digest {
        var copy = context
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            linecook_sha256_finish(&copy, buffer.baseAddress)
            count = 32
        }
        guard let digest = SHA256Digest(bytes: bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}

// MARK: To go on elsewhere

extension SHA256Stream {
    private static let wordsLength = 32
    private static let blockLength = 64

    /// What another process, on this machine or another, needs to go on behind the bytes so far: how many whole blocks of
    /// 64 bytes they are (8 bytes), the eight words of the standard (32 bytes), all big-endian, and the bytes of the block
    /// that is not whole yet; two lower-case hexadecimal digits each.
    public var state: String {
        var context = context
        var state: [UInt8] = []
        state.reserveCapacity(8 + Self.wordsLength + Self.blockLength)
        withUnsafeBytes(of: context.count.bigEndian) { state += $0 }
        withUnsafeBytes(of: &context.state) { words in
            for word in words.bindMemory(to: UInt32.self) { withUnsafeBytes(of: word.bigEndian) { state += $0 } }
        }
        let begun = Int(context.index)
        withUnsafeBytes(of: &context.block) { state += $0[..<begun] }
        return state.hexDigits
    }

    /// - Parameter state: as ``state`` gave it; nil where it cannot be one.
    public init?(state: String) {
        let head = 8 + Self.wordsLength
        guard let state = [UInt8](hexDigits: state), (head..<head + Self.blockLength).contains(state.count) else {
            return nil
        }
        self.init()
        context.count = state[..<8].reduce(0) { $0 << 8 | UInt64($1) }
        withUnsafeMutableBytes(of: &context.state) { words in
            for (place, start) in stride(from: 8, to: head, by: 4).enumerated() {
                let word = state[start..<start + 4].reduce(0) { $0 << 8 | UInt32($1) }
                words.storeBytes(of: word, toByteOffset: place * 4, as: UInt32.self)
            }
        }
        context.index = CUnsignedInt(state.count - head)
        withUnsafeMutableBytes(of: &context.block) { $0.copyBytes(from: state[head...]) }
    }
}
