import Diagnostics
import TestSupport
import Testing
import YAMLNodes

@Suite struct YAMLNodeReaderTests {
    @Test(arguments: [
        ("no", YAMLScalarValue.text("no")), ("on", .text("on")), ("yes", .text("yes")), ("012", .int(12)),
        ("0o17", .int(15)), ("0x1F", .int(31)), ("0o9", .text("0o9")), ("0x", .text("0x")), ("-7", .int(-7)),
        ("+7", .int(7)), ("1_000", .text("1_000")), ("1:30", .text("1:30")), ("~", .null), ("null", .null),
        ("", .null), ("nULL", .text("nULL")), ("TRUE", .bool(true)), ("tRUE", .text("tRUE")), ("1.", .float(1)),
        (".5", .float(0.5)), ("-.5e-1", .float(-0.05)), (".", .text(".")), ("1e3", .float(1000)), ("e3", .text("e3")),
        (".inf", .float(.infinity)), ("-.INF", .float(-.infinity)), ("2024-01-02", .text("2024-01-02")),
        ("9223372036854775807", .int(.max)), ("9223372036854775808", .float(9223372036854775808)),
        ("'12'", .text("12")), ("\"true\"", .text("true")), ("!!str 12", .text("12")), ("! 12", .text("12")),
        ("!!float 1", .float(1)), ("0x-1", .text("0x-1")), ("<<", .text("<<")), ("=", .text("=")),
    ])
    func `a scalar means what the core schema of YAML 1.2 says`(text: String, value: YAMLScalarValue) throws {
        #expect(try node("- \(text)").items?.first?.resolved == value)
    }

    @Test func `a block ends with its last child, a flow with its bracket`() throws {
        let recipe = MarkedText("a:\n  «1»- x\n  - «3»y z«2»\n\n\nb: «4»{c: d }«5» # end\n")
        let pairs = try #require(try node(recipe.text).pairs)
        #expect(pairs[0].value.span == span(recipe, 1, 2))
        #expect(pairs[0].value.items?[1].span == span(recipe, 3, 2))
        #expect(pairs[1].value.span == span(recipe, 4, 5))
    }

    @Test func `a place behind tag and anchor is that of the content`() throws {
        let recipe = MarkedText("«1»a: &n !t # why\n  «2»x y«3»\nb: &m\n  «4»c: d«5»\n")
        let pairs = try #require(try node(recipe.text).pairs)
        #expect(pairs[0].value.span == span(recipe, 2, 3))
        #expect(pairs[0].value.scalar?.text == "x y")
        #expect(pairs[0].value.tag == "!t")
        #expect(pairs[1].value.span == span(recipe, 4, 5))
    }

    @Test func `columns count characters, a byte order mark and both kinds of line end do not count`() throws {
        let pairs = try #require(try node("\u{FEFF}é: ü\r\n日本: '語'\r\n").pairs)
        #expect(pairs[0].value.span.start == SourcePosition(line: 1, column: 4))
        #expect(pairs[1].key.span.start == SourcePosition(line: 2, column: 1))
        #expect(pairs[1].value.span.start == SourcePosition(line: 2, column: 5))
    }

    @Test func `a doubled key is reported with the place of the first`() throws {
        let recipe = MarkedText("«1»a«2»: 1\nb: 2\n«3»'a'«4»: 3\n")
        let problems = try read(recipe.text)
        #expect(
            problems == [
                Diagnostic.error("the key 'a' stands here twice", at: span(recipe, 3, 4))
                    .noting("first here", at: span(recipe, 1, 2))
            ])
        #expect(try read("1: a\n'1': b\n").isEmpty)
        #expect(try read("e\u{301}: a\n\u{e9}: b\n").isEmpty)
        #expect(try read("? [a, b]\n: 1\n? [a, b]\n: 2\n").count == 1)
    }

    @Test func `an alias brings what its anchor names, from where that stands`() throws {
        let recipe = MarkedText("a: &n «1»x«2»\nb: «3»*n«4»\nc: &unused y\n")
        let pairs = try #require(try node(recipe.text).pairs)
        #expect(pairs[1].value.scalar?.text == "x")
        #expect(pairs[1].value.span == span(recipe, 1, 2))
        #expect(pairs[1].value.place == span(recipe, 3, 4))
        #expect(pairs[0].value.anchor?.isUsed == true)
        #expect(pairs[2].value.anchor?.isUsed == false)
    }

    @Test func `an alias of nothing and one of itself are problems, and reading goes on`() throws {
        #expect(
            try read("a: *x\nb: &y [*y]\nc: 1\nc: 2\n").map(\.message) == [
                "'*x' is an alias in YAML, and nothing before it has the anchor '&x'; "
                    + "if it is meant as text, write '*x' in quotes",
                "'*y' stands inside what it names, so it would never end",
                "the key 'c' stands here twice",
            ])
    }

    @Test func `aliases that multiply end at the bound`() throws {
        let laughs =
            "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
            + zip("abcdefgh", "bcdefghi").map {
                "\($1): &\($1) [*\($0), *\($0), *\($0), *\($0), *\($0), *\($0), *\($0), *\($0)]\n"
            }
            .joined()
        let error = try #require(throws: YAMLSyntaxError.self) { try read(laughs) }
        #expect(error.diagnostic.message == "with this alias written out the file has more than 100000 values")
    }

    @Test(arguments: [
        (String(repeating: "[", count: 100_000), "more than 64 lists and maps stand inside each other here"),
        (
            (0..<200).map { String(repeating: " ", count: $0) + "a:\n" }.joined(),
            "more than 64 lists and maps stand inside each other here"
        ),
        ("[" + String(repeating: "x,", count: 100_001) + "]", "the file has more than 100000 values"),
    ])
    func `a file too deep or too full is refused soon`(text: String, message: String) throws {
        let error = try #require(throws: YAMLSyntaxError.self) { try read(text) }
        #expect(error.diagnostic.message == message)
    }

    @Test func `an empty file has no document, and several are read one by one`() throws {
        var empty = YAMLNodeReader(try SourceText([], file: ""))
        #expect(try empty.nextDocument() == nil)
        var several = YAMLNodeReader(try SourceText(Array("a\n---\nb\n".utf8), file: ""))
        #expect(try several.nextDocument()?.scalar?.text == "a")
        #expect(try several.nextDocument()?.scalar?.text == "b")
        #expect(try several.nextDocument() == nil)
    }
}

/// The problems of a text that is YAML.
func read(_ text: String) throws -> [Diagnostic] {
    var reader = YAMLNodeReader(try SourceText(Array(text.utf8), file: "recipe.yaml"))
    while try reader.nextDocument() != nil {}
    return reader.problems.all
}

func span(_ text: MarkedText, _ start: Int, _ end: Int) -> SourceSpan {
    SourceSpan(file: "recipe.yaml", start: text[start], end: text[end])
}
