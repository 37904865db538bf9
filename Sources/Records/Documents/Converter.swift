internal import Processes
internal import Runs

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// A program of the system that documents are read with.
package enum Converter: String, Sendable, CaseIterable {
    case pdftotext, pdfinfo, pandoc

    package var program: String { rawValue }

    /// What it is needed for.
    package var purpose: String {
        switch self {
        case .pdftotext, .pdfinfo: "PDF"
        case .pandoc: "DOCX"
        }
    }

    package var isInstalled: Bool { ProgramSearch.find(program) != nil }

    /// The command that installs it here.
    package var installation: String {
        #if canImport(Darwin)
            return self == .pandoc ? "brew install pandoc" : "brew install poppler"
        #else
            let package = self == .pandoc ? "pandoc" : "poppler-utils"
            let tool = ["apt-get", "dnf", "zypper"].first { ProgramSearch.find($0) != nil } ?? "apt-get"
            return "sudo \(tool) install \(package)"
        #endif
    }
}

/// What a converter may use up on one file.
struct ConverterBounds: Sendable {
    var time = Duration.seconds(90)
    /// Of what it writes.
    var output = 64 << 20
    /// Of address space, where the system can bound it.
    var memory = 2 << 30
}

extension Converter {
    /// Runs it on one document, which it gets on its standard input: no name or path of a record is ever an argument.
    ///
    /// Waits for a place first: there are as many as cores.
    func run(_ arguments: [String], on bytes: [UInt8], bounds: ConverterBounds) async -> ChildResult {
        await Self.places.enter()
        defer { Self.places.leave() }
        return await Child.run(
            program: program, arguments: arguments, input: bytes,
            environment: ChildEnvironment(["LC_ALL": "C.UTF-8", "HOME": "/nonexistent"]), directory: "/",
            timeout: bounds.time, outputLimit: bounds.output, memoryLimit: bounds.memory)
    }

    private static let places = Turnstile(places: max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))

    /// What it means for a document that the program did not end well.
    ///
    /// - Parameter exited: says why, where the program itself told that it could not.
    func failure(
        of result: ChildResult, name: String, bounds: ConverterBounds, exited: (String) -> Failure
    ) -> Failure {
        switch result.ending {
        case .exited: exited(result.lastError)
        case .signalled(let signal):
            Failure(.unreadable, "'\(name)' made \(program) break off (signal \(signal)); leave it out of `match`")
        case .timedOut:
            Failure(
                .timeout,
                "'\(name)' took \(program) more than \(bounds.time.components.seconds) s; split it, or leave it out")
        case .outputTooLong:
            Failure(.unreadable, "'\(name)' has more than \(bounds.output >> 20) MB of text; split it")
        case .cancelled: Failure(.unreadable, "'\(name)' was not read to its end: the run was stopped")
        case .notStarted(let reason): Failure(.unreadable, "\(program) could not be started: \(reason)")
        }
    }
}

extension ChildResult {
    /// The last line that the program wrote about what is wrong.
    var lastError: String {
        errorTail.split { $0 == "\n" || $0 == "\r" }.last { !$0.allSatisfy(\.isWhitespace) }.map(String.init) ?? ""
    }
}
