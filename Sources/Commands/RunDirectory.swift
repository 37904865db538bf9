internal import Diagnostics
internal import Journaling
internal import Recipes
internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The runs that lie near the working directory.
enum RunDirectory {
    /// Every run folder below `.linecook/runs` here and one folder down, the one that started last first.
    static func all() -> [RunFolder] {
        runs(in: [".linecook/runs"] + entries(of: ".").map { "\($0)/.linecook/runs" })
    }

    /// The runs in some folders of runs, the one that started last first.
    static func runs(in places: [String]) -> [RunFolder] {
        let found = places.flatMap { place in entries(of: place).map { RunFolder("\(place)/\($0)") } }
            .filter(\.holdsRun).map { (folder: $0, stamp: started($0)) }
        var seconds: [Substring: Int] = [:]
        for run in found { seconds[second(run.stamp), default: 0] += 1 }
        // Only where a second has more than one do their journals have to tell which was first.
        let starts = found.map { run in
            Start(
                second: second(run.stamp), moment: seconds[second(run.stamp)] == 1 ? nil : moment(run.folder),
                stamp: run.stamp)
        }
        return zip(found, starts).sorted { $0.1 > $1.1 }.map(\.0.folder)
    }

    /// When a run started, for the order of runs.
    private struct Start: Comparable {
        var second: Substring
        /// Of a journal that cannot be read nothing is known: it counts as the last of its second, so that it is told of.
        var moment: Timestamp?
        var stamp: String

        static func < (one: Start, other: Start) -> Bool {
            if one.second != other.second { return one.second < other.second }
            guard one.moment != other.moment else { return one.stamp < other.stamp }
            guard let moment = one.moment, let later = other.moment else { return one.moment != nil }
            return moment < later
        }
    }

    /// `20261122-144512` of `20261122-144512-0002`.
    private static func second(_ stamp: String) -> Substring { stamp.prefix(15) }

    private static func moment(_ folder: RunFolder) -> Timestamp? {
        guard
            case .success(let history) = Result(catching: { () throws(JournalError) in
                try SQLiteJournalReader(path: folder.journal).history()
            })
        else { return nil }
        return history.starts.first?.at
    }

    /// The stores of answers here and one folder down.
    static func answerStores() -> [String] {
        ([""] + entries(of: ".").map { "\($0)/" }).map { AnswerKeeper.path(of: "\($0).linecook") }
            .filter { access($0, F_OK) == 0 }
    }

    /// The newest run of a recipe file, in the folder that its runs lie in. A folder in which no run has begun is none: its
    /// process was killed just then.
    ///
    /// - Parameter other: a run that is not meant.
    /// - Throws: ``JournalError`` where the journal of the newest cannot be read, or is gone.
    static func newest(
        of recipe: Recipe, but other: RunFolder? = nil
    ) throws(JournalError) -> (folder: RunFolder, history: RunHistory)? {
        let home = RunPaths.runsFolder(of: recipe.file)
        if access(home, R_OK | X_OK) != 0, errno == EACCES {
            throw JournalError(path: home, doing: "look into", errno: EACCES)
        }
        for run in runs(of: recipe) where run.path != other?.path {
            try run.refuseLostJournal()
            do throws(JournalError) {
                let history = try SQLiteJournalReader(path: run.journal).history()
                if history.isRun(of: recipe.file) { return (run, history) }
            } catch let error where error.reason == .missing {
                continue
            }
        }
        return nil
    }

    /// The runs of recipes with a recipe's name, in the folder that its runs lie in, the one that started last first.
    static func runs(of recipe: Recipe) -> [RunFolder] {
        runs(in: [RunPaths.runsFolder(of: recipe.file)]).filter { run in
            // `NAME-20261122-144512`, perhaps with a number behind it.
            let name = RunPaths.lastPart(of: run.path)
            let rest = name.dropFirst(recipe.name.value.count)
            return name.hasPrefix(recipe.name.value)
                && rest.wholeMatch(of: /-[0-9]{8}-[0-9]{6}(-[0-9]+)?/) != nil
        }
    }

    /// By its folder or its name; the newest when nothing is named.
    static func find(_ run: String?) -> RunFolder? {
        guard let run else { return all().first }
        let folder = RunFolder(run)
        if folder.holdsRun { return folder }
        return all().first { RunPaths.lastPart(of: $0.path) == run }
    }

    /// Who executes a run right now, as its report says it.
    static func executedBy(of run: RunFolder, in journal: any JournalReading) throws(JournalError) -> String? {
        try journal.history().isClosed ? nil : RunLock.holder(of: run)
    }

    static func notFound(_ run: String?) -> String {
        guard let run else {
            return "no run lies in ./.linecook/runs or in .linecook/runs of a folder in here; name its folder: "
                + "linecook report PATH/.linecook/runs/RUN\n"
        }
        let names = all().prefix(5).map { RunPaths.lastPart(of: $0.path) }
        let known = names.isEmpty ? "" : "; the newest are \(names.joined(separator: ", "))"
        return "error: there is no run '\(run)' in ./.linecook/runs or in .linecook/runs of a folder in here\(known)\n"
    }

    /// When a run started, as a text that sorts by time: from its name, else from its journal. What is done to its files
    /// later, such as a copy of them, changes neither.
    private static func started(_ folder: RunFolder) -> String {
        if let stamp = stamp(in: RunPaths.lastPart(of: folder.path)) { return stamp }
        do {
            guard let start = try SQLiteJournalReader(path: folder.journal).history().starts.first else { return "" }
            return RunPaths.stamp(start.at)
        } catch {
            // It can still be named; whoever reads it is told what is wrong with it.
            return ""
        }
    }

    /// `20261122-144512-0002` of `NAME-20261122-144512-2`; nil for a name without a time.
    static func stamp(in name: String) -> String? {
        var parts = name.split(separator: "-").map(String.init)
        func isNumber(_ text: String?) -> Bool { text?.utf8.allSatisfy { (0x30...0x39).contains($0) } ?? false }
        var number = ""
        if let last = parts.last, last.utf8.count <= 4, isNumber(last) {
            parts.removeLast()
            number = "-" + String(repeating: "0", count: 4 - last.utf8.count) + last
        }
        guard let time = parts.popLast(), let day = parts.popLast(), time.utf8.count == 6, day.utf8.count == 8,
            isNumber(time), isNumber(day)
        else { return nil }
        return "\(day)-\(time)\(number)"
    }

    /// The names in a folder, sorted; none where it cannot be looked into.
    static func entries(of folder: String) -> [String] {
        guard let directory = opendir(folder) else { return [] }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { pointer in
                pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }
}
