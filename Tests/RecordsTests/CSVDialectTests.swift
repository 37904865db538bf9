import Foundation
import Runs
import Testing
import Values

@testable import Records

@Suite struct CSVDialectTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func source(
        _ bytes: [UInt8], delimiter: UInt8? = nil, encoding: TextEncoding? = nil, key: String? = nil
    ) throws -> CSVSource {
        try CSVSource(
            path: scratch.write("leads.csv", bytes), name: "leads.csv", key: key, delimiter: delimiter,
            encoding: encoding)
    }

    private func utf16(_ text: String, isBig: Bool = false, mark: Bool = true) -> [UInt8] {
        ((mark ? [0xFEFF] : []) + Array(text.utf16)).flatMap { unit in
            let bytes = [UInt8(unit & 0xFF), UInt8(unit >> 8)]
            return isBig ? bytes.reversed() : bytes
        }
    }

    // MARK: Delimiters

    @Test(arguments: [
        (";", "leads.csv reads as `;`-separated"), ("\t", "leads.csv reads as tab-separated"),
        ("|", "leads.csv reads as `|`-separated"),
    ])
    func `another delimiter is recognised and told`(sign: String, remark: String) throws {
        let text = "name,\(sign)town\(sign)note\nAnn\(sign)Ulm\(sign)\"a\(sign)b, c\"\nBob\(sign)Bonn\(sign)1,5\n"
            .replacingOccurrences(of: "name,", with: "name")
        let source = try source(Array(text.utf8))
        #expect(source.columns == ["name", "town", "note"])
        #expect(source.remarks == [remark])
        #expect(try ReadOut(source).texts("note") == ["a\(sign)b, c", "1,5"])
    }

    @Test(arguments: [
        "a,b\n1;x,2\n3;y,4\n", "a,b;c\n1,2\n3,4\n", "only\n1;2\n", "a|b|c\nfree text\nmore of it\n", "a,b\n",
        "\"a;b\",c\n\"1;2;3\",4\n", "a,b\n1\n2,3\n4,5\n",
    ])
    func `commas stay commas`(text: String) throws {
        #expect(try source(Array(text.utf8)).remarks.isEmpty)
    }

    @Test func `what the recipe says is taken, and not told again`() throws {
        let source = try source(Array("a;b,c\n1;2,3\n".utf8), delimiter: UInt8(ascii: ","), encoding: .utf8)
        #expect(source.columns == ["a;b", "c"])
        #expect(source.remarks.isEmpty)
        let dashes = try self.source(Array("a~b\n1~2\n".utf8), delimiter: UInt8(ascii: "~"))
        #expect(dashes.columns == ["a", "b"])
    }

    // MARK: Encodings

    @Test func `Windows-1252 is recognised and told`() throws {
        let bytes = Array("name;prix\nRen".utf8) + [0xE9] + Array(";5 ".utf8) + [0x80] + Array("\n".utf8)
        let source = try source(bytes, key: "name")
        #expect(source.remarks == ["leads.csv reads as `;`-separated, Windows-1252"])
        let read = try ReadOut(source)
        #expect(read.ids == ["René"])
        #expect(read.texts("prix") == ["5 €"])
    }

    @Test(arguments: [false, true])
    func `UTF-16 is recognised by its mark and told`(isBig: Bool) throws {
        let source = try source(utf16("name\ttown\r\nÄnne 🎉\tKöln\r\n", isBig: isBig))
        #expect(source.remarks == ["leads.csv reads as tab-separated, UTF-16"])
        let read = try ReadOut(source)
        #expect(read.inputs == [["name": "Änne 🎉", "town": "Köln"]])
        #expect(try source.count() == 1)
    }

    @Test func `UTF-16 without a mark is read where the recipe says so`() throws {
        #expect(try ReadOut(source(utf16("a,b\n1,é\n", mark: false), encoding: .utf16)).texts("b") == ["é"])
        let big = utf16("a,b\n1,é\n", isBig: true, mark: false)
        #expect(try ReadOut(source(big, encoding: .utf16be)).texts("b") == ["é"])
    }

    @Test func `half a character in UTF-16 fails its row alone`() throws {
        var bytes = utf16("id,b\nx,1\ny,?\nz,3\n")
        let place = try #require(bytes.indices.first { bytes[$0] == UInt8(ascii: "?") })
        bytes.replaceSubrange(place..<place + 2, with: [0x00, 0xD8])
        let read = try ReadOut(source(bytes, key: "id"))
        #expect(read.ids == ["x", "z"])
        #expect(read.messages == ["line 3 of leads.csv: the row is not UTF-16 throughout; save the file as CSV UTF-8"])
        #expect(try ReadOut(source(utf16("a,b\n1,2") + [0x41])).causes == [.undecodable])
    }

    @Test func `UTF-8 with a damaged row stays UTF-8`() throws {
        let bytes = Array("a,b\n1,Grüße\n2,caf".utf8) + [0xE9, 0x0A]
        let source = try source(bytes)
        #expect(source.remarks.isEmpty)
        #expect(try ReadOut(source).causes == [.undecodable])
    }

    // MARK: Size

    @Test(arguments: [TextEncoding.windows1252, .utf16le, .utf16be])
    func `the same rows come whatever the blocks, and a reader goes on behind any batch`(
        encoding: TextEncoding
    ) throws {
        var text = "id;text\n"
        for row in 1...3_000 { text += "\(row);\(String(repeating: "ü€x", count: row % 90))\n" }
        let bytes: [UInt8] =
            switch encoding {
            case .windows1252:
                text.unicodeScalars.map { $0 == "€" ? 0x80 : UInt8(truncatingIfNeeded: $0.value) }
            default: utf16(text, isBig: encoding == .utf16be)
            }
        let whole = try ReadOut(source(bytes))
        #expect(whole.texts("text") == (1...3_000).map { String(repeating: "ü€x", count: $0 % 90) })
        for block in [1_000, 7_777, 1 << 18] {
            var source = try source(bytes)
            source.bounds.block = block
            let read = try ReadOut(source, limit: 100, bytes: 50_000)
            #expect(read.inputs == whole.inputs)
            let middle = read.batches[read.batches.count / 2]
            let rest = try ReadOut(source, from: middle, limit: 100, bytes: 50_000)
            #expect(rest.inputs == Array(whole.inputs[middle.ordinal...]))
        }
    }
}
