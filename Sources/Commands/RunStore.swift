internal import Diagnostics
internal import Digests
internal import Execution
internal import Journaling
internal import Planning
internal import Recipes
internal import Reporting
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where one run keeps itself: its folder, the lock on it, its journal and its reports.
struct RunStore {
    var folder: RunFolder
    /// The run's name: its recipe and when it started.
    var id: String
    var started: Timestamp
    var recipeName: String
    let journal: SQLiteJournal
    let clock: WallClock
    private let lock: RunLock

    private init(folder: RunFolder, id: String, started: Timestamp, recipeName: String, clock: WallClock)
        throws(JournalError)
    {
        self.folder = folder
        self.id = id
        self.started = started
        self.recipeName = recipeName
        self.clock = clock
        lock = try RunLock(folder)
        journal = try SQLiteJournal.create(at: folder.journal)
    }

    /// Opens a run to go on with it: locks it and looks whether its journal agrees with itself.
    ///
    /// - Throws: `busy` while another process executes it; `damaged`, `foreign`, `newer` for a journal that cannot be
    ///   gone on with, which is left as it is.
    init(reopening folder: RunFolder, clock: WallClock) throws(JournalError) {
        self.folder = folder
        self.clock = clock
        try folder.refuseNetworkFileSystem()
        try Self.refuseReadOnly(folder)
        lock = try RunLock(folder)
        journal = try SQLiteJournal(path: folder.journal)
        let reader = try journal.reader()
        try reader.verify()
        let first = try reader.history().starts[0]
        id = first.id
        started = first.at
        recipeName = first.outline.recipe
    }

    /// A folder for a new run, locked, with an empty journal and the recipe as it is run.
    ///
    /// - Parameter path: `--run`; nil for a folder in `.linecook/runs` beside the recipe.
    static func create(
        for plan: Plan, recipe: [UInt8], folder path: String?, clock: WallClock
    ) throws(JournalError) -> RunStore {
        let started = clock.now()
        let name = plan.recipe.name.value
        let id: String
        let folder: RunFolder
        try RunFolder(path ?? RunPaths.runsFolder(of: plan.recipe.file)).refuseNetworkFileSystem()
        if let path {
            folder = RunFolder(path)
            id = RunPaths.lastPart(of: path)
            try folder.refuseLostJournal()
            try refuseOtherFiles(folder)
            try makeFolder(path, existing: true)
        } else {
            (id, folder) = try makeRunFolder(beside: plan.recipe.file, name: name, at: started)
        }
        do throws(JournalError) {
            let store = try RunStore(folder: folder, id: id, started: started, recipeName: name, clock: clock)
            try write(recipe, to: folder.recipe)
            return store
        } catch {
            // In a folder that was made just now nothing is anybody else's.
            if path == nil { discard(folder) }
            throw error
        }
    }

    /// `NAME-20261122-144512`, with a number behind it if that is taken.
    private static func makeRunFolder(
        beside recipe: String, name: String, at time: Timestamp
    ) throws(JournalError) -> (String, RunFolder) {
        let runs = RunPaths.runsFolder(of: recipe)
        try makeFolder(runs, existing: true)
        let base = "\(name)-\(RunPaths.stamp(time))"
        for number in 1...1000 {
            let id = number == 1 ? base : "\(base)-\(number)"
            let path = "\(runs)/\(id)"
            if mkdir(path, 0o755) == 0 { return (id, RunFolder(path)) }
            guard errno == EEXIST else { throw problem("make", path) }
        }
        throw JournalError(.exists, "\(runs) has a thousand runs of this second; name a folder with --run")
    }

    private static func makeFolder(_ path: String, existing: Bool) throws(JournalError) {
        for part in RunPaths.parents(of: path) + [path] where mkdir(part, 0o755) != 0 {
            guard errno == EEXIST else { throw problem("make", part) }
            guard access(part + "/.", F_OK) == 0 || errno == EACCES else {
                throw JournalError(.readOnly, "\(part) is no folder; name another one with --run")
            }
        }
    }

