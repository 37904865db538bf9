import Foundation
import TestSupport
import Testing
import Values

@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ReportTests {
    /// One record of every fate that a run of today has.
    private func mixedRun() async throws -> (Kitchen, Finished) {
        let kitchen = try Kitchen(
            """
            recipe: mixed
            about: Every fate a record can have.
            models: {clerk: local}
            input: {folder: docs, match: "*.md"}
            steps:
              - name: known
                check:
                  - rule: "!input.text.contains('unknown')"
                    because: nobody knows this one
                otherwise: flag
              - name: wanted
                check:
                  - rule: "!input.text.contains('advert')"
                    because: an advert
                otherwise: skip
              - name: topic
                ask:
                  model: clerk
                  prompt: "{{ input.text }}"
                  answer: {label: string <= 40}
            output: [{csv: out.csv, columns: {path: input.path, label: topic.label}}]

            """,
            documents: [
                "a.md": SampleRecipes.document(1), "b.md": SampleRecipes.document(2, "unknown"),
                "c.md": SampleRecipes.document(3, "advert"), "d.md": SampleRecipes.document(4, "[fault notjson]"),
                "e.md": SampleRecipes.document(5, "[fault cutoff x1]"), "f.md": "",
            ])
        try kitchen.write("docs/g.md", [0x81, 0x41])
        let server = try ModelServer()
        return (kitchen, try await kitchen.run("--model", server.asClerk))
    }

    @Test func `report json holds what it promises, and its sums add up`() async throws {
        let (kitchen, run) = try await mixedRun()
        #expect(run.code == 1, "\(run.err)")
        let report = try kitchen.report()
        let keys = [
            "run", "recipe", "outcome", "counts", "steps", "failures", "spend", "collect", "outputs",
        ]
        #expect(keys.filter { report[$0] == nil } == [])
        #expect(report["recipe"] == "mixed")
        #expect(report["outcome"] == "failures")
        let counts = try #require(report["counts"])
        #expect(
            counts == [
                "read": 7, "done": 4, "flagged": 1, "failed": 2, "rejected": 0, "skipped": 1, "waiting": 0,
                "not_reached": 0,
            ])
        let steps = try #require(report["steps"]?.list)
        #expect(steps.map { $0["name"]?.string } == ["known", "wanted", "topic"])
        #expect(steps.map { $0["kind"]?.string } == ["check", "check", "ask"])
        for step in steps {
            for key in ["attempts", "seconds", "tokens_in", "tokens_out", "cost"] { #expect(step[key] != nil) }
        }
        #expect(steps[0]["flagged"] == 1)
        #expect(steps[1]["skipped"] == 1)
        #expect(steps[2]["failed"] == 1)
        // Four documents once, one twice, one three times in vain.
        #expect(steps[2]["attempts"] == 8)
        #expect(steps[2]["tokens_in"]?.int ?? 0 > 0)
        let failures = try #require(report["failures"]?.list)
        #expect(failures.map { $0["cause"]?.string }.sorted { $0 ?? "" < $1 ?? "" } == ["not JSON", "undecodable"])
        for failure in failures {
            #expect(failure["count"] == 1)
            #expect(failure["example"]?["record"]?.string?.hasSuffix(".md") == true)
            #expect(failure["example"]?["message"]?.string?.isEmpty == false)
        }
        #expect(report["spend"]?["currency"]?.string != nil)
        #expect(report["spend"]?["total"]?.number == 0)
    }

    @Test func `a model without a price is told in tokens at the end, in reports and by runs`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(2))
        let server = try ModelServer()
        let run = try await kitchen.linecook("run", "recipe.yaml", "--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        let told = /[1-9][0-9,]* tokens in, [1-9][0-9,]* out; no price is known for 'clerk'\n/
        #expect(run.err.contains(told), "\(run.err)")
        let runs = try await kitchen.linecook("runs")
        #expect(runs.out.contains(told), "\(runs.out)")
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        for report in ["report.md", "report.html"] {
            let text = try kitchen.read("\(folder)/\(report)")
            #expect(text.contains("No price is known for ") && !text.contains("0.00 USD"), "\(text)")
        }
        #expect(try kitchen.report(folder)["spend"]?["total"]?.number == 0)

        let priced = try await kitchen.linecook(
            "run", "recipe.yaml", "--no-cache", "--model", "\(server.asClerk)?price=1/2")
        #expect(priced.code == 0, "\(priced.err)")
        #expect(priced.err.contains(/\nspent: 0\.[0-9]+ USD\n/), "\(priced.err)")
        #expect(try await kitchen.linecook("runs").out.split(separator: "\n")[0].hasSuffix(" USD"))
    }

    @Test func `failures are listed for spreadsheets and for programs`() async throws {
        let (kitchen, _) = try await mixedRun()
        let lines = try kitchen.lines("run/failures.jsonl").map { try JSON.parse($0) }
        let failed = lines.filter { $0["outcome"] == "failed" }
        #expect(Set(failed.compactMap { $0["record"]?.string }) == ["d.md", "g.md"])
        let topic = try #require(failed.first { $0["record"] == "d.md" })
        #expect(topic["step"] == "topic")
        #expect(topic["cause"] == "not JSON")
        #expect(topic["attempt"] == 3)
        #expect(topic["prompt"]?.string?.contains("Letter 4") == true)
        #expect(topic["answer"]?.string == "Sure! Here is what you asked for.")
        let csv = try kitchen.read("run/failures.csv")
        #expect(csv.hasPrefix("\u{FEFF}kind,record,file,line,outcome,step,cause,attempt,message\n"))
        #expect(csv.contains("d.md"))
        #expect(csv.contains("not JSON"))
    }

    @Test func `the terminal tells each cause with an example, and where things are`() async throws {
        let (_, run) = try await mixedRun()
        #expect(run.err.contains("topic, not JSON: 1 record failed, such as d.md"))
        #expect(run.err.contains("undecodable: 1 record failed, such as g.md"))
        #expect(run.err.contains("output: out/out.csv (4 records)"))
        #expect(run.err.contains("\nfailures: run/failures.csv\nreport: run/report.html\n"), "\(run.err)")
    }

    @Test func `the run folder holds what it is to hold`() async throws {
        let (kitchen, _) = try await mixedRun()
        let files = [
            "failures.csv", "failures.jsonl", "journal.sqlite", "recipe.yaml", "report.html", "report.json",
            "report.md",
        ]
        #expect(Set(files).isSubset(of: try kitchen.files("run")))
        #expect(try kitchen.read("run/recipe.yaml") == kitchen.read("recipe.yaml"))
        #expect(try kitchen.read("run/report.md").contains("mixed"))
        let page = try kitchen.read("run/report.html")
        #expect(page.hasPrefix("<!"))
        // Self-contained: nothing is fetched when it is opened.
        #expect(!page.contains(" src=\"http"))
        #expect(!page.contains("<link"))
    }

    @Test func `reports made again are the same, byte for byte`() async throws {
        let (kitchen, _) = try await mixedRun()
        let names = ["report.html", "report.json", "report.md", "failures.csv", "failures.jsonl"]
        let before = try names.map { try kitchen.read("run/\($0)") }
        for name in names { try kitchen.write("run/\(name)", "") }
        let again = try await kitchen.linecook("report", "run")
        #expect(again.code == 0, "\(again.err)")
        #expect(try names.map { try kitchen.read("run/\($0)") } == before)
        let shown = try await kitchen.linecook("report", "run", "--show")
        #expect(try shown.out == kitchen.read("run/report.md"))
    }

    @Test func `a run that is not there is told, with those that are`() async throws {
        let (kitchen, _) = try await mixedRun()
        let none = try await kitchen.linecook("report", "no-such-run")
        #expect(none.code == 2)
        #expect(none.err.contains("there is no run 'no-such-run'"))
        try kitchen.write("empty/journal.sqlite", "this is no database")
        let broken = try await kitchen.linecook("report", "empty")
        #expect(broken.code == 2, "\(broken.err)")
        #expect(broken.err.contains("empty/journal.sqlite"))
    }

    @Test func `runs are listed, newest first, with their counts`() async throws {
        let kitchen = try Kitchen(SampleRecipes.table)
        let none = try await kitchen.linecook("runs")
        #expect(none.code == 0)
        #expect(none.out == "")
        try kitchen.write("rows.csv", SampleRecipes.rows)
        _ = try await kitchen.linecook("run", "recipe.yaml")
        _ = try await kitchen.linecook("run", "recipe.yaml", "--limit", "2")
        let runs = try await kitchen.linecook("runs")
        #expect(runs.code == 0, "\(runs.err)")
        let lines = runs.out.split(separator: "\n")
        try #require(lines.count == 2)
        #expect(lines.allSatisfy { $0.hasPrefix("double-") && $0.contains("done") })
        #expect(lines[0].contains("2 read"))
        #expect(lines[1].contains("3 read"))
        let json = try await kitchen.linecook("runs", "--json").out.split(separator: "\n")
        #expect(try json.map { try JSON.parse(String($0))["counts"]?["read"] } == [2, 3])
        // The newest one is the one that `report` takes by itself.
        let report = try await kitchen.linecook("report")
        #expect(report.err.contains("All 2 records done"))
        // And by its name, as `runs` tells it.
        let name = String(lines[1].prefix { $0 != " " })
        #expect(try await kitchen.linecook("report", name).err.contains("All 3 records done"))
    }

    @Test func `of runs that started in one second, the last is the newest, whatever they are called`() async throws {
        let kitchen = try Kitchen()
        // The later one comes first by its name.
        for (recipe, row) in [("zebra", "a,1\n"), ("aardvark", "a,1\nb,2\n")] {
            try kitchen.write("\(recipe).csv", "id,amount\n\(row)")
            let text = SampleRecipes.table.replacing("recipe: double", with: "recipe: \(recipe)")
            try kitchen.write("\(recipe).yaml", text.replacing("rows.csv", with: "\(recipe).csv"))
            let folder = ".linecook/runs/\(recipe)-20261122-144512"
            try FileManager.default.createDirectory(
                atPath: kitchen.path(".linecook/runs"), withIntermediateDirectories: true)
            #expect(try await kitchen.linecook("run", "\(recipe).yaml", "--run", folder).code == 0)
        }
        let runs = try await kitchen.linecook("runs").out.split(separator: "\n")
        #expect(runs.map { $0.contains("aardvark") } == [true, false], "\(runs)")
        #expect(try await kitchen.linecook("report").err.contains("All 2 records done"))
        #expect(try await kitchen.linecook("resume").err.contains("aardvark"))
    }

    @Test func `a run that is being executed is told as running, with the process, until that is gone`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(3))
        let server = try ModelServer("--hold", "0")
        let run = try kitchen.start(["run", "recipe.yaml", "--model", server.asClerk])
        try await server.wasAsked(1)
        let runs = try await kitchen.linecook("runs")
        #expect(runs.out.contains("  running (process \(run.id))  "), "\(runs.out)")
        let json = try JSON.parse(try await kitchen.linecook("runs", "--json").out)
        #expect(json["outcome"] == "running" && json["executed_by"] == .string("process \(run.id)"))
        let report = try await kitchen.linecook("report", "--show")
        #expect(report.err.contains("Running: 0 of 3 records done"), "\(report.err)")
        #expect(report.out.contains("Executed by `process \(run.id)` right now."), "\(report.out)")
        #expect(!report.out.contains("Stopped") && !report.out.contains("Run it again"), "\(report.out)")
        let folder = ".linecook/runs/\(try kitchen.files(".linecook/runs")[0])"
        #expect(try kitchen.report(folder)["outcome"] == "running")
        #expect(try !kitchen.read("\(folder)/report.html").contains("Run it again"))

        run.send(SIGKILL)
        _ = await run.end()
        #expect(try await kitchen.linecook("runs").out.contains("  stopped  "))
        let after = try await kitchen.linecook("report", "--show")
        #expect(after.err.contains("Not ended: 0 of 3 records done"), "\(after.err)")
        #expect(after.out.contains("Run it again"), "\(after.out)")
        #expect(try kitchen.report(folder)["executed_by"] == .null)
    }
}
