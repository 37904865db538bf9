import Foundation
import TestSupport
import Testing
import Values

/// A run that was cut short goes on: nothing is lost, and no answer is paid for twice.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ResumeTests {
    // MARK: Stopped

    @Test func `run goes on with the run that Ctrl-C stopped, under its name and start`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(30))
        let server = try ModelServer("--hold", "5")
        let words = ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "2"]
        let run = try kitchen.start(words)
        try await server.wasAsked(7)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        let before = try kitchen.report(folder)
        let asked = try await server.figure("requests")

        let second = try await kitchen.linecook(words)
        #expect(second.code == 1, "\(second.err)")
        #expect(second.err.contains("going on with run two-"))
        #expect(try kitchen.files(".linecook/runs").count == 1)
        let after = try kitchen.report(folder)
        #expect(after["run"] == before["run"])
        #expect(after["started"] == before["started"])
        #expect(after["counts"]?["done"] == 30)
        #expect(try await server.figure("requests") == 60)
        #expect(try await server.figure("repeats") == 0)
        #expect(asked < 60)
        #expect(try kitchen.files("out") == ["out.csv", "out.jsonl"])

        // That run is over: the next one is new, and finds every answer.
        #expect(try await kitchen.linecook(words).code == 1)
        #expect(try kitchen.files(".linecook/runs").count == 2)
        #expect(try await server.figure("requests") == 60)
        #expect(try await kitchen.linecook(words + ["--no-cache"]).code == 1)
        #expect(try await server.figure("requests") == 120)
    }

    @Test func `--fresh starts a run beside the one that is not over, with the answers that are there`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(12))
        let server = try ModelServer("--hold", "3")
        let words = ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "2"]
        let run = try kitchen.start(words)
        try await server.wasAsked(5)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let fresh = try await kitchen.linecook(words + ["--fresh"])
        #expect(fresh.code == 1, "\(fresh.err)")
        #expect(try kitchen.files(".linecook/runs").count == 2)
        #expect(try await server.figure("requests") == 24)
    }

    @Test func `resume takes the options that the run was started with`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(12))
        let server = try ModelServer("--hold", "1")
        let run = try kitchen.start(
            [
                "run", "recipe.yaml", "--limit", "8", "--in-flight", "2", "--run", "run", "--output", "there",
                "--model",
                server.asClerk,
            ])
        try await server.wasAsked(3)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let resumed = try await kitchen.linecook("resume", "run")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(try kitchen.lines("there/out.jsonl").count == 8)
        let again = try await kitchen.linecook("resume", "run")
        #expect(again.code == 0, "\(again.err)")
        #expect(again.err.contains("nothing to do: run run is over, 8 of 8 records done"), "\(again.err)")
        #expect(try await server.figure("requests") == 16)
        // An output that somebody has changed is made again, from the kept answers.
        let written = try kitchen.read("there/out.jsonl")
        try kitchen.write("there/out.jsonl", "mine\n")
        #expect(try await kitchen.linecook("resume", "run").code == 0)
        #expect(try kitchen.read("there/out.jsonl") == written)
        #expect(try await server.figure("requests") == 16)
    }

    @Test func `--fresh that may not write the outputs leaves no run behind`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(12))
        let server = try ModelServer("--hold", "0")
        let words = ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "2"]
        let run = try kitchen.start(words)
        try await server.wasAsked(2)
        let refused = try await kitchen.linecook(words + ["--fresh"])
        #expect(refused.code == 74 && refused.err.contains("another run is writing"), "\(refused.err)")
        #expect(try kitchen.files(".linecook/runs").count == 1)
        run.send(SIGKILL)
        _ = await run.end()
        let quick = try ModelServer()
        let resumed = try await kitchen.linecook("run", "recipe.yaml", "--model", quick.asClerk)
        #expect(resumed.code == 1 && resumed.err.contains("going on with run two-"), "\(resumed.err)")
    }

    @Test func `what waits for a person in a run that --fresh leaves behind is rejected`() async throws {
        let recipe = SampleRecipes.two.replacing(
            "answer: {title: string <= 60}}",
            with:
                "answer: {title: string <= 60}}\n    expect: [{rule: 'title.title == \"\"', because: no title is wanted}]\n"
                + "    attempts: 1\n    otherwise: review")
        let kitchen = try Kitchen(recipe, documents: SampleRecipes.documentsAndShort(3))
        let server = try ModelServer()
        let waiting = try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk)
        #expect(waiting.code == 1, "\(waiting.err)")
        let old = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        #expect(try kitchen.report(old)["counts"]?["waiting"] == 3)
        let fresh = try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk, "--fresh")
        #expect(fresh.err.contains("3 records that waited for a person in \(old) are rejected"), "\(fresh.err)")
        let report = try kitchen.report(old)
        #expect(report["counts"]?["waiting"] == 0 && report["counts"]?["rejected"] == 3)
        #expect(try kitchen.read("\(old)/failures.csv").contains("superseded"))
        let runs = try await kitchen.linecook("runs")
        #expect(runs.code == 0 && runs.out.contains("3 rejected"), "\(runs.out)")
    }

    @Test func `rows that were kept and are gone are told, and made again from the answers`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documents(12))
        let server = try ModelServer("--hold", "5")
        let words = ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "2"]
        let run = try kitchen.start(words)
        try await server.wasAsked(7)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let kept = try kitchen.files("out").filter { $0.contains("spool") }
        #expect(!kept.isEmpty)
        for file in kept { try FileManager.default.removeItem(atPath: kitchen.path("out/\(file)")) }
        let second = try await kitchen.linecook(words)
        #expect(second.code == 0, "\(second.err)")
        #expect(second.err.contains("the rows that were kept for the outputs are not there any more"), "\(second.err)")
        #expect(try kitchen.lines("out/out.jsonl").count == 12)
        #expect(try await server.figure("requests") == 24)
    }

    // MARK: Killed

    @Test func `what was in flight when the run was killed is told by name, before and as it goes on`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(6))
        let server = try ModelServer("--hold", "0")
        let run = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "5"])
        try await server.wasAsked(5)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        server.release()
        let shown = try await kitchen.linecook("show", "run", "d02.md")
        #expect(shown.out.contains("topic: asked, and no answer is known"), "\(shown.out)\(shown.err)")
        let resumed = try await kitchen.linecook("resume", "run")
        #expect(resumed.code == 0, "\(resumed.err)")
        let told = "5 calls were in flight when the run ended (records d01.md, d02.md, d03.md and 2 more); what may"
        #expect(resumed.err.contains(told), "\(resumed.err)")
    }

    // MARK: Edited

    @Test func `an edited rule and output cost nothing, an edited prompt costs its own step`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(6))
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        #expect(try await server.figure("requests") == 12)
        try kitchen.write(
            "recipe.yaml",
            SampleRecipes.two.replacing("> 40", with: "> 2").replacing(
                "columns: {path: input.path, title: title.title}", with: "columns: {title: title.title}"))
        let rule = try await kitchen.linecook("resume", "run")
        #expect(rule.code == 0, "\(rule.err)")
        #expect(rule.err.contains("the recipe or its options are not what they were"))
        // Only the document that was too short.
        #expect(try await server.figure("requests") == 14)
        #expect(try kitchen.lines("out/out.csv").first == "title")
        try kitchen.write("recipe.yaml", SampleRecipes.two.replacing("a title?", with: "a short title?"))
        #expect(try await kitchen.linecook("resume", "run").code == 1)
        #expect(try await server.figure("requests") == 20)
        #expect(try await server.figure("repeats") == 0)
    }

    @Test func `new, changed and vanished records are told, and only what is new is asked`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(6))
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        try kitchen.write("docs/d00.md", SampleRecipes.document(70))
        try kitchen.write("docs/d03.md", SampleRecipes.document(71))
        try FileManager.default.removeItem(atPath: kitchen.path("docs/short.md"))
        let resumed = try await kitchen.linecook("resume", "run")
        #expect(resumed.code == 0, "\(resumed.err)")
        #expect(resumed.err.contains("1 record is new, such as d00.md"))
        #expect(resumed.err.contains("1 record is changed, such as d03.md"))
        #expect(resumed.err.contains("1 record is vanished, such as short.md"))
        #expect(try await server.figure("requests") == 16)
        #expect(try kitchen.lines("out/out.jsonl").count == 7)
        #expect(try kitchen.report()["counts"]?["read"] == 7)
    }

    // MARK: Retried

    @Test func `retry asks anew from the step that failed, and the old failure stays in the history`() async throws {
        var documents = SampleRecipes.documents(4)
        documents["d02.md"] = SampleRecipes.document(2, "[fault notjson x3]")
        let kitchen = try Kitchen(SampleRecipes.ask, documents: documents)
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        #expect(try await server.figure("requests") == 6)
        let failed = try kitchen.report()
        #expect(
            failed["failures"]?.list?.first?["retry"] == "linecook retry run --step topic --cause 'not JSON'")
        let retried = try await kitchen.linecook("retry", "run", "--step", "topic", "--cause", "not JSON")
        #expect(retried.code == 0, "\(retried.err)")
        // Its outputs have their own names by now, and nothing is lost.
        #expect(retried.err.contains("its outputs are made again, from kept answers"), "\(retried.err)")
        #expect(!retried.err.contains("not there any more"), "\(retried.err)")
        #expect(try await server.figure("requests") == 7)
        #expect(try kitchen.lines("out/out.jsonl").count == 4)
        #expect(try kitchen.report()["counts"]?["failed"] == 0)
        let none = try await kitchen.linecook("retry", "run")
        #expect(none.code == 2)
        #expect(none.err.contains("no record of the run failed"))
    }

    @Test func `retry of a run that was stopped says what goes on beside, before it is asked`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(12))
        let server = try ModelServer("--hold", "3")
        let run = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "2"])
        try await server.wasAsked(5)
        try await run.stop(server)
        #expect(await run.end().code == 130)
        let left = try #require(kitchen.report()["counts"]?["not_reached"]?.int)
        #expect(left > 1)
        let retried = try await kitchen.linecook("retry", "run", "--cause", "rule")
        #expect(retried.code == 1, "\(retried.err)")
        #expect(
            retried.err.contains("taking up 1 record again, and \(left) that were not reached go on\n"),
            "\(retried.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 12)
        let again = try await kitchen.linecook("retry", "run", "--cause", "rule")
        #expect(again.err.contains("taking up 1 record again\n"), "\(again.err)")
    }

    @Test func `retry of a record or step that is not there names those that are`() async throws {
        let kitchen = try Kitchen(
            SampleRecipes.ask, documents: ["a.md": SampleRecipes.document(1, "[fault 400]"), "b.md": "Well.\n"])
        let server = try ModelServer()
        #expect(try await kitchen.run("--model", server.asClerk).code == 1)
        let record = try await kitchen.linecook("retry", "run", "--record", "c.md")
        #expect(record.code == 2)
        #expect(record.err.contains("no record 'c.md' failed in this run; such as did are a.md"), "\(record.err)")
        let step = try await kitchen.linecook("retry", "run", "--step", "tropic")
        #expect(step.code == 2)
        #expect(step.err.contains("its steps are topic"))
        let cause = try await kitchen.linecook("retry", "run", "--cause", "request refusd")
        #expect(cause.code == 2, "\(cause.err)")
        #expect(
            cause.err.contains(
                "nothing in the run failed for the cause 'request refusd' (did you mean 'request refused'?); its causes are "
                    + "request refused"),
            "\(cause.err)")
        #expect(try await server.figure("requests") == 2)
    }

    @Test func `a run that nobody named is named, with its recipe, whatever is wrong`() async throws {
        let kitchen = try Kitchen(
            SampleRecipes.ask, documents: ["a.md": SampleRecipes.document(1, "[fault notjson x3]")])
        let server = try ModelServer("--key", "secret")
        let key = ["KITCHEN_KEY": "secret"]
        let run = try await kitchen.linecook(
            ["run", "recipe.yaml", "--model", "\(server.asClerk)?key=KITCHEN_KEY"], environment: key)
        #expect(run.code == 1, "\(run.err)")
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        for command in ["resume", "retry"] {
            let refused = try await kitchen.linecook(command)
            #expect(refused.code == 2, "\(refused.err)")
            #expect(refused.err.contains("KITCHEN_KEY"))
            #expect(refused.err.contains("the newest run here is \(folder), of recipe.yaml\n"), "\(refused.err)")
        }
        try FileManager.default.moveItem(atPath: kitchen.path("recipe.yaml"), toPath: kitchen.path("moved.yaml"))
        let gone = try await kitchen.linecook("retry", environment: key)
        #expect(gone.err.contains("error: the newest run here, \(folder): the recipe recipe.yaml"), "\(gone.err)")
    }

    // MARK: Bad input

    @Test func `a model that was renamed since the run was started with it is told, with the way on`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(4))
        let server = try ModelServer("--hold", "2")
        let run = try kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk, "--in-flight", "1"])
        try await server.wasAsked(3)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        server.release()
        try kitchen.write("recipe.yaml", SampleRecipes.ask.replacing("clerk", with: "scribe"))

        let resumed = try await kitchen.linecook("resume", "run")
        #expect(resumed.code == 2)
        let problem = "--model clerk=…: the recipe has no model 'clerk'; its model is 'scribe'"
        #expect(resumed.err.contains(problem), "\(resumed.err)")
        let asScribe = server.asClerk.replacing("clerk=", with: "scribe=")
        let command = "linecook run recipe.yaml --run run --model '\(asScribe)'"
        #expect(resumed.err.contains("go on under the new one: \(command)\n"), "\(resumed.err)")

        let diff = try await kitchen.linecook("diff", "run", "recipe.yaml", "--model", asScribe)
        let told = "to hold it against the same model: --model \(asScribe)"
        #expect(diff.code == 0 && diff.err.contains(told), "\(diff.err)")
        #expect(diff.out.contains("answers used again: 2 of topic"), "\(diff.out)")
        let gone = try await kitchen.linecook("run", "recipe.yaml", "--run", "run", "--model", asScribe)
        #expect(gone.code == 0, "\(gone.err)")
        // Two answers were kept, and the third question was in flight.
        #expect(try await server.figure("requests") == 5)

        let over = try await kitchen.linecook("resume", "run")
        #expect(over.code == 0, "\(over.err)")
    }

    @Test func `a run that is executed elsewhere is left alone`() async throws {
        let kitchen = try Kitchen(SampleRecipes.two, documents: SampleRecipes.documentsAndShort(12))
        let server = try ModelServer("--hold", "0")
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--model", server.asClerk])
        try await server.wasAsked(1)
        let second = try await kitchen.linecook("resume", "run")
        #expect(second.code == 2, "\(second.err)")
        #expect(second.err.contains("is being executed by process"))
        run.send(SIGKILL)
        _ = await run.end()
    }

    @Test func `a recipe that is gone, a journal that is damaged: named, with what to do`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(3))
        let server = try ModelServer("--hold", "1")
        let words = ["run", "recipe.yaml", "--model", server.asClerk, "--in-flight", "1"]
        let run = try kitchen.start(words)
        try await server.wasAsked(2)
        run.send(SIGKILL)
        #expect(await run.end().code == 137)
        server.release()
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        try FileManager.default.moveItem(atPath: kitchen.path("recipe.yaml"), toPath: kitchen.path("moved.yaml"))
        let gone = try await kitchen.linecook("resume", folder)
        #expect(gone.code == 2)
        #expect(gone.err.contains("recipe.yaml of this run is gone"))
        try FileManager.default.moveItem(atPath: kitchen.path("moved.yaml"), toPath: kitchen.path("recipe.yaml"))

        try kitchen.write("\(folder)/journal.sqlite", "no journal")
        let damaged = try await kitchen.linecook(words)
        #expect(damaged.code == 2, "\(damaged.err)")
        #expect(damaged.err.contains("journal.sqlite"))
        #expect(damaged.err.contains("--fresh"), "\(damaged.err)")
        #expect(try kitchen.files(".linecook/runs").count == 1)
        // Another run's damaged journal is told, and stops nobody else.
        let beside = try await kitchen.linecook(words + ["--fresh"])
        #expect(beside.code == 0, "\(beside.err)")
        #expect(beside.err.contains("warning: the answers of \(folder) are not used"))
        try kitchen.write(".linecook/answers.sqlite", String(repeating: "no store of answers ", count: 400))
        for file in ["-wal", "-shm"] where kitchen.exists(".linecook/answers.sqlite\(file)") {
            try FileManager.default.removeItem(atPath: kitchen.path(".linecook/answers.sqlite\(file)"))
        }
        let runs = try kitchen.files(".linecook/runs")
        let store = try await kitchen.linecook(words + ["--fresh"])
        #expect(store.code == 2, "\(store.err)")
        #expect(store.err.contains("delete it"))
        #expect(try kitchen.files(".linecook/runs") == runs, "no run was begun")
    }
}
