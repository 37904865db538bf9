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

    /// Beside the recipe; beside the folder of the run, where the recipe lies on a network file system: the store is as
    /// little safe there as a journal is.
    init(recipe: String, run: RunFolder) throws(JournalError) {
        let home = RunPaths.home(of: recipe)
        guard let kind = try RunFolder(home).networkFileSystem() else {
            self.home = home
            runs = home + "/runs"
            note = nil
            return
        }
        runs = RunFolder.parent(of: RunPaths.trimmed(run.path)) ?? "."
        try RunFolder(runs).refuseNetworkFileSystem()
        self.home = runs == "." ? ".linecook" : "\(runs)/.linecook"
        note =
            "\(recipe) lies on a network file system (\(kind)): answers are shared in \(self.home)/answers.sqlite, with the "
            + "runs whose folders lie beside this one"
    }

    /// Whether a folder among the runs is one. Beside the folder of `--run` lie others with a recipe in them.
    func holds(_ folder: RunFolder) -> Bool { note == nil || access(folder.journal, F_OK) == 0 }
}
