internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Journaling
internal import Locks
internal import Pages
internal import ReviewWeb
internal import Reviewing

/// What `review --web` takes.
struct ReviewWebArguments: ParsableArguments {
    @Flag(help: "Serve the pages until Ctrl-C; needs --as.")
    var web = false

    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("Who answers; a link of their own for each, may be given more than once.", valueName: "name")
    )
    var names: [String] = []

    @Option(
        help: ArgumentHelp(
            "Where to listen. An address that others reach needs --certificate.", valueName: "address:port"))
    var listen = "127.0.0.1:0"

    @Option(
        help: ArgumentHelp(
            "The name and port that people type, where it is not what --listen says.", valueName: "host:port"))
    var site: String?

    @Option(help: ArgumentHelp("A TLS certificate with its chain, PEM.", valueName: "file"))
    var certificate: String?

    @Option(help: ArgumentHelp("The certificate's key, PEM.", valueName: "file"))
    var key: String?

    func validateTogether() throws {
        guard web else {
            guard names.isEmpty, site == nil, certificate == nil, key == nil else {
                throw ValidationError("--as, --listen, --site, --certificate and --key belong to --web")
            }
            return
        }
        guard !names.isEmpty, names.allSatisfy({ !$0.allSatisfy(\.isWhitespace) && $0.utf8.count <= 200 }) else {
            throw ValidationError("--web needs --as NAME: every answer is written down with who gave it")
        }
        guard Set(names).count == names.count else { throw ValidationError("--as names somebody twice") }
        guard (certificate == nil) == (key == nil) else { throw ValidationError("--certificate and --key go together") }
        guard let place = Self.place(listen) else {
            throw ValidationError("--listen is ADDRESS:PORT, such as 127.0.0.1:8080")
        }
        guard Self.isLoopback(place.host) || certificate != nil else {
            throw ValidationError(
                "\(place.host) can be reached by others, who could read along; give --certificate and --key, or leave --listen "
                    + "out and let people come through ssh -L")
        }
    }

    /// `127.0.0.1:8080`, `[::1]:0`
    static func place(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") { host = String(host.dropFirst().dropLast()) }
        return host.isEmpty ? nil : (host, port)
    }

    static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

/// The review pages of a run, for as long as the command runs.
struct ReviewPages {
    var store: ReviewStore
    var folder: RunFolder
    var recipe: String
    var arguments: ReviewWebArguments

    func serve(_ terminal: Terminal) async throws -> ExitStatus {
        guard let place = ReviewWebArguments.place(self.arguments.listen) else { return .usage }
        let key = self.arguments.key
        let certificate = self.arguments.certificate.flatMap { chain in
            key.map { ReviewServer.Certificate(chain: chain, key: $0) }
        }
        let server = ReviewServer(host: place.host, port: place.port, certificate: certificate)
        let ended = Guarded<Int32?>(nil)
        let (store, recipe, arguments) = (self.store, self.recipe, self.arguments)
        let run = RunPaths.lastPart(of: folder.path)
        let serving = Task {
            try await server.run { port in
                let address = Self.address(place.host, port, isSecure: certificate != nil, site: arguments.site)
                let people = People()
                let site = ReviewSite(
                    store, people: people, at: address, recipe: recipe, run: run, now: WallClock.system.now)
                for name in arguments.names {
                    let link = "\(address.scheme)://\(address.hosts[0])/in/\(people.invite(name))"
                    terminal.write("\(name): \(link)\n".printable)
                }
                terminal.write("Each link opens once. Ctrl-C ends the pages; the run does not need them.\n")
                return site
            }
        }
        let watch = SignalWatch { number, _ in
            ended.withLock { $0 = number }
            serving.cancel()
        }
        defer { withExtendedLifetime(watch) {} }
        do {
            try await serving.value
        } catch let problem as ReviewServer.Problem {
            terminal.write("error: \(problem)\n".printable)
            return .usage
        }
        let counts = try store.counts()
        terminal.write(
            "\(Figures.count(counts.open)) still wait, \(Figures.count(counts.answered)) answers wait for the run\n"
        )
        // Ctrl-C is how the pages are ended; nothing is interrupted by it.
        if ended.withLock(\.self) == 15 { return .terminated }
        return counts.open > 0 ? .someWait : .success
    }

    private static func address(_ host: String, _ port: Int, isSecure: Bool, site: String?) -> ReviewSite.Address {
        let shown = host.contains(":") ? "[\(host)]" : host
        var hosts = ["\(shown):\(port)"]
        if ReviewWebArguments.isLoopback(host) {
            hosts += ["localhost", "127.0.0.1", "[::1]"].map { "\($0):\(port)" }.filter { $0 != hosts[0] }
        }
        if let site {
            // A browser leaves out the port that its scheme has anyway.
            hosts.insert(site.lowercased(), at: 0)
        }
        return ReviewSite.Address(scheme: isSecure ? "https" : "http", hosts: hosts, port: port)
    }
}
