internal import Diagnostics
internal import Planning
internal import Runs

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Whether a run could write where its outputs go, seen without making a folder or a file.
enum OutputFolders {
    static func problems(of plan: Plan) -> [Diagnostic] {
        let files = plan.outputs.map(\.path) + plan.collect.flatMap { $0.outputs.map(\.path) }
        guard !files.isEmpty || plan.allSteps.contains(where: { $0.kind == "write" }) else { return [] }
        var folders = [plan.outputFolder]
        for file in files {
            let folder = FilePaths.folder(of: "\(plan.outputFolder)/\(file)")
            if !folders.contains(folder) { folders.append(folder) }
        }
        // A folder that lies in one that cannot be written is told with it.
        return folders.lazy.compactMap(problem).first.map { [.error($0, at: nil)] } ?? []
    }

    private static func problem(with folder: String) -> String? {
        var place = folder
        while access(place, F_OK) != 0 {
            guard errno == ENOENT, place != "/", place != "." else {
                return "the outputs cannot be written into '\(folder)': \(reason)"
            }
            place = FilePaths.folder(of: place)
        }
        guard access("\(place)/.", W_OK | X_OK) != 0 else { return nil }
        let made = place == folder ? "" : "it would be made in '\(place)': "
        return "the outputs cannot be written into '\(folder)': \(made)\(reason)"
    }

    private static var reason: String { String(cString: strerror(errno)) }
}
