import Digests
import Testing

@testable import Records

@Suite struct KeySetTests {
    @Test func `an id is told with the first record that had it`() {
        let keys = KeySet()
        #expect(keys.insert(Fingerprint(of: "a"), ordinal: 7) == nil)
        #expect(keys.insert(Fingerprint(of: "b"), ordinal: 8) == nil)
        #expect(keys.insert(Fingerprint(of: "a"), ordinal: 9) == 7)
        #expect(keys.insert(Fingerprint(of: "a"), ordinal: 10) == 7)
    }

    @Test func `every id is found again, and at most 32 bytes are held for each`() {
        let keys = KeySet()
        var highest = 0.0
        var mistaken = 0
        for number in 0..<200_000 {
            if keys.insert(Fingerprint(of: String(number)), ordinal: number) != nil { mistaken += 1 }
            if number >= 20_000, number.isMultiple(of: 1_000) {
                highest = max(highest, Double(keys.bytes) / Double(number))
            }
        }
        var lost = 0
        for number in stride(from: 0, to: 200_000, by: 7) {
            if keys.insert(Fingerprint(of: String(number)), ordinal: 0) != number { lost += 1 }
        }
        #expect(mistaken == 0)
        #expect(lost == 0)
        #expect(highest <= 32)
    }

    @Test func `ids whose fingerprints are neighbours stay apart`() {
        let keys = KeySet()
        let mistaken = (0..<5_000).count { number in
            let key = Fingerprint(high: UInt64(number / 100), low: UInt64(number % 100) << 32)
            return keys.insert(key, ordinal: number) != nil
        }
        #expect(mistaken == 0)
        #expect(keys.insert(Fingerprint(high: 13, low: 37 << 32), ordinal: 0) == 1_337)
    }
}
