internal import Journaling

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where the answers of a run are shared with other runs, and where those lie.
struct AnswerPlace {
    /// The folder of the store.
    let home: String
    /// The folder of the runs.
    let runs: String
    /// For people, where it is not beside the recipe.
    let note: String?

    /// Beside the recipe. Beside the folder of the run, where the recipe lies on a network file system, on which the store is
    /// as little safe as a journal, or where nothing may be written beside it; in that folder, if it may not be there either.
    init(recipe: String, run: RunFolder) throws(JournalError) {
        let home = RunPaths.home(of: recipe)
        let reason: String
        if let kind = try RunFolder(home).networkFileSystem() {
            reason = "\(recipe) lies on a network file system (\(kind))"
        } else if Self.mayNotWrite(home) {
            reason = "\(home) may not be written"
        } else {
            self.home = home
            runs = home + "/runs"
            note = nil
            return
        }
        let parent = RunFolder.parent(of: RunPaths.trimmed(run.path)) ?? "."
        try RunFolder(parent).refuseNetworkFileSystem()
        let beside = parent == "." ? ".linecook" : "\(parent)/.linecook"
        guard !Self.mayNotWrite(beside) else {
            self.home = run.path
            runs = run.path
            note = "\(reason): answers are kept in \(run.path)/answers.sqlite, and shared with no other run"
            return
        }
        self.home = beside
        runs = parent
        note =
            "\(reason): answers are shared in \(beside)/answers.sqlite, with the runs whose folders lie beside this one"
    }

    /// Whether rights keep a folder, or the one that it is yet to be made in, from being written.
    private static func mayNotWrite(_ folder: String) -> Bool {
        let place = access(folder, F_OK) == 0 ? folder : RunFolder.parent(of: folder) ?? "."
        return access(place, W_OK | X_OK) != 0 && [EACCES, EROFS, EPERM].contains(errno)
    }

    /// Whether a folder among the runs is one. Beside the folder of `--run` lie others with a recipe in them.
    func holds(_ folder: RunFolder) -> Bool { note == nil || access(folder.journal, F_OK) == 0 }
}
