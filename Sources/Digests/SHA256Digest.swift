internal import CLibCrypto

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
    public var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    public init?(hex: String) {
        let digits = Array(hex.utf8).map { Character(UnicodeScalar($0)).hexDigitValue }
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        for pair in stride(from: 0, to: 64, by: 2) {
            guard let high = digits[pair], let low = digits[pair + 1] else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self.init(bytes: bytes)
    }
}

/// SHA-256 of bytes that come in pieces.
public struct SHA256Stream {
    private final class Context {
        let pointer = EVP_MD_CTX_new()
        deinit { EVP_MD_CTX_free(pointer) }
    }

    private let context = Context()

    public init() {
        EVP_DigestInit_ex(context.pointer, EVP_sha256(), nil)
    }

    public mutating func add(_ bytes: UnsafeRawBufferPointer) {
        EVP_DigestUpdate(context.pointer, bytes.baseAddress, bytes.count)
    }

    public mutating func add(_ bytes: some Sequence<UInt8>) {
        let done: Void? = bytes.withContiguousStorageIfAvailable { add(UnsafeRawBufferPointer($0)) }
        if done == nil { Array(bytes).withUnsafeBytes { add($0) } }
    }

    /// Adds a part that cannot run into its neighbours: its length goes in first.
    public mutating func addPart(_ part: some Collection<UInt8>) {
        var length = UInt64(part.count).littleEndian
        withUnsafeBytes(of: &length) { add($0) }
        add(part)
    }

    /// Of all bytes so far; more may follow.
    public var digest: SHA256Digest {
        let copy = Context()
        EVP_MD_CTX_copy_ex(copy.pointer, context.pointer)
        let bytes = [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            EVP_DigestFinal_ex(copy.pointer, buffer.baseAddress, nil)
            count = 32
        }
        guard let digest = SHA256Digest(bytes: bytes) else { preconditionFailure("SHA-256 has 32 bytes") }
        return digest
    }
}
