import Testing
import ZipFiles
import ZipSamples

@Suite struct ZipArchiveTests {
    @Test func `no damage to a ZIP file is read past its end`() {
        let whole = smallZip([("a", "one"), ("b/c", "two")])
        #expect(ZipArchive(whole)?.content(of: "b/c", limit: 10) == Array("two".utf8))
        #expect(ZipArchive(whole)?.content(of: "b/c", limit: 2) == nil)
        for place in whole.indices {
            for byte: UInt8 in [0, 0x7F, 0xFF] {
                var damaged = whole
                damaged[place] = byte
                _ = ZipArchive(damaged)?.content(of: "b/c", limit: 1_000)
            }
            _ = ZipArchive(Array(whole[..<place]))?.content(of: "a", limit: 1_000)
        }
    }

    @Test func `a file is unpacked to what its directory says, and to no more`() throws {
        let honest = try #require(ZipArchive(packedZip("a", of: 1 << 20, says: 1 << 20)))
        #expect(honest.keepsItsWord)
        #expect(honest.content(of: "a", limit: 1 << 20) == [UInt8](repeating: 0x20, count: 1 << 20))
        for size in [0, 1, 1_000, 1 << 20 - 1] {
            let bomb = try #require(ZipArchive(packedZip("a", of: 1 << 20, says: size)))
            #expect(!bomb.keepsItsWord)
            #expect(bomb.content(of: "a", limit: 1 << 20) == nil)
        }
        let boast = try #require(ZipArchive(packedZip("a", of: 1_000, says: 1 << 20)))
        #expect(boast.keepsItsWord)
        #expect(boast.content(of: "a", limit: 1 << 20) == nil)
    }

    @Test func `no damage to what is packed is unpacked past its end`() {
        let whole = packedZip("a", of: 3_000, says: 3_000)
        for place in whole.indices {
            for byte: UInt8 in [0, 0x7F, 0xFF] {
                var damaged = whole
                damaged[place] = byte
                let archive = ZipArchive(damaged)
                _ = archive?.content(of: "a", limit: 1 << 20)
                _ = archive?.keepsItsWord
            }
        }
    }
}
