/// The path of an output as a recipe writes it: relative to the output folder, and inside it.
package struct OutputPath: Hashable, Sendable {
    package let text: String

    /// Why a path cannot be an output; nil for one that can.
    package static func problem(with path: String) -> String? {
        let parts = path.utf8.split(separator: slash, omittingEmptySubsequences: false).map { String(Substring($0)) }
        if path.utf8.isEmpty { return "an output needs a file name" }
        if path.utf8.first == slash {
            return "'\(path)' is absolute; outputs are relative to the output folder, which `out` or --output names"
        }
        if parts.contains("..") { return "'\(path)' leaves the output folder; outputs stay inside it" }
        if parts.contains(".") || parts.contains("") {
            return "'\(path)' is no plain file path; write it like tables/a.csv"
        }
        if path.utf8.contains(0) { return "'\(path)' has a zero byte in it" }
        return nil
    }

    package init?(_ path: String) {
        guard OutputPath.problem(with: path) == nil else { return nil }
        text = path
    }

    /// Where the rows of a run that stopped early go: `tables/a.partial.csv`.
    var partial: String {
        let (stem, fileExtension) = Paths.split(name: Paths.name(of: text))
        return beside(fileExtension.map { "\(stem).partial.\($0)" } ?? "\(stem).partial")
    }

    /// Every file that an output of this path writes, the path itself first.
    package var files: [String] {
        [text, partial] + ["spool", "late", "places", "new"].map(working)
            + [beside(".\(Paths.name(of: partial)).new")]
    }

    /// A file in the same folder.
    func beside(_ name: String) -> String { Paths.joined(Paths.folder(of: text), name) }

    /// The hidden working files of an output: `tables/.a.csv.spool`.
    func working(_ suffix: String) -> String { beside(".\(Paths.name(of: text)).\(suffix)") }
}
