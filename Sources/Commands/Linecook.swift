public import ArgumentParser

/// The program: hands over to one of its commands.
public struct Linecook: AsyncParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "linecook",
        abstract: "Runs AI workflows in bulk: a recipe of small steps, over every record of a folder or a table.",
        discussion: "Example: linecook run recipes/summarise-documents.yaml --limit 3",
        version: linecookVersion,
        subcommands: [
            CheckCommand.self, PlanCommand.self, RunCommand.self, ReportCommand.self, RunsCommand.self,
            DoctorCommand.self,
        ])

    public init() {}

    /// Runs the command that the process was started with, and ends the process with its exit code.
    public static func start() async { await main() }
}

/// The version of this build.
let linecookVersion = "0.1.0"
