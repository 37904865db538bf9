public import ArgumentParser
internal import CMalloc
internal import Diagnostics

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The program: hands over to one of its commands.
public struct Linecook: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "linecook",
        abstract: "Runs AI workflows in bulk: a recipe of small steps, over every record of a folder or a table.",
        discussion: "Example: linecook run recipes/summarise-documents.yaml --limit 3",
        version: linecookVersion,
        subcommands: [
            CheckCommand.self, PlanCommand.self, RunCommand.self, ResumeCommand.self, RetryCommand.self,
            DiffCommand.self, ReviewCommand.self, ShowCommand.self, ReportCommand.self, RunsCommand.self,
            CacheCommand.self,
            DoctorCommand.self, SchemaCommand.self,
        ])

    public init() {}

    /// Runs the command that the process was started with, and ends the process with its exit code.
    public static func start() async {
        // Whoever reads our lines may leave: that is no reason to leave a run unfinished.
        signal(SIGPIPE, SIG_IGN)
        boundMemory()
        if let name = CommandLine.arguments.dropFirst().first, let problem = unknownCommand(name) {
            Terminal.standardError().write(problem.printable)
            exit(withError: ExitStatus.usage.code)
        }
        do {
            var command = try await asyncParseAsRoot()
            if var waiting = command as? any AsyncParsableCommand {
                try await waiting.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// What is wrong with a word that stands where a command should; nil for a command, and for options.
    private static func unknownCommand(_ name: String) -> String? {
        let names = configuration.subcommands.compactMap { $0.configuration.commandName } + ["help"]
        guard !name.hasPrefix("-"), !names.contains(name) else { return nil }
        let near = nearestName(to: name, among: names).map { "; did you mean '\($0)'?" } ?? ""
        return "error: there is no command '\(name)'\(near)\nSee 'linecook help' for all of them.\n"
    }

    /// Help, the version and completions come as errors, too: they are what was asked for.
    private static func end(with error: any Error) -> Never {
        guard exitCode(for: error) == .success else { exit(withError: error) }
        do throws(ExitCode) {
            try Terminal.print(fullMessage(for: error) + "\n")
        } catch {
            exit(withError: error)
        }
        exit()
    }

    /// Keeps the C library from holding on to freed memory: by default it raises, with every large block that is freed,
    /// the size up to which blocks stay with it, and it makes eight pools a core.
    private static func boundMemory() {
        #if canImport(Glibc)
            mallopt(M_MMAP_THRESHOLD, 512 << 10)
            mallopt(M_ARENA_MAX, Int32(max(2, sysconf(Int32(_SC_NPROCESSORS_ONLN)))))
        #endif
    }
}

/// The version of this build.
let linecookVersion = "0.1.0"
