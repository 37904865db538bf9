internal import Journaling
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A run that stands in a folder: which recipe it runs and with which options.
struct StandingRun {
    var folder: RunFolder
    var recipe: String
    /// See ``RecipeArguments/words``.
    var words: [String]
    var history: RunHistory

    /// Goes to the working folder that the run was started in, because the paths of its options begin there.
    ///
    /// - Parameter needsRecipe: whether the recipe has to be where it was.
    /// - Throws: `missing` where the recipe is gone.
    init(_ folder: RunFolder, needsRecipe: Bool = true) throws(JournalError) {
        try folder.refuseLostJournal()
        history = try SQLiteJournalReader(path: folder.journal).history()
        let last = history.starts[history.starts.count - 1]
        let path = FilePaths.real(folder.path) ?? folder.path
        let home = last.options["working_folder"]?.string ?? ""
        self.folder = folder
        if !home.isEmpty, home != RunPaths.workingFolder {
            guard chdir(home) == 0 else {
                throw JournalError(
                    .missing, "the run was started in \(home), which is gone; its paths begin there")
            }
            self.folder = RunFolder(path)
        }
        recipe = last.outline.recipePath
        words = last.options["words"]?.list?.compactMap(\.string) ?? []
        guard !needsRecipe || access(recipe, F_OK) == 0 else {
            throw JournalError(
                .missing,
                "the recipe \(recipe) of this run is gone; as it ran it is kept in \(folder.path)/recipe.yaml: "
                    + "copy it back")
        }
    }
}

extension RunHistory {
    /// The recipe file of its last start; nil where that is gone.
    var recipeFile: String? { FilePaths.real(recordedFile) }

    private var recordedFile: String {
        let last = starts[starts.count - 1]
        let path = last.outline.recipePath
        guard !path.hasPrefix("/"), let home = last.options["working_folder"]?.string, !home.isEmpty else {
            return path
        }
        return "\(home)/\(path)"
    }

    /// Whether it is a run of this recipe file, and not of another one beside it with the same `recipe:`. Where its own
    /// file is gone, the folder of both may have moved, and the file's name tells.
    func isRun(of recipe: String) -> Bool {
        guard let file = recipeFile else { return RunPaths.lastPart(of: recordedFile) == RunPaths.lastPart(of: recipe) }
        return file == FilePaths.real(recipe)
    }

    /// Whether no record of the run is in flight, waiting or not reached.
    var isOver: Bool {
        guard isClosed, let end = ends.last else { return false }
        // Groups of records that are yet to be asked about are in no count of records.
        if end.outcome == .stopped, !(starts.last?.outline.collect.isEmpty ?? true) { return false }
        return end.counts.waiting == 0 && end.counts.notReached == 0
    }

    /// Whether nothing at all is left to do: the run is over, and the last of its reports tells of that end. A process that
    /// is killed between the two leaves a run without reports, which going on with it writes.
    func isComplete(in folder: RunFolder) -> Bool {
        guard isOver, let end = ends.last else { return false }
        guard let report = Self.bytes(of: folder.path + "/report.json"),
            case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(report) })
        else { return false }
        return value["ended"]?.string == end.at.rfc3339
    }

    private static func bytes(of path: String) -> [UInt8]? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }
}
