import Foundation
import Testing

extension Kitchen {
    /// Runs a program and tells on its standard output how much memory it and its children had at most, in kilobytes, and
    /// how many seconds they computed, which is the same however busy the machine is.
    private static let measuring = """
        import resource, subprocess, sys
        code = subprocess.call(sys.argv[1:])
        used = resource.getrusage(resource.RUSAGE_CHILDREN)
        print("used", used.ru_maxrss, int(used.ru_utime + used.ru_stime), flush=True)
        sys.exit(code)
        """

    /// Runs it to its end, with the most memory that it and its children had, in bytes, and the seconds they computed.
    func measured(
        _ arguments: String..., location: SourceLocation = #_sourceLocation
    ) async throws -> (run: Finished, peak: Int, computed: Int) {
        let run = try await linecook(arguments, under: ["python3", "-c", Self.measuring], location: location)
        let line = run.out.split(separator: "\n").last { $0.hasPrefix("used ") }
        let words = try #require(line, "\(run.err)", sourceLocation: location).split(separator: " ")
        let told = words.compactMap { Int($0) }
        try #require(told.count == 2, sourceLocation: location)
        return (run, told[0] * 1_024, told[1])
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
