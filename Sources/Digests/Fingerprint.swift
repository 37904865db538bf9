internal import CXXHash

/// 128 bits that tell two byte strings apart: XXH3, fast and not secret.
///
/// Used to recognise ids and contents of one's own data between runs. What others could profit from forging (the
/// identity of a question, an idempotency key, the hash of an output) is a ``SHA256Digest``.
public struct Fingerprint: Hashable, Sendable {
    public var high: UInt64
    public var low: UInt64

    @inlinable
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    public init(of bytes: UnsafeRawBufferPointer) {
        let hash = XXH3_128bits(bytes.baseAddress, bytes.count)
        self.init(high: hash.high64, low: hash.low64)
    }

    public init(of bytes: some Sequence<UInt8>) {
        let fast = bytes.withContiguousStorageIfAvailable { Fingerprint(of: UnsafeRawBufferPointer($0)) }
        self = fast ?? Array(bytes).withUnsafeBytes { Fingerprint(of: $0) }
    }

    public init(of text: String) {
        self.init(of: text.utf8)
    }

    /// 32 lower-case hexadecimal digits.
    public var hex: String { high.hex + low.hex }
}

extension UInt64 {
    /// 16 lower-case hexadecimal digits.
    var hex: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}

/// A running fingerprint of bytes that come in pieces: the same value as of the whole.
public final class FingerprintStream {
    private let state: OpaquePointer

    public init() {
        state = XXH3_createState()
        XXH3_128bits_reset(state)
    }

    deinit { XXH3_freeState(state) }

    public func add(_ bytes: UnsafeRawBufferPointer) {
        XXH3_128bits_update(state, bytes.baseAddress, bytes.count)
    }

    /// Of all bytes so far; more may follow.
    public var fingerprint: Fingerprint {
        let hash = XXH3_128bits_digest(state)
        return Fingerprint(high: hash.high64, low: hash.low64)
    }
}
