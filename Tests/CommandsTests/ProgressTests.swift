import Foundation
import TestSupport
import Testing
import Values

/// The live lines on a terminal of 80 columns and 24 rows.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ProgressTests {
    private func recipe(steps: Int) -> String {
        let asks = (1...steps).map { number in
            """
              - name: a_step_with_a_rather_long_name_number_\(number)
                ask: {model: clerk, prompt: "{{ input.text }} Part \(number)?", answer: {label: string <= 40}}

            """
        }
        return "recipe: long\nmodels: {clerk: local}\ninput: {folder: docs}\nsteps:\n" + asks.joined()
    }

    private func run(
        steps: Int, documents: Int, columns: Int = 80, environment: [String: String] = [:], _ more: String...
    ) async throws -> (Finished, TerminalScreen) {
        let kitchen = try Kitchen(recipe(steps: steps), documents: SampleRecipes.documents(documents))
        let server = try ModelServer("--delay", "50")
        let finished = try await kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk] + more, environment: environment,
            size: (columns, 24)
        ).end()
        var screen = TerminalScreen(columns: columns, rows: 24)
        screen.take(finished.out)
        return (finished, screen)
    }

    @Test func `one line a step and one for the whole, never wider than the terminal`() async throws {
        let (finished, screen) = try await run(steps: 3, documents: 9, "--in-flight", "3")
        #expect(finished.code == 0, "\(finished.out)")
        #expect(screen.unknown == [])
        let text = screen.text
        // The live lines stand once; what follows is the end of the run.
        let steps = text.filter { $0.hasPrefix("a_step_with_a_rather_lo") }
        #expect(steps.count == 3, "\(text)")
        #expect(steps.allSatisfy { $0.contains("9 done") })
        #expect(text.filter { $0.contains("9 of 9 records") }.count == 1)
        #expect(text.contains("All 9 records done"))
        // While it ran, too: it drew more than once, and always within the width.
        #expect(finished.out.contains("asking"))
        let drawn = finished.out.split(separator: "\r\n").filter { $0.contains(" · ") }
        #expect(drawn.count > 4)
        #expect(drawn.allSatisfy { plain($0).unicodeScalars.count <= 80 }, "\(drawn)")
    }

    @Test func `on a narrow terminal no line breaks`() async throws {
        let (finished, screen) = try await run(steps: 2, documents: 4, columns: 30)
        #expect(finished.code == 0)
        #expect(screen.text.filter { $0.hasPrefix("a_step_with") }.count == 2, "\(screen.text)")
    }

    @Test func `more steps than rows do not make the screen roll, and those in flight are shown`() async throws {
        let (finished, screen) = try await run(steps: 30, documents: 2)
        #expect(finished.code == 0)
        #expect(screen.unknown == [])
        // One row is the cursor's, one the whole's, and one says what is left out.
        #expect(screen.text.filter { $0.hasPrefix("a_step_with_a_rather_lo") }.count == 21, "\(screen.text)")
        #expect(screen.text.filter { $0 == "… 9 more steps" }.count == 1, "\(screen.text)")
        #expect(screen.text.filter { $0.contains(" of 2 records") }.count == 1, "\(screen.text)")
        let frames = finished.out.split(separator: "\u{1B}[J").map { $0.split(separator: "\r\n") }
        for frame in frames where frame.contains(where: { $0.contains(" records · ") && $0.contains(" asking") }) {
            #expect(frame.contains { $0.hasPrefix("a_step") && $0.contains(" asking") }, "\(frame)")
        }
    }

    @Test func `a run that goes on counts what was done before, and not for its pace`() async throws {
        var documents = SampleRecipes.documents(8)
        for name in ["e1.md", "e2.md", "e3.md"] { documents[name] = SampleRecipes.document(9, "\(name) [fault hang]") }
        let kitchen = try Kitchen(recipe(steps: 1), documents: documents)
        let server = try ModelServer()
        let words = ["run", "recipe.yaml", "--run", "run", "--in-flight", "2", "--model", server.asClerk]
        let first = try kitchen.start(words)
        try await server.wasAsked(10)
        first.send(SIGINT)
        try #require(await first.says("stopping: finishing"))
        first.send(SIGINT)
        #expect(await first.end().code == 130)
        #expect(try kitchen.report()["counts"]?["done"] == 8)

        let second = try kitchen.start(words, size: (100, 24))
        try #require(await second.says("8 of 11 records · 2 asking"))
        let said = second.output
        #expect(said.contains("8 done · 2 asking"), "\(said)")
        #expect(!said.contains(/[0-9]\/(s|min)/) && !said.contains(" left"), "\(said)")
        second.send(SIGKILL)
        _ = await second.end()
    }

    @Test func `the live lines follow the terminal's size`() async throws {
        // Nobody answers, so that it runs for as long as the test looks.
        let kitchen = try Kitchen(recipe(steps: 30), documents: ["a.md": SampleRecipes.document(1, "[fault hang]")])
        let server = try ModelServer()
        let run = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk], size: (80, 24))
        #expect(await run.says("… 9 more steps"))
        run.resize(columns: 20, rows: 10)
        #expect(await run.says("… 23 more steps"))
        run.resize(columns: 80, rows: 2)
        #expect(await run.says("\u{1B}[J0 of 1 record "))
        run.resize(columns: 100, rows: 60)
        #expect(await run.says("\u{1B}[1A\r\u{1B}[Ja_step"))
        run.send(SIGKILL)
        _ = await run.end()
    }

    @Test(.serialized, arguments: [["NO_COLOR": "1"], ["TERM": "dumb"]])
    func `NO_COLOR and a plain terminal have no colours`(environment: [String: String]) async throws {
        let (finished, _) = try await run(steps: 1, documents: 1, environment: environment)
        #expect(!finished.out.contains("\u{1B}[1m"))
        #expect(!finished.out.contains("\u{1B}[3"))
    }

    @Test func `a terminal has colours, and --no-color takes them away`() async throws {
        let (coloured, _) = try await run(steps: 1, documents: 1)
        #expect(coloured.out.contains("\u{1B}[1mThe 1") || coloured.out.contains("\u{1B}[1m"))
        let (plain, _) = try await run(steps: 1, documents: 1, "--no-color")
        #expect(!plain.out.contains("\u{1B}[1m"))
    }

    /// Without what moves the cursor or colours.
    private func plain(_ line: Substring) -> String {
        String(line).replacing(/\u{1B}\[[0-9;]*[A-Za-z]/, with: "").replacing("\r", with: "")
    }
}
