import Digests
import Testing

@Suite struct SHA256Tests {
    // The examples of FIPS 180-4.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func `a text has the hash that the standard gives it`(text: String, hex: String) {
        #expect(SHA256Digest(of: text).hex == hex)
        #expect(SHA256Digest(hex: hex) == SHA256Digest(of: text))
        #expect(SHA256Digest(bytes: SHA256Digest(of: text).bytes) == SHA256Digest(of: text))
    }

    @Test func `bytes that come in pieces have the hash of the whole`() {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        for cut in [0, 1, 63, 64, 65, 999, 1_000] {
            var stream = SHA256Stream()
            stream.add(bytes[..<cut])
            let soFar = stream.digest
            stream.add(bytes[cut...].lazy.map { $0 })
            #expect(soFar == SHA256Digest(of: bytes[..<cut]))
            #expect(stream.digest == SHA256Digest(of: bytes))
        }
    }

    @Test(arguments: [0, 1, 63, 64, 65, 128, 999, 1_000])
    func `a stream goes on elsewhere from its state`(cut: Int) throws {
        let bytes = (0..<1_000).map { UInt8(truncatingIfNeeded: $0 * 7) }
        var stream = SHA256Stream()
        stream.add(bytes[..<cut])
        var other = try #require(SHA256Stream(state: stream.state))
        #expect(other.state == stream.state)
        other.add(bytes[cut...])
        #expect(other.digest == SHA256Digest(of: bytes))
        #expect(stream.digest == SHA256Digest(of: bytes[..<cut]))
    }

    // The words that the standard begins with.
    @Test func `the state of a new stream is the same on every machine`() {
        let words = "6a09e667bb67ae853c6ef372a54ff53a510e527f9b05688c1f83d9ab5be0cd19"
        #expect(SHA256Stream().state == String(repeating: "0", count: 16) + words)
    }

    // Of 65 zero bytes: one block, whose words the reference implementation gives, and a byte behind it.
    @Test func `the state behind a block names the block, its words and what follows`() {
        var stream = SHA256Stream()
        stream.add([UInt8](repeating: 0, count: 65))
        #expect(stream.count == 65)
        #expect(
            stream.state == "0000000000000001"
                + "da5698be17b9b46962335799779fbeca8ce5d491c0d26243bafef9ea1837a9d8" + "00")
    }

    @Test func `what is no state is not taken for one`() {
        let state = SHA256Stream().state
        let block = String(repeating: "00", count: 63)
        #expect(SHA256Stream(state: state + block) != nil)
        for wrong in ["", "00", String(state.dropLast(2)), state + block + "00", state + "0", state + "g0"] {
            #expect(SHA256Stream(state: wrong) == nil)
        }
    }

    @Test func `parts cannot run into their neighbours`() {
        func digest(_ parts: [String]) -> SHA256Digest {
            var stream = SHA256Stream()
            for part in parts { stream.addPart(part.utf8) }
            return stream.digest
        }
        let digests = [["ab", "c"], ["a", "bc"], ["abc"], ["abc", ""], ["", "abc"]].map(digest)
        #expect(Set(digests).count == digests.count)
    }

    @Test(arguments: [
        "", "00", String(repeating: "0", count: 63), String(repeating: "g", count: 64),
        String(repeating: "é", count: 32),
    ])
    func `what is no hash is not taken for one`(hex: String) {
        #expect(SHA256Digest(hex: hex) == nil)
    }

    @Test func `thirty-one bytes are no hash`() {
        #expect(SHA256Digest(bytes: Array(repeating: 0, count: 31)) == nil)
    }
}

@Suite struct FingerprintTests {
    // What the reference implementation of XXH3 gives with seed 0.
    @Test func `no bytes have the fingerprint that XXH3 gives them`() {
        #expect(Fingerprint(of: "").hex == "99aa06d3014798d86001c324468d497f")
        #expect(Fingerprint(of: [UInt8]()) == Fingerprint(of: ""))
    }

    @Test(arguments: [0, 1, 16, 17, 128, 129, 240, 241, 255, 256, 257, 1_024, 5_000])
    func `bytes that come in pieces have the fingerprint of the whole`(length: Int) {
        let bytes = (0..<length).map { UInt8(truncatingIfNeeded: $0 * 31) }
        let stream = FingerprintStream()
        for start in stride(from: 0, to: length, by: 7) {
            Array(bytes[start..<min(start + 7, length)]).withUnsafeBytes { stream.add($0) }
            #expect(stream.fingerprint == Fingerprint(of: bytes[..<min(start + 7, length)]))
        }
        #expect(stream.fingerprint == Fingerprint(of: bytes.lazy.map { $0 }))
        #expect(stream.fingerprint.hex.utf8.count == 32)
    }

    @Test func `texts that differ in one byte or in normalisation differ`() {
        let texts = ["a", "b", "ab", "ba", "a\u{0}", "\u{E9}", "e\u{301}"]
        #expect(Set(texts.map { Fingerprint(of: $0) }).count == texts.count)
    }
}
