internal import ArgumentParser
internal import Databases
internal import Diagnostics
internal import Models
internal import Planning
internal import Processes
internal import Recipes
internal import Records
internal import Runs
internal import Steps

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what this machine has and lacks, and the command that mends it.",
        discussion:
            "With a recipe, it also says whether the recipe's databases can be reached, and whether the keys of its "
            + "models are set.\n\n"
            + "Example: linecook doctor recipes/summarise-documents.yaml")

    @Argument(help: "A recipe whose databases and models are looked at.")
    var recipe: String?

    /// One thing that was looked at.
    struct Finding {
        var name: String
        var problem: String?
        var detail: String
    }

    func run() throws {
        let terminal = Terminal.standardOutput()
        let findings = [model()] + Converter.allCases.map(converter) + [disk(), openFiles()] + parts()
        let lines = findings.map { finding in
            let mark = finding.problem == nil ? terminal.paint("ok  ", "32") : terminal.paint("lack", "31")
            return "\(mark)  \(finding.name): \((finding.problem ?? finding.detail).printable)\n"
        }
        try Terminal.print(lines.joined())
        if findings.contains(where: { $0.problem != nil }) { throw ExitStatus.someFailed.code }
    }

    private func model() -> Finding {
        let problem = ModelFactory.problem(with: ModelSettings(provider: .local))
        return Finding(
            name: "embedded model", problem: problem?.message, detail: "the runtime and the weights are there")
    }

    /// What the recipe needs of this machine; its mistakes where it has any.
    private func parts() -> [Finding] {
        guard let recipe else { return [] }
        var options = Planner.Options()
        options.opensDatabases = true
        let loaded = LoadedRecipe.load(recipe, options: options)
        let mistakes = loaded.problems.sorted.filter { $0.severity == .error }.map { problem in
            let line = problem.span.map { ":\($0.start.line):\($0.start.column)" } ?? ""
            return Finding(name: "\(recipe)\(line)", problem: problem.message, detail: "")
        }
        guard let plan = loaded.plan else { return mistakes }
        return models(of: plan) + databases(of: plan)
    }

    /// Whether each hosted model that the recipe names has what it takes to be asked. Nobody is asked.
    private func models(of plan: Plan) -> [Finding] {
        plan.recipe.models.compactMap { spec in
            guard let settings = ModelSettings(spec), settings.provider != .local || settings.model != nil else {
                return nil
            }
            let problem = ModelFactory.problem(with: settings)?.message ?? ModelFactory.missingKey(of: settings)
            let key = settings.keyVariable.map { ", and its key in \($0)" } ?? ""
            return Finding(
                name: "model '\(spec.name.value)'", problem: problem, detail: "\(settings.who)\(key)")
        }
    }

    /// Whether each database that the recipe reads answers.
    private func databases(of plan: Plan) -> [Finding] {
        var users = [(name: "input", reads: plan.source as? any DatabaseUser)]
        for step in plan.allSteps {
            guard case .answered(let answered) = step.action else { continue }
            users.append((step.name, answered as? any DatabaseUser))
        }
        return users.compactMap { user in
            user.reads.map { reads in
                Finding(
                    name: "database of '\(user.name)'", problem: reads.databaseProblem(),
                    detail: "\(reads.databaseName) answers")
            }
        }
    }

    private func converter(_ converter: Converter) -> Finding {
        Finding(
            name: converter.program,
            problem: converter.isInstalled
                ? nil : "not installed, and \(converter.purpose) cannot be read without it: \(converter.installation)",
            detail: "\(converter.purpose) can be read")
    }

    private func disk() -> Finding {
        var status = statvfs()
        guard statvfs(".", &status) == 0 else {
            return Finding(name: "disk", problem: "the working directory cannot be looked at", detail: "")
        }
        let free = Double(status.f_bavail) * Double(status.f_frsize) / 1e9
        let text = "\((free * 10).rounded() / 10) GB free here"
        return Finding(
            name: "disk", problem: free < 0.5 ? "only \(text); make room before a long run" : nil, detail: text)
    }

    private func openFiles() -> Finding {
        let limit = OpenFileLimit.raise()
        let text = "\(limit.current) may be open at once"
        return Finding(
            name: "open files",
            problem: limit.current < 256 ? "only \(text); raise it with `ulimit -n 4096`" : nil, detail: text)
    }
}
