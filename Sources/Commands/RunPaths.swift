internal import Values

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Where runs lie, and how they are called.
enum RunPaths {
    /// `.linecook/runs` beside a recipe.
    static func runsFolder(of recipe: String) -> String {
        guard let slash = recipe.utf8.lastIndex(of: UInt8(ascii: "/")) else { return ".linecook/runs" }
        return "\(recipe[..<slash])/.linecook/runs"
    }

    /// Of this process.
    static var workingFolder: String {
        guard let path = getcwd(nil, 0) else { return "" }
        defer { free(path) }
        return String(cString: path)
    }

    /// `.linecook` beside a recipe.
    static func home(of recipe: String) -> String { String(runsFolder(of: recipe).dropLast("/runs".utf8.count)) }

    static func lastPart(of path: String) -> String {
        path.split(separator: "/").last.map(String.init) ?? path
    }

    /// Without slashes at its end.
    static func trimmed(_ path: String) -> String {
        var path = path
        while path.hasSuffix("/"), path != "/" { path.removeLast() }
        return path
    }

    /// `a`, `a/b` for `a/b/c`.
    static func parents(of path: String) -> [String] {
        var parents: [String] = []
        var index = path.startIndex
        while let slash = path[index...].firstIndex(of: "/") {
            let parent = String(path[..<slash])
            if !parent.isEmpty, parent != "." { parents.append(parent) }
            index = path.index(after: slash)
        }
        return parents
    }

    /// A folder as it is seen from another, both relative to the working directory or both absolute; nil where that
    /// cannot be told from the names.
    static func relative(_ folder: String, from base: String) -> String? {
        func parts(_ path: String) -> [Substring] { path.split(separator: "/").filter { $0 != "." } }
        guard folder.hasPrefix("/") == base.hasPrefix("/") else { return folder.hasPrefix("/") ? folder : nil }
        var (to, from) = (parts(folder)[...], parts(base)[...])
        while let part = to.first, part == from.first {
            to = to.dropFirst()
            from = from.dropFirst()
        }
        guard !from.contains("..") else { return nil }
        return (from.map { _ in ".." } + to).joined(separator: "/")
    }

    /// `20261122-144512`, in UTC.
    static func stamp(_ time: Timestamp) -> String {
        String(time.rfc3339.prefix(19).filter { $0 != "-" && $0 != ":" }.map { $0 == "T" ? "-" : $0 })
    }

    /// `2026-11-22`, in UTC.
    static func date(_ time: Timestamp) -> String { String(time.rfc3339.prefix(10)) }
}
