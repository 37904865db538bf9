internal import Subprocess
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif
#if canImport(System)
    internal import System
#else
    internal import SystemPackage
#endif

/// How a program that was run to its end came to it.
package enum ChildEnding: Hashable, Sendable {
    case exited(Int)
    case signalled(Int)
    /// The time limit passed; the program and its process group were killed.
    case timedOut
    /// It wrote more than was allowed, and was killed.
    case outputTooLong
    /// The task that waited was cancelled; the program was killed.
    case cancelled
    /// It could not be started, for this reason.
    case notStarted(String)

    package var isSuccess: Bool { self == .exited(0) }
}

package struct ChildResult: Hashable, Sendable {
    package var ending: ChildEnding
    /// What it wrote to standard output, at most the limit.
    package var output: [UInt8]
    /// The last of what it wrote to standard error, for messages.
    package var errorTail: String
}

/// Runs a program to its end, within bounds of time and output.
///
/// The program leads a process group of its own, which is killed as a whole, so that what it started does not live on; also
/// when we are killed (``ChildKeeper``). What made itself a group of its own (`setsid`) is out of reach. The program inherits
/// no file of ours, sees only ``ChildEnvironment`` and has the open-file limit that we were started with.
package enum Child {
    /// - Parameters:
    ///   - program: a path from where we are, not from `directory`; or a name to look for on the `PATH`.
    ///   - input: becomes its standard input, which then ends.
    ///   - outputLimit: bytes of standard output; one more ends the program.
    ///   - memoryLimit: bytes of address space that the program can have, where the system can hold it to them.
    package static func run(
        program: String, arguments: [String] = [], input: [UInt8] = [],
        environment: ChildEnvironment = ChildEnvironment(),
        directory: String? = nil, timeout: Swift.Duration, outputLimit: Int, memoryLimit: Int? = nil
    ) async -> ChildResult {
        guard let path = ProgramSearch.find(program) else {
            return ChildResult(ending: .notStarted("there is no program '\(program)'"), output: [], errorTail: "")
        }
        let captured = Captured(limit: outputLimit)
        let ending = await withTaskGroup(of: ChildEnding?.self) { group in
            group.addTask {
                await start(
                    // It begins in a folder of its own, and was found from ours.
                    Launch(path: ProgramSearch.absolute(path), arguments: arguments, memory: memoryLimit, waits: true),
                    input: input,
                    environment: environment, directory: directory, captured: captured)
            }
            group.addTask {
                do {
                    try await Task.sleep(for: timeout)
                    return .timedOut
                } catch {
                    return nil
                }
            }
            var first: ChildEnding?
            // The first to end says how it went, and is the end of the other.
            for await ending in group {
                first = first ?? ending
                group.cancelAll()
            }
            return first ?? .cancelled
        }
        return captured.result(ending)
    }

    private static func start(
        _ launch: Launch, input: [UInt8], environment: ChildEnvironment, directory: String?, captured: Captured
    ) async -> ChildEnding {
        var options = PlatformOptions()
        options.createSession = true
        options.teardownSequence = [.send(signal: .kill, toProcessGroup: true, allowedDurationToNextStep: .zero)]
        let keeper: ChildKeeper
        do {
            keeper = try await ChildKeeper.shared.value
        } catch {
            return .notStarted("\(error)")
        }
        var group: pid_t?
        defer { if let group { keeper.ended(group) } }
        do {
            let result = try await Subprocess.run(
                .path(FilePath(launch.path)), arguments: Arguments(launch.arguments),
                environment: environment.environment, workingDirectory: directory.map { FilePath($0) },
                platformOptions: options, input: .inputWriter, output: .sequence, error: .sequence
            ) { child in
                group = child.processIdentifier.value
                // Where this fails it never gets the line that lets it begin.
                try keeper.began(child.processIdentifier.value)
                try await withThrowingTaskGroup { group in
                    group.addTask {
                        // The line that lets it begin, now that somebody sees to its end.
                        do {
                            _ = try await child.standardInputWriter.write([UInt8(ascii: "\n")] + input)
                        } catch let error as SubprocessError where error.underlyingError == .brokenPipe {
                            // A program need not read its input: that it closed it is no failure.
                        }
                        try await child.standardInputWriter.finish()
                    }
                    group.addTask {
                        for try await part in child.standardError { captured.add(error: part.array) }
                    }
                    for try await part in child.standardOutput where !captured.add(output: part.array) {
                        try child.send(signal: .kill, toProcessGroup: true)
                        break
                    }
                    try await group.waitForAll()
                }
            }
            if Task.isCancelled { return .cancelled }
            if captured.overflowed { return .outputTooLong }
            switch result.terminationStatus {
            case .exited(let code): return .exited(Int(code))
            case .signaled(let signal): return .signalled(Int(signal))
            }
        } catch {
            if Task.isCancelled { return .cancelled }
            if captured.overflowed { return .outputTooLong }
            return .notStarted("\(error)")
        }
    }

    /// What a child was heard to say.
    private final class Captured: Sendable {
        private struct Heard { var output: [UInt8] = [], error: [UInt8] = [], overflowed = false }

        private let limit: Int
        private let heard = Mutex(Heard())
        private static let errorLimit = 4_096

        init(limit: Int) { self.limit = limit }

        /// False once there is too much.
        func add(output bytes: [UInt8]) -> Bool {
            heard.withLock { heard in
                let room = limit - heard.output.count
                heard.overflowed = heard.overflowed || bytes.count > room
                heard.output += bytes.prefix(room)
                return !heard.overflowed
            }
        }

        func add(error bytes: [UInt8]) {
            heard.withLock { heard in
                heard.error += bytes
                let excess = heard.error.count - Self.errorLimit
                if excess > 0 { heard.error.removeFirst(excess) }
            }
        }

        var overflowed: Bool { heard.withLock { $0.overflowed } }

        func result(_ ending: ChildEnding) -> ChildResult {
            heard.withLock { heard in
                ChildResult(
                    ending: ending, output: heard.output, errorTail: String(decoding: heard.error, as: UTF8.self))
            }
        }
    }
}
