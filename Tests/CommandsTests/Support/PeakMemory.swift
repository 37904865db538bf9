import Foundation
import Testing

extension Kitchen {
    /// Runs a program and tells on its standard output how much memory it and its children had at most, in kilobytes.
    private static let measuring = """
        import resource, subprocess, sys
        code = subprocess.call(sys.argv[1:])
        print("peak", resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, flush=True)
        sys.exit(code)
        """

    /// Runs it to its end, with the most memory that it and its children had, in bytes.
    func measured(
        _ arguments: String..., location: SourceLocation = #_sourceLocation
    ) async throws -> (run: Finished, peak: Int) {
        let run = try await linecook(arguments, under: ["python3", "-c", Self.measuring], location: location)
        let told = run.out.split(separator: "\n").last { $0.hasPrefix("peak ") }.flatMap { Int($0.dropFirst(5)) }
        return (run, try #require(told, "\(run.err)", sourceLocation: location) * 1_024)
    }
}

extension CommandProcess {
    /// The most memory that it has had so far, in bytes.
    func peak() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(id)/status", encoding: .utf8)
        let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
        return try #require(Int(line.filter(\.isNumber))) * 1_024
    }
}
