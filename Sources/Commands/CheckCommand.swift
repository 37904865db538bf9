internal import ArgumentParser
internal import Diagnostics
internal import Pages
internal import Planning
internal import Values

struct CheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Reports every mistake in a recipe, at once.",
        discussion: "Reads the recipe and the head of its input; runs and spends nothing.\n\n"
            + "Example: linecook check recipes/summarise-documents.yaml")

    enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

    @Argument(help: "The recipe files.")
    var recipes: [String]

    @Option(help: "How problems are written: text to standard error, or json to standard output.")
    var format = Format.text

    @Flag(help: "No colours, whatever the terminal can do.")
    var noColor = false

    func run() throws {
        let terminal = Terminal.standardError(noColour: noColor)
        var failed = false
        var objects: [Value] = []
        for path in recipes {
            let loaded = LoadedRecipe.load(path)
            failed = failed || loaded.problems.hasErrors
            switch format {
            case .text:
                terminal.write(loaded.rendered(colour: terminal.colour))
                if !loaded.problems.hasErrors, let plan = loaded.plan {
                    let steps = plan.steps.count
                    terminal.write("\(path): \(Figures.count(steps, "step")), no mistakes\n".printable)
                }
            case .json:
                objects += loaded.problems.sorted.map(\.value)
            }
        }
        if format == .json { try Terminal.print(JSON.text(of: .list(objects)) + "\n") }
        if failed { throw ExitStatus.badRecipe.code }
    }
}

extension Diagnostic {
    /// For editors and scripts.
    fileprivate var value: Value {
        .map(
            ValueMap([
                ("severity", .string(severity.rawValue)), ("message", .string(message)), ("place", span.value),
                (
                    "notes",
                    .list(notes.map { .map(ValueMap([("message", .string($0.message)), ("place", $0.span.value)])) })
                ),
            ]))
    }
}

extension SourceSpan? {
    fileprivate var value: Value {
        guard let self else { return .null }
        return [
            "file": .string(self.file), "line": .int(Int64(self.start.line)), "column": .int(Int64(self.start.column)),
            "end_line": .int(Int64(self.end.line)), "end_column": .int(Int64(self.end.column)),
        ]
    }
}
