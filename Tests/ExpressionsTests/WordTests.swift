import Testing
import Values

@testable import Expressions

@Suite struct WordTests {
    @Test(arguments: [
        ("Dear Anna, hello", "anna", true),
        ("Dear Annabel", "Anna", false),
        ("Dear Anna's friend", "Anna", true),
        ("Anna-Maria", "Anna", true),
        ("it’s 20 °C", "it's 20", true),
        ("the “old” house — empty", "the \"old\" house - empty", true),
        ("two\n  lines", "two lines", true),
        ("non\u{A0}breaking", " non breaking\n", true),
        ("MÜLLER & SÖHNE", "Müller & Söhne", true),
        ("ΑΘΗΝΑ", "αθηνα", true),
        ("Donau\u{AD}dampf", "donaudampf", true),
        ("Müllers Hof", "Müller", false),
        ("x2y", "2", false),
        ("version 2.", "2", true),
        ("anna banana anna", "nana", false),
        ("bananna Anna", "anna", true),
        ("東京都は広い", "東京", true),
        ("서울에서 만나", "서울", true),
        ("(C++)", "c++", true),
        ("anything", "", false),
        ("anything", " \n", false),
        ("", "a", false),
        ("café", "cafe", false),
    ])
    func `a text mentions whole words, however they are typeset`(text: String, phrase: String, isThere: Bool) throws {
        let found = try Frame.evaluating(Slots(count: 0)) { frame throws(Fault) in
            try FoldedText(text).mentions(phrase, &frame)
        }
        #expect(found == isThere)
    }

    @Test(arguments: [
        ("It's a well-known fact.", ["It's", "a", "well-known", "fact"]),
        ("it’s 3.5 or 1,000 -- really", ["it’s", "3.5", "or", "1,000", "really"]),
        ("'quoted' -dash- end-", ["quoted", "dash", "end"]),
        ("a--b a-'b", ["a", "b", "a", "b"]),
        ("Ünïcödé e\u{301}té", ["Ünïcödé", "e\u{301}té"]),
        ("x.y", ["x", "y"]),
        ("", []),
        (" \n ", []),
        ("🐱 cat", ["cat"]),
    ])
    func `words are letters and digits with single links between them`(text: String, words: [String]) {
        #expect(text.words() == words)
    }

    @Test(arguments: [
        ("short", 5, "short"),
        ("one two three", 12, "one two…"),
        ("one two three", 9, "one two…"),
        ("one two three", 8, "one two…"),
        ("one two three", 7, "one…"),
        ("one, two", 6, "one,…"),
        ("abcdefghij", 5, "abcd…"),
        ("ééééé ééééé", 7, "ééééé…"),
        ("🐱🐱🐱🐱", 3, "🐱🐱…"),
        ("anything", 1, "…"),
        ("anything", 0, ""),
        ("", 0, ""),
    ])
    func `a text is cut behind a word, inside of its bound`(text: String, limit: Int, cut: String) {
        let result = text.truncated(to: limit)
        #expect(result == cut)
        #expect(result.unicodeScalars.count <= max(limit, 0) || text.unicodeScalars.count <= limit)
    }

    @Test func `they are functions of the language`() throws {
        #expect(try Workbench.value("facts.people.all(p, input.text.mentions(p))") == true)
        #expect(try Workbench.value("size(input.text.words())") == 8)
        #expect(try Workbench.value("input.text.truncate(5)") == "Dear…")
        #expect(try Workbench.value("facts.json()") == .string(#"{"people":["Anna","Bob"],"count":2}"#))
        #expect(try Workbench.fault(in: "input.text.truncate(-1)") == "1: a text cannot be cut to -1 characters")
    }
}
