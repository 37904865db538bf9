internal import ArgumentParser
internal import Diagnostics
internal import Execution
internal import Journaling
internal import Reviewing
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

struct ReviewCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "review",
        abstract: "The records of a run that wait for a person: in the terminal, or in the browser with --web.",
        discussion: """
            In the terminal: a approve, e edit, r reject, s skip, u undo, ? help, q quit. It can be open while the run goes \
            on in another process. Without a terminal: --list, --show, --answer and --approve-where.

            Example: linecook review --list
            """)

    @Argument(
        help: ArgumentHelp(
            "The run: its folder or its name. If left out, the newest of this folder and of recipes/ in which records wait.",
            valueName: "run")
    )
    var name: String?

    @OptionGroup(title: "Which records") var view: ReviewViewArguments
    @OptionGroup(title: "Without a screen") var script: ReviewScriptArguments
    @OptionGroup(title: "In the browser") var web: ReviewWebArguments

    @Flag(name: .customLong("continue"), help: "Go on with the run afterwards.")
    var goesOn = false

    @Flag(help: "No colours, whatever the terminal can do.")
    var noColor = false

    func validate() throws {
        let forms = [view.list, script.show != nil, script.answer != nil, script.approveWhere != nil, web.web]
        guard forms.count(where: { $0 }) <= 1 else {
            throw ValidationError("--list, --show, --answer, --approve-where and --web exclude one another")
        }
        try script.validateTogether()
        try web.validateTogether()
    }

    func run() async throws {
        let terminal = Terminal.standardError(noColour: noColor)
        guard let folder = folder(terminal) else {
            terminal.write(RunDirectory.notFound(name).printable)
            throw ExitStatus.badRecipe.code
        }
        let status: ExitStatus
        do {
            status = try await review(folder, terminal)
        } catch let error as JournalError {
            terminal.write("error: \(error)\n".printable)
            throw (error.isUnwritable ? ExitStatus.cannotWrite : .badRecipe).code
        }
        if goesOn, status == .success || status == .someWait {
            let status = try await ReviewedRun(folder: folder, noColor: noColor).goOn(terminal)
            if status != .success { throw status.code }
        } else if status != .success {
            throw status.code
        }
    }

    /// The run that is named; people are told which one it is where none is.
    private func folder(_ terminal: Terminal) -> RunFolder? {
        if let name { return RunDirectory.find(name) }
        let choice = RunToReview(among: RunDirectory.all(), at: WallClock.system.now())
        if let choice { terminal.write(choice.text.printable) }
        return choice?.folder
    }

    private func review(_ folder: RunFolder, _ terminal: Terminal) async throws -> ExitStatus {
        let history = try SQLiteJournalReader(path: folder.journal).history()
        let store = ReviewStore(try SQLiteJournal(path: folder.journal), now: WallClock.system.now)
        let recipe = history.starts[history.starts.count - 1].outline.recipe
        let status: ExitStatus
        if web.web {
            status = try await ReviewPages(store: store, folder: folder, recipe: recipe, arguments: web).serve(terminal)
        } else if view.list {
            status = try ReviewListing(store: store, run: RunPaths.lastPart(of: folder.path), json: script.json)
                .write(view.view)
        } else if let record = script.show {
            status = try ReviewListing(store: store, run: RunPaths.lastPart(of: folder.path), json: script.json)
                .write(record, step: view.step, terminal)
        } else if script.answer != nil || script.approveWhere != nil {
            status = try await ScriptedReview(store: store, arguments: script, step: view.step, terminal: terminal)
                .run()
        } else {
            status = try await ReviewTerminal.review(store, view.view, folder: folder, recipe: recipe, terminal)
        }
        try await store.close()
        return status
    }
}

/// Which part of the queue, in which order.
struct ReviewViewArguments: ParsableArguments {
    @Flag(help: "List what waits, and end.")
    var list = false

    @Option(help: ArgumentHelp("The order of the queue: age, step or kind.", valueName: "order"))
    var order = QueueOrder.age

    @Option(help: ArgumentHelp("Only this kind: review, answer or doubt.", valueName: "kind"))
    var kind: Wait.Kind?

    @Option(help: ArgumentHelp("Only what waits at this step.", valueName: "name"))
    var step: String?

    @Option(help: ArgumentHelp("Only records with this in their id.", valueName: "text"))
    var find: String?

    @Option(help: ArgumentHelp("open, answered or all.", valueName: "state"))
    var state = QueueView.State.open

    var view: QueueView {
        var view = QueueView()
        (view.order, view.kind, view.step, view.state) = (order, kind, step, state)
        view.text = find ?? ""
        return view
    }
}

extension QueueOrder: ExpressibleByArgument {}
extension QueueView.State: ExpressibleByArgument {}
extension Wait.Kind: ExpressibleByArgument {}
extension Decision.Word: ExpressibleByArgument {}

extension Reviewer {
    /// Whoever the system says is at the keyboard.
    static func ofSystem(from place: String) -> Reviewer {
        let user = getuid()
        let name = getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? "user \(user)"
        // `ADDRESS PORT ADDRESS PORT`
        let client = environment("SSH_CONNECTION")?.split(separator: " ").first
        return Reviewer(name, from: client.map { "\(place), over ssh from \($0)" } ?? place)
    }
}

/// The run that is gone on with once its records are answered.
struct ReviewedRun {
    var folder: RunFolder
    var noColor: Bool

    func goOn(_ terminal: Terminal) async throws -> ExitStatus {
        do throws(JournalError) {
            // Held by nobody: let go of at once, the run takes it itself.
            _ = try RunLock(folder)
        } catch {
            guard error.reason == .busy else {
                terminal.write("error: \(error)\n".printable)
                return .badRecipe
            }
            terminal.write("the run goes on in another process, which takes the answers up by itself\n")
            return .success
        }
        do {
            let standing = try StandingRun(folder)
            let words = [standing.recipe] + standing.words + (noColor ? ["--no-color"] : [])
            return await RunSession(
                arguments: try RecipeArguments.parse(words), intent: .resume(standing.folder)
            ).run()
        } catch let error as JournalError {
            terminal.write("error: \(error)\n".printable)
            return .badRecipe
        }
    }
}
