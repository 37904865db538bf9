#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The test server that answers like a model's HTTP API; see `Tests/Programs/model-server`. Ends with its last reference.
public final class ModelServer: Sendable {
    private let process: TestProcess
    /// Without a path: `http://127.0.0.1:33409`.
    public let origin: String

    /// What APIs are called at.
    public var url: String { origin + "/v1" }

    public struct SaidNoPort: Error {
        public var line: String?
    }

    /// - Parameter options: as the program's usage tells them.
    public convenience init(_ options: String...) throws {
        try self.init(options)
    }

    public init(_ options: [String]) throws {
        process = try TestProcess(TestProgram.path("model-server"), options + ["--stdin-guard"])
        let line = process.readLine()
        guard let line, let start = line.ranges(of: "http://").first else { throw SaidNoPort(line: line) }
        origin = String(line[start.lowerBound...])
    }

    /// Lets it answer those whom it holds, by `--hold` or as a prompt told it to, and from then on everybody.
    public func release() { process.send(SIGUSR1) }
}
