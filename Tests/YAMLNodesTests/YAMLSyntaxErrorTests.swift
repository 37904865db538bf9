import Diagnostics
import TestSupport
import Testing
import YAMLNodes

@Suite struct YAMLSyntaxErrorTests {
    @Test(arguments: [
        (
            "name: «1»'unclosed\nsteps: []\n",
            "the text that starts with this quote never ends; close it with \"'\""
        ),
        ("a: «1»\"x\n---\n", "the text that starts with this quote never ends; close it with '\"'"),
        (
            "limits:\n  width: 2\n  «1»retries:3\nsteps: []\n",
            "a key ends with ': '; put a space after the colon of 'retries:'"
        ),
        (
            "a: 1\n«1»b\nc: 2\n",
            "there is neither a key with ': ' nor the rest of a value here; mend the indentation, or quote the value"
        ),
        ("a:\n«1»\tb: 1\n", "a tab cannot indent in YAML; use spaces"),
        ("a: «1»@b\n", "a text cannot start with '@' in YAML; quote it"),
        (
            "a: b«1»: c\n",
            "a second ': ' cannot stand here; quote the text that holds it, or mend the indentation of this line"
        ),
        ("a: «1»- b\n", "a list starts on a line of its own: put '- ' on the next line, indented"),
        ("a: «1»[b, c\n", "the list that starts here never ends; close it with ']'"),
        ("a: {b: c\nd«1»: e}\n", "',' or '}' was expected here; close the map, or quote the text before this"),
        (
            "a:\n  - b\n  «1»c: d\n",
            "'- ' and the next item was expected here; mend the indentation, or quote the value that ends before this"
        ),
        (
            "a: 'b' «1»c\n",
            "the next key was expected here; mend the indentation, or quote the value that ends before this"
        ),
        ("a: «1»*.md\n", "'*' starts an alias of YAML, and no name follows; quote the text that starts with it"),
        ("a: «1»& b\n", "'&' starts an anchor of YAML, and no name follows; quote the text that starts with it"),
        ("a: «1»!x\"y\" z\n", "'!' starts a tag of YAML; quote the text that starts with it"),
        ("a: «1»| b\n", "after '|' the text starts on the next line, indented; quote a text that starts with it"),
        (
            "a: \"x«1»\\dy\"\n",
            "'\\d' is no escape in double quotes; write '\\' twice, or use single quotes, in which it is plain"
        ),
        ("«1»]\n", "a value is missing before this, or the text that starts with it must be quoted"),
    ])
    func `a syntax error says what to do, at its cause`(marked: String, message: String) throws {
        let text = MarkedText(marked)
        let error = try #require(throws: YAMLSyntaxError.self) { try read(text.text) }
        #expect(error.diagnostic.message == message)
        #expect(error.diagnostic.span?.start == text[1])
    }

    @Test(arguments: [
        (
            [0x61, 0x3A, 0x20, 0xFF] as [UInt8], 4,
            "the file is not UTF-8: byte 0xFF cannot stand here; save the file as UTF-8"
        ),
        ([0x0A, 0xC3], 1, "the file is not UTF-8: byte 0xC3 cannot stand here; save the file as UTF-8"),
        ([0xED, 0xA0, 0x80], 1, "the file is not UTF-8: byte 0xED cannot stand here; save the file as UTF-8"),
        ([0xF4, 0x90, 0x80, 0x80], 1, "the file is not UTF-8: byte 0xF4 cannot stand here; save the file as UTF-8"),
        ([0xC0, 0x80], 1, "the file is not UTF-8: byte 0xC0 cannot stand here; save the file as UTF-8"),
        ([0x61, 0x00], 2, "the control character U+0000 cannot stand in YAML; write it as \"\\x00\" in quotes"),
        ([0xC2, 0x85], 1, "the control character U+0085 cannot stand in YAML; write it as \"\\x85\" in quotes"),
        (
            Array("é\u{2028}".utf8), 2,
            "the invisible line separator U+2028 stands here; delete it, or write it as \"\\u2028\" in quotes"
        ),
    ])
    func `bytes that are no text are refused at their place`(bytes: [UInt8], column: Int, message: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try SourceText(bytes, file: "recipe.yaml") }
        #expect(error.diagnostic.message == message)
        #expect(error.diagnostic.span?.start.column == column)
    }

    @Test func `no prefix of a recipe crashes the reader`() throws {
        let recipe = "a: &x {b: [1, 'two', \"th\\u0072ee\"], c: |2-\n    d\n  e\n, f: *x}\n- !t ? g : h\n"
        for end in 0...recipe.utf8.count {
            let bytes = Array(recipe.utf8.prefix(end))
            do throws(YAMLSyntaxError) {
                var reader = YAMLNodeReader(try SourceText(bytes, file: ""))
                while try reader.nextDocument() != nil {}
            } catch {
                #expect(!error.diagnostic.message.isEmpty)
            }
        }
    }
}
