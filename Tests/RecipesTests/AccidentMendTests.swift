import Diagnostics
import Foundation
import Recipes
import Testing

@Suite struct AccidentMendTests {
    @Test(arguments: ["accidents-block", "accidents-flow", "accidents-quiet"])
    func `the quoted form that a message shows mends the accident`(name: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Goldens")
        var text = String(decoding: try Data(contentsOf: folder.appending(path: "\(name).yaml")), as: UTF8.self)
        let accidents = problems(text).filter { $0.message.hasPrefix("YAML ") && $0.message.contains("quote it: ") }
        #expect(accidents.count > 10)
        var mended = 0
        for accident in accidents.reversed() {
            let span = try #require(accident.span)
            let behind = try #require(accident.message.range(of: "quote it: ")).upperBound
            let quoted = accident.message[behind...].replacingOccurrences(
                of: ", or put a space after '#' if a comment is meant", with: "")
            var lines = text.components(separatedBy: "\n")
            let line = lines[span.start.line - 1]
            let (from, to) = (span.start.column - 1, span.end.column - 1)
            // A text that a comma cut is told at what was cut off, not as a whole.
            guard quoted.unicodeScalars.count >= to - from + 2, !accident.message.contains("ends before") else {
                continue
            }
            lines[span.start.line - 1] = String(line.prefix(from)) + quoted + String(line.dropFirst(to))
            text = lines.joined(separator: "\n")
            mended += 1
        }
        let left = problems(text).map(\.message).filter { $0.contains("quote it: ") && !$0.contains("ends before") }
        #expect(left == [])
        #expect(mended >= accidents.count - 1)
    }

    @Test func `notation that YAML reads as it is meant raises no alarm`() throws {
        _ = try read(
            """
            # a comment
            recipe: calm   # the name
            about: Sorts C# code, 100 % of it:not really # about
            input: {folder: ../docs, match: ["*.md", '*.txt']} # flow
            models: {writer: local}
            steps:
              - name: a
                when: "!input.ok" # not ok
                set: &fields
                  sum: size(input.tags) + 1 # one more
                  text: "it's {{ input.title }}: # {{ size('a, b') }}"
                  list: '[1, 2].map(n, n * 2)'
                  map: "{'a': 1}"
                  rest: input.n % 2 == 0 && input.m>3
                  long: input.a
                    + input.b   # folded
                  block: |
                    # no comment
                    input.a == "x: y" ? [1] : {"a": 2}
                  more: >-
                    {{ input.title }}: it's
                    folded
              - name: b
                set: *fields
              - {name: c, set: {a: size(input.text), b: 'input["Company Name"]', c: f(1)}}
            output: {jsonl: a.jsonl}

            """)
    }
}

private func problems(_ text: String) -> [Diagnostic] {
    var problems = Problems()
    _ = Recipe.read(Array(text.utf8), file: "recipe.yaml", grammar: .sample, problems: &problems)
    return problems.sorted
}
