internal import Journaling

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The store of answers that the runs of one folder share, as a run uses it: `.linecook/answers.sqlite`.
struct AnswerKeeper {
    private let store: AnswerStore
    /// By which the store knows this run's journal.
    private let own: String
    /// Journals of other runs that could not be read, in words.
    private(set) var problems: [String] = []

    /// Opens the store and takes in what earlier runs of the folder have not given it yet, such as one that was killed.
    init(recipe: String, run: RunFolder) throws {
        let home = RunPaths.home(of: recipe)
        if mkdir(home, 0o755) != 0, errno != EEXIST {
            throw JournalError(.io, "cannot make \(home): \(String(cString: strerror(errno)))")
        }
        store = try AnswerStore(path: Self.path(of: home))
        own = Self.name(run)
        for folder in RunDirectory.runs(in: [home + "/runs"]) where Self.name(folder) != own {
            // Another run's journal that cannot be read is no reason to stop this one.
            do {
                try store.take(SQLiteJournalReader(path: folder.journal), at: Self.name(folder))
            } catch {
                problems.append("the answers of \(folder.path) are not used: \(error)")
            }
        }
    }

    static func path(of home: String) -> String { home + "/answers.sqlite" }

    /// By which a store knows a run.
    static func name(_ folder: RunFolder) -> String {
        guard let real = realpath(folder.path, nil) else { return folder.path }
        defer { free(real) }
        return String(cString: real)
    }

    func take(_ journal: any Journal) throws {
        try take(reading: journal.reader())
    }

    /// Takes in the run's own answers.
    func take(reading reader: any JournalReading) throws {
        guard case .success = Result(catching: { () throws(JournalError) in try reader.history() }) else { return }
        try store.take(reader, at: own)
    }

    func shelf(sharing: Bool) throws(JournalError) -> any AnswerShelf {
        try store.shelf(of: own, sharing: sharing)
    }
}
