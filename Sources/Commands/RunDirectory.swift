internal import Diagnostics
internal import Journaling
internal import Recipes

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The runs that lie near the working directory.
enum RunDirectory {
    /// Every run folder below `.linecook/runs` here and one folder down, newest first by name of its time.
    static func all() -> [RunFolder] {
        let places = [".linecook/runs"] + entries(of: ".").map { "\($0)/.linecook/runs" }
        return places.flatMap { place in entries(of: place).map { RunFolder("\(place)/\($0)") } }
            .filter { access($0.journal, F_OK) == 0 }
            .sorted { modified($0) > modified($1) }
    }

    /// The stores of answers here and one folder down.
    static func answerStores() -> [String] {
        ([""] + entries(of: ".").map { "\($0)/" }).map { AnswerKeeper.path(of: "\($0).linecook") }
            .filter { access($0, F_OK) == 0 }
    }

    /// The runs in a folder of runs, newest first.
    static func runs(in place: String) -> [RunFolder] {
        entries(of: place).map { RunFolder("\(place)/\($0)") }.filter { access($0.journal, F_OK) == 0 }
            .sorted { modified($0) > modified($1) }
    }

    /// The newest run of a recipe, in the folder that its runs lie in.
    static func newest(of recipe: Recipe) -> RunFolder? {
        runs(in: RunPaths.runsFolder(of: recipe.file)).first { run in
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
        if access(folder.journal, F_OK) == 0 { return folder }
        return all().first { RunPaths.lastPart(of: $0.path) == run }
    }

    static func notFound(_ run: String?) -> String {
        guard let run else { return "no run lies in .linecook/runs here or one folder down; name its folder\n" }
        let names = all().prefix(5).map { RunPaths.lastPart(of: $0.path) }
        let known = names.isEmpty ? "" : "; the newest are \(names.joined(separator: ", "))"
        return "error: there is no run '\(run)'\(known)\n"
    }

    private static func modified(_ folder: RunFolder) -> (Int, Int) {
        var status = stat()
        guard stat(folder.path + "/recipe.yaml", &status) == 0 else { return (0, 0) }
        #if canImport(Darwin)
            return (status.st_mtimespec.tv_sec, status.st_mtimespec.tv_nsec)
        #else
            return (status.st_mtim.tv_sec, status.st_mtim.tv_nsec)
        #endif
    }

    private static func entries(of folder: String) -> [String] {
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
