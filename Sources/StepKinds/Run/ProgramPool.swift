internal import Calls
internal import Processes
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How many programs run at once: two for each core, whatever the number of records under way.
package final class ProgramPool: Sendable {
    package let width: Int
    private let places: InFlightLimiter

    package init(width: Int = 2 * max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))) {
        self.width = width
        places = InFlightLimiter(width: width)
    }

    /// Runs a program once there is a place; nil if the task was cancelled before.
    func run(
        _ program: String, _ arguments: [String], input: [UInt8], environment: [String: String], directory: String,
        timeout: Swift.Duration
    ) async -> ChildResult? {
        do {
            try await places.enter()
        } catch {
            return nil
        }
        defer { places.leave() }
        guard !Task.isCancelled else { return nil }
        return await Child.run(
            program: program, arguments: arguments, input: input, environment: ChildEnvironment(environment),
            directory: directory, timeout: timeout, outputLimit: Self.outputLimit)
    }

    static let outputLimit = 8 << 20
}

extension ChildResult {
    /// Why a program that was run gave no answer; nil for one that ended as it should, or was told to stop.
    ///
    /// - Parameter name: how messages call the program.
    func failure(of name: String, timeout: Swift.Duration, acts: Bool) -> Failure? {
        let words = errorTail.split(whereSeparator: \.isNewline).suffix(5).joined(separator: "\n")
        let said = words.isEmpty ? "" : ": \(words)"
        switch ending {
        case .exited(0), .cancelled: return nil
        case .exited(let code): return Failure(.program, "\(name) ended with exit code \(code)\(said)")
        case .signalled(let signal):
            return Failure(.program, "\(name) was ended by signal \(signal)\(said)", mayHaveActed: acts)
        case .timedOut:
            return Failure(
                .timeout, "\(name) took longer than \(timeout.shortWords) and was ended\(said)", mayHaveActed: acts)
        case .outputTooLong:
            return Failure(
                .program, "\(name) wrote more than \(ProgramPool.outputLimit >> 20) MB and was ended\(said)",
                mayHaveActed: acts)
        case .notStarted(let why): return Failure(.program, "\(name) could not be started: \(why)")
        }
    }
}

extension Swift.Duration {
    /// `60 s`, `0.25 s`.
    var shortWords: String {
        let (seconds, attoseconds) = components
        let milliseconds = attoseconds / 1_000_000_000_000_000
        return milliseconds == 0 ? "\(seconds) s" : "\(Double(seconds) + Double(milliseconds) / 1_000) s"
    }
}
