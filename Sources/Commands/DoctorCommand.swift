internal import ArgumentParser
internal import Diagnostics
internal import Models
internal import Processes
internal import Records
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Says what this machine has and lacks, and the command that mends it.",
        discussion: "Example: linecook doctor")

    /// One thing that was looked at.
    struct Finding {
        var name: String
        var problem: String?
        var detail: String
    }

    func run() throws {
        let terminal = Terminal.standardError()
        let findings = [model()] + Converter.allCases.map(converter) + [disk(), openFiles()]
        for finding in findings {
            let mark = finding.problem == nil ? terminal.paint("ok  ", "32") : terminal.paint("lack", "31")
            terminal.write("\(mark)  \(finding.name): \((finding.problem ?? finding.detail).printable)\n")
        }
        if findings.contains(where: { $0.problem != nil }) { throw ExitStatus.someFailed.code }
    }

    private func model() -> Finding {
        let problem = ModelFactory.problem(with: ModelSettings(provider: .local))
        return Finding(
            name: "embedded model", problem: problem?.message, detail: "the runtime and the weights are there")
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
