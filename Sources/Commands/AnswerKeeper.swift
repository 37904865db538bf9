internal import Journaling
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The store of answers that the runs of one folder share, as a run uses it: `.linecook/answers.sqlite`, beside the recipe
/// or, where it cannot lie there, beside the folder of the run: see ``AnswerPlace``.
struct AnswerKeeper {
    private let store: AnswerStore
    /// By which the store knows this run's journal.
    private let own: String
    private let others: [RunFolder]
    /// Where the store lies, in words, where that is not beside the recipe.
    let note: String?

    init(recipe: String, run: RunFolder) throws(JournalError) {
        let place = try AnswerPlace(recipe: recipe, run: run)
        let home = place.home
        note = place.note
        if mkdir(home, 0o755) != 0, errno != EEXIST {
            throw JournalError(.io, "cannot make \(home): \(String(cString: strerror(errno)))")
        }
        store = try AnswerStore(path: Self.path(of: home))
        let own = Self.name(run)
        self.own = own
        others = try Self.runs(sharing: store, in: place.runs).filter { Self.name($0) != own && place.holds($0) }
    }

    /// Takes in what other runs of the folder have not given the store yet, such as one that was killed.
    ///
    /// - Returns: which journals could not be read, in words.
    func takeOthers() -> [String] { Self.fill(store, from: others) }

    /// The runs that share a store: those in a folder, and those elsewhere that the store knows of because of `--run`. Of
    /// one whose folder is gone nothing is left to read.
    static func runs(sharing store: AnswerStore, in place: String) throws(JournalError) -> [RunFolder] {
        let near = RunDirectory.runs(in: [place])
        let names = Set(near.map(name))
        return near + (try store.journals()).filter { !names.contains($0) }.map(RunFolder.init).filter(\.holdsRun)
    }

    /// Lets later runs know of this one, before it sends anything.
    func enlist(_ journal: any Journal) throws(JournalError) {
        try store.enlist(journal.reader().history().starts[0], at: own)
    }

    /// What other runs of the folder may have sent, and nobody knows whether they did. A journal that cannot be read was
    /// told by ``takeOthers()``.
    func doubts() -> OpenEffects {
        var doubts = OpenEffects()
        for folder in others {
            var open = OpenEffects()
            guard
                case .success = Result(catching: {
                    try SQLiteJournalReader(path: folder.journal).forEachEvent { try open.add($0.entry) }
                })
            else { continue }
            doubts.add(open)
        }
        return doubts
    }

    /// Brings the answers of runs to a store, as far as it does not have them.
    ///
    /// - Returns: Which journals could not be read, and why: no reason to stop anything.
    static func fill(_ store: AnswerStore, from runs: [RunFolder]) -> [String] {
        runs.compactMap { folder in
            do {
                try store.take(SQLiteJournalReader(path: folder.journal), at: name(folder))
                return nil
            } catch let error as JournalError where error.reason == .missing && access(folder.journal, F_OK) == 0 {
                // Another process is about to begin it, or was killed just then: there are no answers yet.
                return nil
            } catch {
                return "the answers of \(folder.path) are not used: \(error)"
            }
        }
    }

    static func path(of home: String) -> String { home + "/answers.sqlite" }

    /// By which a store knows a run.
    static func name(_ folder: RunFolder) -> String { FilePaths.real(folder.path) ?? folder.path }

    func take(_ journal: any Journal) throws {
        try take(reading: journal.reader())
    }

    /// Takes in the run's own answers.
    func take(reading reader: any JournalReading) throws {
        guard case .success = Result(catching: { () throws(JournalError) in try reader.history() }) else { return }
        try store.take(reader, at: own)
    }

    /// - Parameter isNew: whether the run has no answers of its own yet, whatever run lay in its folder before.
    func shelf(sharing: Bool, isNew: Bool = false) throws(JournalError) -> any AnswerShelf {
        try store.shelf(of: isNew ? nil : own, sharing: sharing)
    }
}
