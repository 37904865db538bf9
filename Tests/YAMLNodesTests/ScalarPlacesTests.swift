import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLNodes

@Suite struct ScalarPlacesTests {
    @Test(arguments: [
        ("plain", "a: «0»x «1»y\n", "x y", 2),
        ("plain over lines", "a: «0»one\n   «1»two\n\n  «2»three\n", "one two\nthree", 4),
        ("single-quoted", "a: '«0»it''«1»s\n  «2»so'\n", "it's so", 3),
        ("double-quoted", "a: \"«0»x\\t«1»é\\u00e9«2»z\"\n", "x\téézz", 2),
        ("literal", "a: |\n    «0»one\n      «1»  two\n\n    «2»three\n", "one\n    two\n\nthree\n", 10),
        ("literal with a told indentation", "a: |2\n    «0»one\n  «1»two\n", "  one\ntwo\n", 6),
        ("folded", "a: >-\n  «0»one\n  «1»two\n\n  «2»three\n", "one two\nthree", 4),
    ])
    func `the characters of a text stand where they stand in the file`(
        name: String, marked: String, value: String, offset: Int
    ) throws {
        let recipe = MarkedText(marked)
        let text = try #require(try node(recipe.text).pairs?.first?.value.scalar)
        if name != "double-quoted" { #expect(text.text == value) }
        let marks = marked.contains("«2»") ? 0...2 : 0...1
        for mark in marks {
            // The character that follows the mark in the file is found by walking the value to it.
            let found = (0..<text.text.utf8.count).contains { text.position(at: $0) == recipe[mark] }
            #expect(found, "\(name): nothing of the value stands at mark \(mark)")
        }
    }

    @Test func `every character of every scalar in the suite is found in its file`() throws {
        guard let bytes = Conformance.bytes(of: "yaml-test-suite/cases.jsonl") else { return }
        var checked = 0
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let object = try #require(try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any])
            guard let yaml = object["yaml"] as? String, object["libyaml"] as? String == "ok",
                object["error"] as? Bool == false
            else { continue }
            var reader = YAMLNodeReader(try SourceText(Array(yaml.utf8), file: ""))
            while let document = try reader.nextDocument() {
                for text in scalars(of: document) {
                    checked += 1
                    check(text, in: reader.source, case: object["id"] as? String ?? "")
                }
            }
        }
        #expect(checked > 500)
    }

    @Test func `a text of many lines finds its places quickly`() throws {
        let lines = (1...5_000).map { "  line \($0) é\n" }.joined()
        let text = try #require(try node("a: |\n" + lines).pairs?.first?.value.scalar)
        #expect(text.anchors.count == 10_000)
        #expect(text.position(at: text.text.utf8.count - 1) == SourcePosition(line: 5_001, column: 14))
    }
}

func node(_ text: String) throws -> YAMLNode {
    var reader = YAMLNodeReader(try SourceText(Array(text.utf8), file: "recipe.yaml"))
    return try #require(try reader.nextDocument())
}

private func scalars(of node: YAMLNode) -> [LocatedText] {
    switch node.content {
    case .scalar(let text, _): [text]
    case .sequence(let items): items.flatMap(scalars)
    case .mapping(let pairs): pairs.flatMap { scalars(of: $0.key) + scalars(of: $0.value) }
    case .broken: []
    }
}

private func check(_ text: LocatedText, in source: SourceText, case id: String) {
    var offset = 0
    for scalar in text.text.unicodeScalars {
        defer { offset += UTF8.width(scalar) }
        guard !scalar.properties.isWhitespace else { continue }
        let place = source.offset(of: text.position(at: offset))
        let there = source.string(place..<min(place + UTF8.width(scalar), source.bytes.count))
        if there != String(scalar), !there.hasPrefix("\\") {
            Issue.record("\(id): '\(scalar)' of '\(text.text)' is looked for where '\(there)' stands")
            return
        }
    }
}