    /// Refuses a folder of somebody's files: reports would lie among them, and over those of the same names.
    private static func refuseOtherFiles(_ folder: RunFolder) throws(JournalError) {
        guard access(folder.journal, F_OK) != 0 else { return }
        // A process that was killed before its run had begun has left nothing else.
        let left = ["lock"] + ["", "-wal", "-shm", "-journal"].map { "journal.sqlite.new\($0)" }
        guard let first = RunDirectory.entries(of: folder.path).first(where: { !left.contains($0) }) else { return }
        throw JournalError(
            .exists,
            "\(folder.path) holds no run, but other files, such as \(first); name a folder with --run that is new or empty"
        )
    }

    /// A folder in which no reports can be written is told before anything is asked, and not behind the last answer.
    private static func refuseReadOnly(_ folder: RunFolder) throws(JournalError) {
        guard access(folder.path, W_OK) != 0 else { return }
        throw JournalError(path: folder.path, doing: "write into", errno: errno)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(JournalError) {
        guard let file = fopen(path, "we") else { throw problem("write", path) }
        let written = bytes.isEmpty ? 0 : fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else { throw problem("write", path) }
    }

    private static func problem(_ verb: String, _ path: String) -> JournalError {
        let number = errno
        let error = JournalError(path: path, doing: verb, errno: number)
        guard error.reason != .full else { return error }
        let reason = String(cString: strerror(number))
        return JournalError(.readOnly, "cannot \(verb) \(path): \(reason); name another folder with --run")
    }

    /// Takes away what ``create(for:recipe:folder:clock:)`` made, for a run that could not begin. Of a folder that was
    /// named by `--run`, other people's files stay.
    func discard() { Self.discard(folder) }

    private static func discard(_ folder: RunFolder) {
        // The recipe first: where it stands alone, a run has lost its journal.
        for name in ["recipe.yaml", "journal.sqlite", "journal.sqlite.new", "answers.sqlite"] {
            for part in ["", "-wal", "-shm", "-journal"] { unlink("\(folder.path)/\(name)\(part)") }
        }
        unlink("\(folder.path)/lock")
        rmdir(folder.path)
    }

    /// Whether the journal still lies in the folder: what is written to one that was taken away ends with the process.
    var isThere: Bool { access(folder.journal, F_OK) == 0 || errno != ENOENT }

    // MARK: The run's own records

    /// The value of the name `run` in expressions.
    var value: Value { Self.value(id: id, started: started, recipe: recipeName) }

    static func value(id: String, started: Timestamp, recipe: String) -> Value {
        ["id": .string(id), "date": .string(RunPaths.date(started)), "recipe": .string(recipe)]
    }

    /// - Parameters:
    ///   - words: see ``RecipeArguments/words``.
    ///   - anew: whether every record is taken up again.
    func begin(_ plan: Plan, words: [String], anew: Bool) async throws(JournalError) {
        var outline = plan.outline
        outline.outputFolder = RunPaths.relative(plan.outputFolder, from: folder.path)
        try await journal.begin(
            RunStart(
                id: id, at: started,
                recipeText: plan.recipe.bytes, outline: outline, plan: plan.identity(words),
                options: [
                    "words": .list(words.map(Value.string)), "folder": .string(folder.path),
                    "working_folder": .string(RunPaths.workingFolder),
                    EarlierRecords.option: .string(plan.resultIdentity),
                ], anew: anew))
    }

    func finish(_ summary: RunSummary, reason: String?) async throws(JournalError) {
        try await journal.finish(
            RunEnd(
                at: clock.now(), outcome: summary.outcome, reason: reason, counts: summary.counts,
                neverAdmitted: summary.neverAdmitted, outputs: summary.allOutputs))
    }

    /// Writes the reports from the journal alone.
    func writeReports() throws -> RunReport {
        try Reports.write(journal: SQLiteJournalReader(path: folder.journal), into: folder.path)
    }
}
