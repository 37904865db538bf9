import TestSupport
import Testing
import Values

/// What a network or a model does wrong in the middle of a run.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ModelFaultTests {
    @Test(
        .serialized,
        arguments: [
            "[fault 429 x1]", "[fault 500 x1]", "[fault 503 x1]", "[fault 529 x1]", "[fault drop x1]",
            "[fault truncate x1]",
            "[fault malformed x1]",
        ])
    func `what passes is tried again, and every record is done at its first attempt`(fault: String) async throws {
        var documents = SampleRecipes.documents(3)
        documents["d02.md"] = SampleRecipes.document(2, fault)
        let kitchen = try Kitchen(SampleRecipes.ask, documents: documents)
        let server = try ModelServer("--retry-after", "0")
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["done"] == 3)
        #expect(report["steps"]?.list?.first?["attempts"] == 3)
        #expect(try await server.figure("requests") == 4)
        #expect(try kitchen.lines("out/out.jsonl").count == 3)
    }

    @Test func `Retry-After is waited for`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: ["a.md": SampleRecipes.document(1, "[fault 429 x1]")])
        let server = try ModelServer("--retry-after", "1")
        let clock = ContinuousClock()
        let start = clock.now
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        #expect(clock.now - start >= .seconds(1))
    }

    @Test(
        .serialized,
        arguments: [
            ("cutoff", "cut off"), ("refuse", "refused"), ("empty", "empty"), ("notjson", "not JSON"),
        ])
    func `an answer that is no good is a failed attempt, and the next one is told why`(
        fault: String, cause: String
    ) async throws {
        let kitchen = try Kitchen(
            SampleRecipes.ask,
            documents: [
                "once.md": SampleRecipes.document(1, "[fault \(fault) x1]"),
                "ever.md": SampleRecipes.document(2, "[fault \(fault)]"),
            ])
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 1, "\(run.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["done"] == 1)
        #expect(report["failures"]?.list?.map { $0["cause"] } == [.string(cause)])
        #expect(report["failures"]?.list?.first?["step"] == "topic")
        // Two for the one, three for the other.
        #expect(report["steps"]?.list?.first?["attempts"] == 5)
        let attempts = try kitchen.lines("run/failures.jsonl").map { try JSON.parse($0) }
            .filter { $0["record"] == "ever.md" && $0["outcome"] == "failed" }
        let last = try #require(attempts.max { $0["attempt"]?.int ?? 0 < $1["attempt"]?.int ?? 0 })
        #expect(last["attempt"] == 3)
        #expect(last["prompt"]?.string?.contains("This answer cannot be used: ") == true)
    }

    @Test func `an answer against the rules is asked for again with the reason`() async throws {
        let recipe = SampleRecipes.ask.replacing(
            "output:",
            with: """
                    expect:
                      - rule: "topic.label.startsWith('never ')"
                        because: the label '{{ topic.label }}' does not begin with never
                    attempts: 2
                    otherwise: flag
                output:
                """)
        let kitchen = try Kitchen(recipe, documents: SampleRecipes.documents(2))
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["flagged"] == 2)
        #expect(report["steps"]?.list?.first?["attempts"] == 4)
        #expect(run.err.contains("topic, rule: 2 records flagged"))
        #expect(run.err.contains("does not begin with never"))
        // A flagged step that answered keeps its answer.
        #expect(try kitchen.lines("out/out.jsonl").allSatisfy { try JSON.parse($0)["label"]?.string != nil })
    }

    @Test func `a request that is refused is not asked again, and the provider's message is told`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: ["a.md": SampleRecipes.document(1, "[fault 422]")])
        let server = try ModelServer()
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 1)
        #expect(run.err.contains("injected 422"))
        #expect(try await server.figure("requests") == 1)
    }

    @Test func `a body of one byte a second is cut off at the time limit`() async throws {
        let recipe = SampleRecipes.ask.replacing("output:", with: "    timeout: 2s\n    attempts: 8\noutput:")
        let kitchen = try Kitchen(recipe, documents: ["a.md": SampleRecipes.document(1, "[fault slow x1]")])
        let server = try ModelServer("--slow", "1000")
        let run = try await kitchen.run("--model", server.asClerk)
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 1)
    }

    @Test func `a key that is not accepted stops the run and fails no record`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(30))
        let server = try ModelServer("--key", "the-right-one")
        let model = "clerk=\(server.url)/v1#stub?key=CLERK_KEY"
        let wrong = try await kitchen.run("--model", model, environment: ["CLERK_KEY": "sk-wrong-4711"])
        #expect(wrong.code == 4, "\(wrong.err)")
        #expect(wrong.err.contains("does not accept the key in CLERK_KEY (401"), "\(wrong.err)")
        #expect(!wrong.err.contains("sk-wrong-4711") && !wrong.out.contains("sk-wrong-4711"))
        let stopped = try kitchen.report()["counts"]
        #expect(stopped?["failed"] == 0 && stopped?["not_reached"] == 30)
        let right = try await kitchen.linecook(["resume", "run"], environment: ["CLERK_KEY": "the-right-one"])
        #expect(right.code == 0, "\(right.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 30)
    }

    @Test func `a server that breaks off here and there costs no record`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(60))
        let server = try ModelServer(
            "--fault", "429=5", "--fault", "500=5", "--fault", "drop=5", "--fault", "truncate=5", "--retry-after", "0")
        let run = try await kitchen.run("--model", server.asClerk, "--in-flight", "60")
        #expect(run.code == 0, "\(run.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["done"] == 60)
        #expect(try kitchen.lines("out/out.jsonl").count == 60)
        #expect(try await server.figure("requests") > 60)
    }
}
