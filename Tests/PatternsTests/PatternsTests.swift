import Patterns
import Testing

@Suite struct PatternTests {
    @Test func `a pattern is found anywhere in the text`() throws {
        let pattern = try Pattern("gr(a|e)y")
        #expect(pattern.matches("a grey cat"))
        #expect(!pattern.matches("a green cat"))
        #expect(pattern.groupCount == 1)
    }

    @Test func `ranges are bytes and do not overlap`() throws {
        #expect(try Pattern("aa").ranges(in: "aaaaa") == [0..<2, 2..<4])
        #expect(try Pattern("é+").ranges(in: "xééy é") == [1..<5, 7..<9])
        #expect(try Pattern("b").firstRange(in: "abcb", from: 2) == 3..<4)
        #expect(try Pattern("^b").firstRange(in: "abcb", from: 1) == nil)
        #expect(try Pattern("z").firstRange(in: "abc") == nil)
        #expect(try Pattern("a").firstRange(in: "abc", from: 99) == nil)
    }

    @Test func `an empty match stands between characters and never inside of one`() throws {
        #expect(try Pattern("x*").ranges(in: "aé") == [0..<0, 1..<1, 3..<3])
        #expect(try Pattern("").ranges(in: "") == [0..<0])
        #expect(try Pattern("").matches(""))
    }

    @Test(arguments: [("(a", "missing )"), ("a**", "bad repetition operator"), (#"(\w)\1"#, "invalid escape sequence")])
    func `a text that is no pattern says why`(text: String, message: String) {
        let error = #expect(throws: PatternError.self) { try Pattern(text) }
        #expect(error?.message.contains(message) == true, "\(error?.message ?? "")")
        #expect(error?.pattern == text)
    }

    @Test func `a pattern that needs too much memory is refused`() {
        #expect(throws: PatternError.self) { try Pattern("((a{100}){100}){100}") }
    }

    @Test func `a pattern that takes other engines forever takes no time`() throws {
        let pattern = try Pattern("(a+)+$")
        #expect(!pattern.matches(String(repeating: "a", count: 100_000) + "!"))
    }

    @Test func `a text may hold any character, zero included`() throws {
        #expect(try Pattern("b$").matches("a\u{0}b"))
        #expect(try Pattern("a\\x00b").firstRange(in: "xa\u{0}b") == 1..<4)
    }

    @Test func `one pattern serves many threads at once`() async throws {
        let pattern = try Pattern("(b|c)+d")
        await withTaskGroup(of: Bool.self) { group in
            for number in 0..<32 {
                group.addTask {
                    (0..<200).allSatisfy {
                        pattern.matches(String(repeating: "bc", count: $0 % 7 + 1) + (number % 2 == 0 ? "d" : "e"))
                            == (number % 2 == 0)
                    }
                }
            }
            for await isRight in group { #expect(isRight) }
        }
    }
}

@Suite struct PatternCacheTests {
    @Test func `a pattern is compiled once`() throws {
        let cache = PatternCache()
        #expect(try cache.pattern("a+") === cache.pattern("a+"))
    }

    @Test func `a full cache starts anew and forgets`() throws {
        let cache = PatternCache(limit: 2)
        let first = try cache.pattern("a")
        _ = try cache.pattern("b")
        _ = try cache.pattern("c")
        #expect(try cache.pattern("a") !== first)
    }

    @Test func `patterns are told apart by their bytes`() throws {
        let cache = PatternCache()
        #expect(try cache.pattern("\u{E9}").matches("caf\u{E9}"))
        #expect(try !cache.pattern("e\u{301}").matches("caf\u{E9}"))
    }
}
