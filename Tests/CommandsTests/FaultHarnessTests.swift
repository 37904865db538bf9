import Foundation
import TestSupport
import Testing
import Values

/// A fifth of all answers is faulty, in every way that a server can fail: every record is done all the same, and nobody
/// can tell from the outputs.
@Suite(.startsPrograms) struct FaultHarnessTests {
    /// How many records, of two calls each: `LINECOOK_FAULTS=2000` for the long form.
    private static let records = ProcessInfo.processInfo.environment["LINECOOK_FAULTS"].flatMap(Int.init) ?? 200

    /// What is wrong with how many of a hundred answers: 20 in all.
    private static let faults = [
        "429=4", "500=3", "503=2", "529=1", "drop=3", "truncate=3", "malformed=2", "slow=1", "hang=1",
    ]

    private static let recipe = """
        recipe: faulty
        models: {clerk: local}
        input: {csv: rows.csv, key: id}
        steps:
          - name: topic
            attempts: 8
            timeout: 2s
            ask: {model: clerk, prompt: "{{ input.id }}: what is it about?", answer: {label: string <= 40}}
          - name: title
            attempts: 8
            timeout: 2s
            ask: {model: clerk, prompt: "{{ input.id }} {{ topic.label }}: a title?", answer: {title: string <= 60}}
        output:
          - {csv: out.csv, columns: {id: input.id, label: topic.label, title: title.title}}
          - {jsonl: out.jsonl, columns: {id: input.id, label: topic.label, title: title.title}}

        """

    private func kitchen() throws -> Kitchen {
        let kitchen = try Kitchen(Self.recipe)
        try kitchen.write("rows.csv", "id\n" + (1...Self.records).map { "r\($0)\n" }.joined())
        return kitchen
    }

    @Test(.timeLimit(.minutes(30)))
    func `with a fifth of the answers faulty all records are done, and outputs are those of a clean run`() async throws
    {
        let clean = try kitchen()
        let cleanServer = try ModelServer()
        #expect(try await clean.run("--model", cleanServer.asClerk).code == 0)

        // The server draws its faults from the seed and the prompt, so that a number told here brings them back.
        let seed = UInt32.random(in: 0...999_999)
        let faults = Self.faults.flatMap { ["--fault", $0] }
        let server = try ModelServer(
            faults + ["--seed", "\(seed)", "--retry-after", "0", "--slow", "1000", "--delay", "2"])
        let kitchen = try kitchen()
        let start = ContinuousClock.now
        let run = try await kitchen.start(
            ["run", "recipe.yaml", "--run", "run", "--model", server.asClerk], limit: 1_500
        ).end()
        #expect(run.code == 0, "seed \(seed): \(run.err)")
        let counts = try kitchen.report()["counts"]
        #expect(counts?["done"]?.int == Int64(Self.records), "seed \(seed)")
        for output in ["out/out.csv", "out/out.jsonl"] {
            #expect(try kitchen.read(output) == clean.read(output), "seed \(seed)")
        }
        let requests = try await server.figure("requests")
        let faulty = try await server.figure("faulty")
        // Each call is answered once, and every fault was met and asked about again.
        #expect(try await server.figure("answered") >= 2 * Self.records, "seed \(seed)")
        // A fifth of them, as far as so few draws and those that were late allow.
        #expect(faulty * 100 > requests * 10, "seed \(seed): \(faulty) of \(requests) were faulty")
        let took = (ContinuousClock.now - start).formatted(
            .units(allowed: [.seconds], fractionalPart: .show(length: 1)))
        print(
            "faults: \(counts?["done"]?.int ?? 0) of \(Self.records) records done in \(took); "
                + "\(faulty) of \(requests) answers were faulty; the outputs are those of a clean run; seed \(seed)")
    }
}
