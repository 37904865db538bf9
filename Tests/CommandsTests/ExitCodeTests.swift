import Foundation
import TestSupport
import Testing
import Values

@testable import Commands

/// Every exit code by a real case; 130 and 143 stand with the signals in `SignalTests`.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ExitCodeTests {
    @Test func `the docs have every exit code there is, and no other, in the order that counts`() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../..").standardized
        let page = try String(contentsOf: root.appending(path: "docs/exit-codes.md"), encoding: .utf8)
        let told = page.matches(of: /(?m)^\| ([0-9]+) \|/).compactMap { Int32($0.1) }
        #expect(Set(told) == Set(ExitStatus.allCases.map(\.rawValue)))
        let order = ExitStatus.precedence.map(\.rawValue)
        var last = -1
        for code in told where order.contains(code) {
            let place = order.firstIndex(of: code) ?? -1
            #expect(place >= last, "\(code)")
            last = place
        }
    }

    @Test func `0 when every record is done`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["outcome"] == "done")
        #expect(run.err.contains("All 3 records done"))
        #expect(!run.err.contains("failures:"))
        #expect(run.out == "")
    }

    @Test func `1 when a record failed, and the others are done`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", "id,amount\na,1\nb,two\nc,3\n")
        let run = try await kitchen.run()
        #expect(run.code == 1)
        let report = try kitchen.report()
        #expect(report["outcome"] == "failures")
        #expect(report["counts"]?["done"] == 2)
        #expect(try kitchen.read("out/out.csv") == "id,twice\na,2\nc,6\n")
        #expect(run.err.contains("b"))
        #expect(run.err.contains("amount"))
    }

    @Test func `74 where what was asked for cannot be written, but not for a reader who left`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        for _ in 1...2 { #expect(try await kitchen.linecook("run", "recipe.yaml").code == 0) }
        let commands = [
            ["plan", "recipe.yaml"], ["runs"], ["runs", "--json"], ["schema"], ["doctor"], ["help", "run"],
            ["--version"], ["check", "recipe.yaml", "--format", "json"], ["report", "--show"], ["diff", "recipe.yaml"],
            ["show", "a"], ["show", "a", "--json"], ["review", "--list"],
        ]
        for command in commands {
            let full = try await kitchen.linecook(command, under: ["sh", "-c", "exec \"$@\" > /dev/full", "sh"])
            #expect(full.code == 74, "\(command): \(full.err)")
            let told = full.lines.count { $0.contains("cannot write to standard output: No space left on device") }
            #expect(told == 1 && !full.err.contains("ExitCode"), "\(command): \(full.err)")
        }
        let gone = try await kitchen.linecook(
            "plan", "recipe.yaml", under: ["bash", "-c", "set -o pipefail; \"$@\" | true", "sh"])
        #expect(gone.code == 0 && gone.err == "", "\(gone.err)")
    }

    @Test(arguments: [
        (["--limit", "-1"], "--limit takes a whole number from 1 on, not -1"),
        (["--output", ""], "--output takes a path, and got an empty one"),
        (["--in-flight", "-2"], "--in-flight takes a whole number from 1 on, or auto, not '-2'"),
    ])
    func `64 with the reason when an option has no such value`(words: [String], reason: String) async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        let run = try await kitchen.linecook(["run", "recipe.yaml"] + words)
        #expect(run.code == 64 && run.err.contains(reason), "\(run.err)")
    }

    @Test func `flagged records are 0, and 1 with --fail-on flagged`() async throws {
        let recipe = """
            recipe: flags
            input: {csv: rows.csv, fields: {amount: integer}}
            steps:
              - name: small
                check:
                  - rule: input.amount < 3
                    because: "{{ input.amount }} is too much"
                otherwise: flag
            output: [{csv: out.csv, columns: {id: input.id, flags: 'record.flags.join("; ")'}}]

            """
        let kitchen = try Kitchen(recipe)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        let run = try await kitchen.run()
        #expect(run.code == 0)
        #expect(try kitchen.report()["counts"]?["flagged"] == 1)
        #expect(try kitchen.lines("out/out.csv").last?.contains("3 is too much") == true)
        #expect(run.err.contains("1 of them flagged"))
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--fail-on", "flagged").code == 1)
    }

    @Test func `2 when the recipe is wrong, and nothing ran`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table.replacing("input.amount * 2", with: "input.amuont * 2"))
        try kitchen.write("rows.csv", SampleRecipes.rows)
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(run.err.contains("recipe.yaml:5:"))
        #expect(run.err.contains("did you mean 'amount'?"))
        #expect(!kitchen.exists("run"))
        #expect(!kitchen.exists("out"))
    }

    @Test func `2 when a key is missing, and nothing ran`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let run = try await kitchen.run("--model", "clerk=http://127.0.0.1:1/v1#test?key=NO_SUCH_KEY")
        #expect(run.code == 2)
        #expect(run.err.contains("the environment has no NO_SUCH_KEY"))
        #expect(!kitchen.exists("run"))
    }

    @Test func `2 when the local model is not installed, with the command that mends it`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let run = try await kitchen.run(environment: ["PATH": "/usr/bin:/bin"])
        #expect(run.code == 2)
        #expect(run.err.contains("the model 'clerk'"))
        #expect(run.err.contains("make setup"))
        #expect(!kitchen.exists("run"))
    }

    @Test func `4 when more records fail than the recipe allows`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask + "limits: {failures: 2, in_flight: 1}\n")
        for number in 1...30 {
            try kitchen.write("docs/\(number).md", SampleRecipes.document(number, "[fault 400]"))
        }
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 4, "\(run.err)")
        let report = try kitchen.report()
        #expect(report["outcome"] == "stopped")
        // It counts once 20 records have ended.
        #expect(report["counts"]?["failed"] == 20)
        #expect(report["counts"]?["not_reached"] == 10)
        #expect(run.err.contains("limits.failures"))
    }

    @Test func `4 when the local model does not start, with what its server said`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(3))
        let server = try kitchen.folder.writeProgram("server", "echo 'the weights are of no known kind' >&2; exit 1")
        try kitchen.write("model.gguf", "weights")
        let run = try await kitchen.run(
            environment: ["LINECOOK_LLAMA_SERVER": server, "LINECOOK_MODEL": kitchen.path("model.gguf")])
        #expect(run.code == 4, "\(run.err)")
        #expect(run.err.contains("the weights are of no known kind"))
        let report = try kitchen.report()
        #expect(report["outcome"] == "stopped")
        #expect(report["counts"]?["not_reached"] == 3)
        #expect(run.err.contains("linecook resume run"))
    }

    @Test(
        .serialized,
        arguments: [
            ["run"], ["run", "recipe.yaml", "--no-such-option"], ["no-such-command"],
            ["run", "recipe.yaml", "--limit", "none"], ["run", "recipe.yaml", "--limit", "0"],
            ["run", "recipe.yaml", "--limit", "-3"], ["run", "recipe.yaml", "--sample", "0"],
            ["run", "recipe.yaml", "--set", "name"], ["run", "recipe.yaml", "--model", "clerk"],
            ["run", "recipe.yaml", "--model", "clerk=somewhere"], ["run", "recipe.yaml", "--in-flight", "0"],
            ["run", "recipe.yaml", "--in-flight", "many"], ["run", "recipe.yaml", "--progress", "loud"],
            ["run", "recipe.yaml", "--fail-on", "failed"], ["check"], ["check", "recipe.yaml", "--format", "xml"],
            ["plan", "recipe.yaml", "--model", "clerk=somewhere"], ["run", "one.yaml", "two.yaml"],
        ])
    func `64 when the command line is wrong, and nothing ran`(words: [String]) async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(1))
        let run = try await kitchen.linecook(words)
        #expect(run.code == 64, "\(run.err)")
        #expect(run.err != "")
        #expect(run.out == "")
        #expect(!kitchen.exists(".linecook"))
    }

    @Test func `74 when the run folder cannot be made`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        let run = try await kitchen.linecook("run", "recipe.yaml", "--run", "rows.csv/run")
        #expect(run.code == 74, "\(run.err)")
        #expect(run.err.contains("rows.csv"))
        #expect(run.err.contains("--run"))
        #expect(try kitchen.read("rows.csv") == SampleRecipes.rows)
    }

    @Test func `74 when an output's place is taken by a folder`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        try kitchen.write("rows.csv", SampleRecipes.rows)
        try kitchen.write("out/out.csv/inside", "here first")
        let run = try await kitchen.run()
        #expect(run.code == 74, "\(run.err)")
        #expect(run.err.contains("out.csv"))
        #expect(run.err.contains("folder"))
        #expect(try kitchen.read("out/out.csv/inside") == "here first")
    }
}
