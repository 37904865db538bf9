import Foundation
import TestSupport
import Testing
import Values

/// Runs against llmock, a server that others wrote: it fails on purpose, and judges how its clients took it.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct ForeignServerTests {
    @Test(arguments: [("openai", "/v1"), ("anthropic", "/anthropic/v1")])
    func `llmock finds nothing wrong with us while a fifth of its answers fail`(provider: String, path: String)
        async throws
    {
        let server = try ForeignServer(
            "--error-rate", "429=0.07", "--error-rate", "500=0.06", "--error-rate", "503=0.07")
        let kitchen = try Kitchen(
            """
            recipe: foreign
            models: {clerk: {provider: \(provider), url: "\(server.origin)\(path)", model: test-model}}
            input: {csv: rows.csv, key: id}
            steps:
              - name: topic
                attempts: 8
                ask: {model: clerk, prompt: "{{ input.id }}: what is it about?", answer: {label: string <= 40}}
            output: [{csv: out.csv, columns: {id: input.id, label: topic.label}}]

            """)
        try kitchen.write("rows.csv", "id\n" + (1...40).map { "r\($0)\n" }.joined())
        let keys = ["OPENAI_API_KEY": "any", "ANTHROPIC_API_KEY": "any"]
        let run = try await kitchen.run(environment: keys)
        #expect(run.code == 0, "\(run.err)")
        #expect(try kitchen.report()["counts"]?["done"] == 40)
        #expect(try kitchen.lines("out/out.csv").dropFirst() == (1...40).map { "r\($0),mock-label" }[...])

        let verdict = try JSON.parse(try await httpGet(server.origin + "/_llmock/verdict"))
        let findings = "\(verdict["findings"] ?? Value.null)"
        // Pauses are drawn from a growing span, so that three of them may well shrink: for that it warns.
        #expect(verdict["passed"] == true, "\(findings)")
        #expect(verdict["errors"] == 0, "\(findings)")
        #expect(verdict["calls"] == 40)
        let faults = try #require(verdict["faults_injected"]?.int)
        #expect(verdict["attempts"] == .int(40 + faults))
        print("llmock, \(provider): 40 calls, \(faults) faults, \(verdict["warnings"]?.int ?? 0) warnings, no errors")
    }
}

/// An `llmock serve` on a port that it finds. Ends with its last reference.
private final class ForeignServer: Sendable {
    private let process: TestProcess
    /// Without a path.
    let origin: String

    struct SaidNoPort: Error {}

    /// Ends when whoever started it has, however that ended.
    private static let program = """
        import os, sys, threading
        threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
        from llmock.cli import app
        app()
        """

    /// Where scripts/install-llmock puts it.
    private static func packages() throws -> String {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../.build/llmock").standardized.path(percentEncoded: false)
        if FileManager.default.fileExists(atPath: folder + "/wanted") { return folder }
        try Test.cancel("llmock is not installed; scripts/install-llmock does it")
    }

    init(_ options: String...) throws {
        let packages = try Self.packages()
        process = try TestProcess(
            "/usr/bin/env",
            ["PYTHONPATH=\(packages)", "python3", "-c", Self.program, "serve", "--host", "127.0.0.1", "--port", "0"]
                + options)
        while let line = process.readLine() {
            guard let start = line.range(of: "Uvicorn running on ")?.upperBound else { continue }
            origin = String(line[start...].prefix { $0 != " " })
            return
        }
        throw SaidNoPort()
    }
}
