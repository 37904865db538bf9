import Foundation
import TestSupport
import Testing
import Values

/// A run that is killed as it writes, syncs, renames or sends something, whichever of these it is.
@Suite(.startsPrograms, .timeLimit(.minutes(60))) struct KillMomentTests {
    private static let recipe = """
        recipe: two
        models: {clerk: local}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: topic
            ask: {model: clerk, prompt: "{{ input.text }} What is it about?", answer: {label: string <= 40}}
          - name: title
            ask: {model: clerk, prompt: "{{ input.text }} {{ topic.label }}: a title?", answer: {title: string <= 60}}
        output:
          - {jsonl: out.jsonl, columns: {path: input.path, label: topic.label, title: title.title}}
          - {csv: out.csv, columns: {path: input.path, title: title.title}}

        """

    /// How many kills: `LINECOOK_KILLS=200` for the long form.
    private static let kills = ProcessInfo.processInfo.environment["LINECOOK_KILLS"].flatMap(Int.init) ?? 8

    /// What a run does that can be seen from outside: rows and journal pages, commits and checkpoints, requests and
    /// messages, outputs and reports that get their names.
    private static let calls = ["pwrite64", "fdatasync", "fsync", "rename", "write", "writev", "sendto"]

    /// How often a run that nobody disturbs does each.
    private func moments(_ kitchen: Kitchen, _ server: ModelServer) async throws -> [(call: String, count: Int)] {
        let trace = kitchen.path("trace")
        let words = ["strace", "-f", "-o", trace, "-e", "trace=\(Self.calls.joined(separator: ","))"]
        let run = try await kitchen.run("--model", server.asClerk, "--in-flight", "4", under: words)
        if run.code != 0, run.err.contains("ptrace") { try Test.cancel("strace may not trace here") }
        #expect(run.code == 0, "\(run.err)")
        let lines = try kitchen.lines("trace")
        return Self.calls.map { call in (call, lines.count { $0.contains(" \(call)(") }) }.filter { $0.count > 0 }
    }

    @Test func `killed at a commit, checkpoint, rename or request, it ends in the same bytes`() async throws {
        guard Rights.has("strace") else { try Test.cancel("strace is not here") }
        let seed = UInt64.random(in: 0...999_999)
        var random = Draws(seed: seed)
        let documents = SampleRecipes.documents(20)
        let clean = try Kitchen(Self.recipe, documents: documents)
        let moments = try await moments(clean, try ModelServer("--delay", "2"))
        let expected = try ["out/out.jsonl", "out/out.csv"].map { try clean.read($0) }
        let total = moments.reduce(0) { $0 + $1.count }

        var killedAt: [String: Int] = [:]
        var repeats = 0
        while killedAt.values.reduce(0, +) < Self.kills {
            let kitchen = try Kitchen(Self.recipe, documents: documents)
            let server = try ModelServer("--delay", "2")
            let words = ["--model", server.asClerk, "--in-flight", "4"]
            var killsHere = 0
            // A moment late in the run may lie behind the end of one that is gone on with: then nobody is killed.
            for _ in 0..<3 {
                var moment = Int.random(in: 0..<total, using: &random)
                guard
                    let call = moments.first(where: {
                        moment -= $0.count; return moment < 0
                    })
                else { continue }
                let place = moment + call.count + 1
                let run = try await kitchen.linecook(
                    ["run", "recipe.yaml", "--run", "run"] + words,
                    under: [
                        "strace", "-f", "-o", "/dev/null", "-e", "trace=\(call.call)", "-e",
                        "inject=\(call.call):signal=SIGKILL:when=\(place)",
                    ])
                guard run.code == 137 else { break }
                killsHere += 1
                killedAt[call.call, default: 0] += 1
            }
            let last = try await kitchen.linecook(["run", "recipe.yaml", "--run", "run"] + words)
            #expect(last.code == 0 || last.err.contains("holds a run that is over"), "seed \(seed): \(last.err)")
            let written = try ["out/out.jsonl", "out/out.csv"].map { try kitchen.read($0) }
            #expect(written == expected, "seed \(seed)")
            #expect(try kitchen.report()["counts"]?["done"] == 20, "seed \(seed)")
            #expect(try kitchen.files("out") == ["out.csv", "out.jsonl"], "seed \(seed)")
            let repeated = try await server.figure("repeats")
            #expect(repeated <= 4 * killsHere, "seed \(seed)")
            repeats += repeated
        }
        let kinds = killedAt.sorted { $0.key < $1.key }.map { "\($0.value) at \($0.key)" }.joined(separator: ", ")
        print("kills by what the run did just then: \(kinds); \(repeats) questions asked again; seed \(seed)")
    }
}
