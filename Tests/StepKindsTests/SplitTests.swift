import Diagnostics
import Steps
import Testing
import Values

@testable import StepKinds

/// The same draws each time.
private struct Draws: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return (state >> 33) ^ state
    }
}

@Suite struct SplitTests {
    private func parts(
        _ text: String, _ unit: TextSplitter.Unit = .tokens, size: Int = 40, overlap: Int = 0
    ) -> [TextSplitter.Part] {
        TextSplitter(unit: unit, size: size, overlap: overlap).parts(of: text)
    }

    /// The parts without what each repeats of the one before.
    private func joined(_ parts: [TextSplitter.Part]) -> String {
        var scalars = String.UnicodeScalarView()
        var end = 0
        for part in parts {
            scalars += part.text.unicodeScalars.dropFirst(end - part.from)
            end = part.to
        }
        return String(scalars)
    }

    private static let pieces = [
        "word ", "Über", " a", ". ", "!\n", "\n\n", "# Head\n", "\r\n", "    ", "日本語。", "👩‍👩‍👧 ", "e\u{301}", "1234567 ",
        "---\n", "```\n",
        "internationalisation", "\t", "(so.) ", "\u{200D}", "https://a.example/b?c=d ", "\u{0}",
    ]

    @Test(arguments: [TextSplitter.Unit.tokens, .paragraphs, .headings])
    func `parts without their overlap join to the text, and none is too large`(unit: TextSplitter.Unit) {
        var draws = Draws(state: 7)
        for _ in 0..<400 {
            let text = (0..<Int.random(in: 0...300, using: &draws)).map { _ in
                Self.pieces.randomElement(using: &draws) ?? ""
            }.joined()
            let size = Int.random(in: 20...120, using: &draws)
            let overlap = Int.random(in: 0...size / 2, using: &draws)
            let parts = parts(text, unit, size: size, overlap: overlap)
            #expect(joined(parts).utf8.elementsEqual(text.utf8))
            var last = (from: -1, to: 0)
            for part in parts {
                #expect(TokenEstimate.tokens(in: part.text) <= size)
                #expect(part.from <= last.to && part.from > last.from && part.to > last.to)
                #expect(part.text.unicodeScalars.count == part.to - part.from)
                last = (part.from, part.to)
            }
            #expect(last.to == text.unicodeScalars.count)
        }
    }

    @Test func `an empty text has no parts, and a short one is one`() {
        #expect(parts("") == [])
        #expect(parts("One. Two.") == [.init(text: "One. Two.", from: 0, to: 9)])
    }

    @Test func `a cut is between paragraphs before it is between sentences, and there before between words`() {
        let sentence = "The quick brown fox jumps over the lazy dog. "
        let found = parts(String(repeating: sentence, count: 9), size: 60)
        #expect(found.count > 1)
        #expect(found.allSatisfy { $0.text.hasSuffix("dog. ") && $0.text.hasPrefix("The") })
        let words = parts(String(repeating: "cobweb ", count: 90), size: 60)
        #expect(words.allSatisfy { $0.text.hasPrefix("cobweb") && $0.text.hasSuffix("cobweb ") })
        let paragraphs = parts("\(sentence)\(sentence)\n\n\(sentence)\(sentence)", size: 60)
        #expect(paragraphs.map(\.text) == ["\(sentence)\(sentence)\n\n", "\(sentence)\(sentence)"])
    }

    @Test func `a number or an address is not cut at its points`() {
        let text = String(repeating: "pay 3.14 at www.example.org now ", count: 30)
        for part in parts(text, size: 30) {
            #expect(
                part.text.hasPrefix("pay") || part.text.first == "3" || part.text.hasPrefix("at")
                    || part.text.hasPrefix("www") || part.text.hasPrefix("now"))
        }
    }

    @Test func `an overlap begins at a sentence, or at a word where there is none`() {
        let text = (1...40).map { "Sentence number \($0) is here. " }.joined()
        let found = parts(text, size: 80, overlap: 30)
        #expect(found.count > 3)
        for (one, next) in zip(found, found.dropFirst()) {
            #expect(next.from < one.to)
            #expect(next.text.hasPrefix("Sentence"))
        }
    }

    @Test func `by paragraphs none is cut that fits`() {
        let long = String(repeating: "word ", count: 30) + "\n\n"
        let found = parts(long + long + "short\n\n" + long, .paragraphs, size: 80, overlap: 40)
        #expect(found.map { $0.text.hasSuffix("\n\n") } == found.map { _ in true })
        #expect(found.allSatisfy { $0.text.hasPrefix("word") || $0.text.hasPrefix("short") })
    }

    @Test func `by headings each section is a part, and code is no heading`() {
        let text = "Intro\r\n\r\n# One\nText\n```\n# no heading\n```\nTwo\n===\nmore\n## Three\n    # code\n#hashtag\n"
        #expect(
            parts(text, .headings, overlap: 10).map(\.text) == [
                "Intro\r\n\r\n", "# One\nText\n```\n# no heading\n```\n", "Two\n===\nmore\n",
                "## Three\n    # code\n#hashtag\n",
            ])
    }

    @Test func `places are counted in code points`() {
        let found = parts(String(repeating: "👩‍👩‍👧 日本。", count: 20), size: 40)
        #expect(found.count > 1)
        #expect(found.last?.to == 9 * 20)
    }

    @Test func `the estimate is on the high side`() {
        // As counted by a usual model's own pieces.
        #expect(TokenEstimate.tokens(in: "The quick brown fox jumps over the lazy dog.") >= 10)
        #expect(TokenEstimate.tokens(in: "Die Donaudampfschifffahrtsgesellschaft fährt wieder.") >= 14)
        #expect(TokenEstimate.tokens(in: "日本語の文章です。") >= 9)
        #expect(TokenEstimate.tokens(in: "") == 0)
    }

    @Test func `a step answers its parts`() throws {
        let bench = try Bench("split: {text: '\"One. Two.\"'}")
        #expect(bench.errors == [])
        #expect(bench.step?.answer.description == "list of {text: string, number: integer, from: integer, to: integer}")
        #expect(bench.notes.count == 1 && bench.notes[0].contains("estimated"))
        guard case .answered(let value) = try bench.verdict() else {
            Issue.record("no parts")
            return
        }
        #expect(JSON.text(of: value) == #"[{"text":"One. Two.","number":1,"from":0,"to":9}]"#)
    }

    @Test(arguments: [
        ("split: {text: '1 + 1'}", "'text' is a text, and this is integer"),
        ("split: {text: '\"a\"', size: 100, overlap: 60}", "'overlap' is at most half of 'size', which is 100"),
        ("split: {text: '\"a\"', by: pages}", "'by' must be"),
    ])
    func `what cannot be split is told`(step: String, message: String) throws {
        let bench = try Bench(step)
        #expect(bench.errors.count == 1 && bench.errors[0].contains(message), "\(bench.errors)")
    }
}
