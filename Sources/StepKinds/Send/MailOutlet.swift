internal import Calls
internal import Processes
internal import Runs
internal import Steps
internal import Values

/// Hands letters to a mail program, as every Unix knows it: the letter on its input, exit code 0 once it has taken it.
struct MailOutlet: Outlet {
    let program: String
    let arguments: [String]
    let programs: ProgramPool
    let folder: String

    var standardTimeout: Swift.Duration { .seconds(60) }
    var statusUnseen: Value { "sent" }
    var width: StepWidth? { .fixed(programs.width) }

    var lack: Failure? {
        path == nil
            ? Failure(
                .program,
                "there is no mail program '\(program)' on this machine; install one (Debian: apt-get install msmtp-mta), or "
                    + "name it with 'via'") : nil
    }

    /// Mail programs often lie where only an administrator's `PATH` leads.
    private var path: String? {
        ProgramSearch.find(program) ?? ProgramSearch.find(program, path: "/usr/sbin:/usr/lib:/usr/local/sbin")
    }

    func send(_ message: EmailMessage.Rendered, key: String, timeout: Swift.Duration) async -> SendEnding {
        let letter = MailText.bytes(of: message, key: key, time: Endpoint.secondsSince1970())
        guard let path else { return .failed(lack ?? Failure(.program, "there is no mail program '\(program)'")) }
        let result = await programs.run(
            path, arguments, input: letter, environment: [:], directory: folder, timeout: timeout)
        guard let result, result.ending != .cancelled else { return .stopped }
        let name = program.split(separator: "/").last.map(String.init) ?? program
        if let failure = result.failure(of: "the mail program '\(name)'", timeout: timeout, acts: true) {
            return .failed(failure)
        }
        return .sent(status: "sent")
    }
}
