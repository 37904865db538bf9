import Foundation
import TestSupport
import Testing
import Values

/// Runs that keep to limits, against real servers.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct LimitTests {
    /// Asks about every document of `docs`; the model and the limits are filled in.
    private func recipe(_ server: ModelServer, model: String = "", limits: String = "{}") -> String {
        SampleRecipes.ask
            .replacing(
                "{clerk: local}", with: "{clerk: {provider: openai, url: \"\(server.url)\", model: test\(model)}}")
            + "limits: \(limits)\n"
    }

    private static let price = ", price: {input: 2, output: 8}, max_tokens: 100"

    @Test func `a storm of 429 with Retry-After is waited out, and every record is done`() async throws {
        let server = try ModelServer("--fault", "429=30", "--retry-after", "0.05", "--delay", "5")
        let kitchen = try Kitchen(recipe(server), documents: SampleRecipes.documents(80))
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 80)
        #expect(try await server.figure("answered") == 80)
        #expect(try await server.figure("faulty") > 5)
    }

    @Test func `4 when the budget has no room for the next call, and it is never passed`() async throws {
        // Some answers break off after they were made: they cost, too.
        let server = try ModelServer("--fault", "truncate=5", "--delay", "2")
        let kitchen = try Kitchen(
            recipe(server, model: Self.price, limits: "{spend: 0.05}"), documents: SampleRecipes.documents(200))
        let run = try await kitchen.run()
        #expect(run.code == 4, "\(run.err)")
        let paid = 2 * (try await server.figure("tokens_in")) + 8 * (try await server.figure("tokens_out"))
        #expect(Double(paid) * 1e-6 <= 0.05)
        let report = try kitchen.report()
        let done = try #require(report["counts"]?["done"]?.int)
        #expect(done > 5)
        #expect(report["counts"]?["failed"] == 0)
        #expect(report["counts"]?["not_reached"]?.int == 200 - done)
        #expect(try kitchen.lines("out/out.partial.jsonl").count == Int(done))
        let spent = try #require(report["spend"]?["total"]?.number)
        #expect(spent <= 0.05 && spent >= Double(paid) * 1e-6 - 1e-9)
        #expect(
            run.err.contains("stopped: the budget of 0.050 (limits.spend) has no room for the next call: "),
            "\(run.err)")
        #expect(run.err.contains("linecook resume run"))
    }

    @Test func `tries that broke off after they may have been paid stay paid for when the run is gone on with`()
        async throws
    {
        // Every answer is made, and none arrives.
        let server = try ModelServer("--fault", "truncate=100", "--delay", "2")
        let kitchen = try Kitchen(
            recipe(server, model: Self.price, limits: "{spend: 0.02}"), documents: SampleRecipes.documents(60))
        for _ in 0..<3 {
            let run = try await kitchen.run()
            #expect(run.code == 4, "\(run.err)")
            let paid = 2 * (try await server.figure("tokens_in")) + 8 * (try await server.figure("tokens_out"))
            let spent = try #require(kitchen.report()["spend"]?["total"]?.number)
            #expect(paid > 0 && spent <= 0.02 && spent >= Double(paid) * 1e-6 - 1e-9, "\(spent) \(paid)")
        }
    }

    @Test func `a budget below a single call asks nobody`() async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(
            recipe(server, model: Self.price, limits: "{spend: 0.0001}"), documents: SampleRecipes.documents(5))
        let run = try await kitchen.run()
        #expect(run.code == 4, "\(run.err)")
        #expect(try await server.figure("requests") == 0)
        #expect(try kitchen.report()["counts"]?["not_reached"] == 5)
    }

    @Test(arguments: ["0", "-1"])
    func `2 when the budget is nothing, and nothing ran`(spend: String) async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(
            recipe(server, model: Self.price, limits: "{spend: \(spend)}"), documents: SampleRecipes.documents(1))
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(
            run.err.contains("'spend' must be an amount of money above 0, such as 5.00, not '\(spend)'"), "\(run.err)")
        #expect(!kitchen.exists("run"))
    }

    @Test func `2 when a model without a price is asked under a budget, with its place`() async throws {
        let server = try ModelServer()
        let kitchen = try Kitchen(recipe(server, limits: "{spend: 5}"), documents: SampleRecipes.documents(1))
        let run = try await kitchen.run()
        #expect(run.code == 2)
        #expect(run.err.contains("recipe.yaml:2:17: error: the run has a budget"), "\(run.err)")
        #expect(run.err.contains("the model 'clerk' has no price"))
        #expect(try await server.figure("requests") == 0)
    }

    // That it is given up after 30 s, that this stops the run with 4 and fails no record, is shown where the clock can be
    // moved and the step be a fake one: `HostedModelTests`, `StopTests`. A server of ours that does not start is in `ExitCodeTests`.

    @Test func `a server that is not there is told and waited for, and every record is done once it is`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(30))
        let port = try HeldPort()
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--model", "clerk=\(port.url)#test"])
        #expect(await run.says("cannot be reached"))
        let server = try ModelServer("--port", "\(port.number)")
        let finished = await run.end()
        #expect(finished.code == 0, "\(finished.err)")
        let told = finished.lines.filter { $0.contains("cannot be reached") }
        #expect(told.count == 1 && told[0].hasSuffix("; waiting up to 30 s"), "\(finished.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["done"] == 30)
        // To find nobody is no attempt.
        #expect(report["steps"]?.list?.first?["attempts"] == 30)
        #expect(try await server.figure("requests") == 30)
    }

    @Test func `who stops a run while the server is not there has no record failed for it`() async throws {
        let kitchen = try Kitchen(SampleRecipes.ask, documents: SampleRecipes.documents(30))
        let port = try HeldPort()
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--model", "clerk=\(port.url)#test"])
        #expect(await run.says("cannot be reached"))
        run.send(SIGINT)
        #expect(await run.says("press Ctrl-C again to stop now"))
        run.send(SIGINT)
        let finished = await run.end()
        #expect(finished.code == 130, "\(finished.err)")
        let report = try kitchen.report()
        #expect(report["counts"]?["failed"] == 0 && report["counts"]?["not_reached"] == 30)
        #expect(report["steps"]?.list?.first?["failed"] == 0)
        #expect(finished.err.contains("linecook resume run"), "\(finished.err)")
    }

    @Test func `4 when the time is over; what is under way finishes`() async throws {
        let server = try ModelServer("--delay", "150")
        let kitchen = try Kitchen(
            recipe(server, model: ", limits: {in_flight: 2}", limits: "{time: 5s}"),
            documents: SampleRecipes.documents(200))
        let run = try await kitchen.run()
        #expect(run.code == 4, "\(run.err)")
        #expect(run.err.contains("stopped: the time of 5 s (limits.time) is over"), "\(run.err)")
        let report = try kitchen.report()
        let done = try #require(report["counts"]?["done"]?.int)
        #expect(done > 0 && done < 200)
        #expect(report["counts"]?["failed"] == 0)
        #expect(try await server.figure("answered") == Int(done))
    }

    @Test func `a fixed number of requests is kept, and so is what the command line says`() async throws {
        let server = try ModelServer("--hold", "0", "--delay", "10")
        let kitchen = try Kitchen(
            recipe(server, model: ", limits: {in_flight: 3}"), documents: SampleRecipes.documents(40))
        let run = try kitchen.start(["run", "recipe.yaml", "--run", "run"])
        try await server.wasAsked(3)
        server.release()
        #expect(await run.end().code == 0)
        #expect(try await server.figure("peak_in_service") == 3)
        #expect(try await kitchen.linecook("run", "recipe.yaml", "--in-flight", "2", "--run", "two").code == 0)
        #expect(try await server.figure("peak_in_service") == 3)
    }

    @Test func `requests a minute are kept by every try`() async throws {
        let server = try ModelServer("--fault", "500=20")
        let kitchen = try Kitchen(
            recipe(server, model: ", limits: {requests_per_minute: 1200}"), documents: SampleRecipes.documents(60))
        let start = ContinuousClock.now
        let run = try await kitchen.run()
        #expect(run.code == 0, "\(run.err)")
        // The first goes at once, and a timer may catch up three tenths of a second.
        let requests = try await server.figure("requests")
        #expect(requests > 60)
        #expect(ContinuousClock.now - start >= .seconds(Double(requests - 1) * 61 / 1_200 - 0.3))
    }

    @Test func `requests a minute count those of an earlier process of the run`() async throws {
        let server = try ModelServer("--delay", "60000")
        let kitchen = try Kitchen(
            recipe(server, model: ", limits: {requests_per_minute: 30}"), documents: SampleRecipes.documents(1))
        let killed = try kitchen.start(["run", "recipe.yaml", "--run", "run"])
        try await server.wasAsked(1)
        killed.send(SIGKILL)
        _ = await killed.end()
        let start = ContinuousClock.now
        let run = try kitchen.start(["resume", "run"])
        try await server.wasAsked(2)
        // The first of a run that nobody asked before goes at once.
        #expect(ContinuousClock.now - start >= .seconds(61.0 / 30 - 0.1))
        run.send(SIGKILL)
        _ = await run.end()
    }

    @Test func `calls in doubt stay paid for through kills, so that the budget is never passed`() async throws {
        let server = try ModelServer("--hold", "0")
        let kitchen = try Kitchen(
            recipe(server, model: Self.price, limits: "{spend: 0.02}"), documents: SampleRecipes.documents(60))
        for kill in 1...2 {
            let run = try kitchen.start(["run", "recipe.yaml", "--run", "run", "--in-flight", "2"])
            try await server.wasAsked(2 * kill)
            run.send(SIGKILL)
            #expect(await run.end().code == 137)
        }
        server.release()
        let run = try await kitchen.run("--in-flight", "4")
        #expect(run.code == 4, "\(run.err)")
        #expect(run.err.contains("what may have been paid is counted"), "\(run.err)")
        let report = try kitchen.report()
        let spent = try #require(report["spend"]?["total"]?.number)
        let answered = try await server.figure("answered")
        let paid = 2 * (try await server.figure("tokens_in")) + 8 * (try await server.figure("tokens_out"))
        // The server answered some into the void, and these are paid, too.
        #expect(answered > Int(try #require(report["counts"]?["done"]?.int)))
        #expect(spent <= 0.02 && spent >= Double(paid) * 1e-6 - 1e-9, "\(spent) \(paid)")
        #expect(report["counts"]?["failed"] == 0)
    }
}
