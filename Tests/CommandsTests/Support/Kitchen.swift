import Foundation
import TestSupport
import Testing
import Values

/// A folder with a recipe and what it works on, in which `linecook` is run.
///
/// `HOME` is this folder, so that what is installed on the machine plays no part.
final class Kitchen: Sendable {
    let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    /// With a recipe in `recipe.yaml`, and documents, by name, in `docs`.
    convenience init(_ recipe: String, documents: [String: String] = [:]) throws {
        try self.init()
        try write("recipe.yaml", recipe)
        for (name, text) in documents { try write("docs/\(name)", text) }
    }

    // MARK: Files

    func write(_ name: String, _ text: String) throws { _ = try folder.write(name, text) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        _ = try folder.write(name, "")
        try Data(bytes).write(to: URL(filePath: path(name)))
    }

    func lay(_ files: [String: String]) throws { for (name, text) in files { try write(name, text) } }

    func read(_ name: String) throws -> String { try folder.read(name) }

    func lines(_ name: String) throws -> [String] { try read(name).split(separator: "\n").map(String.init) }

    func path(_ name: String) -> String { "\(folder.path)/\(name)" }

    func exists(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

    /// The files of a folder, hidden ones too, sorted.
    func files(_ name: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: path(name)).sorted()
    }

    /// The bytes of every file below a folder, as if they were text of one byte a character.
    func allBytes(below name: String) throws -> String {
        var all = ""
        let found = FileManager.default.enumerator(atPath: path(name))
        while let file = found?.nextObject() as? String {
            if let data = FileManager.default.contents(atPath: path("\(name)/\(file)")) {
                all += String(data: data, encoding: .isoLatin1) ?? ""
            }
        }
        return all
    }

    /// In bytes; 0 of what is not there.
    func size(_ name: String) -> Int {
        (try? FileManager.default.attributesOfItem(atPath: path(name))[.size] as? Int) ?? 0
    }

    func json(_ name: String) throws -> Value { try JSON.parse(read(name)) }

    /// The run's `report.json`, once its counts were found to add up.
    func report(_ run: String = "run", location: SourceLocation = #_sourceLocation) throws -> Value {
        let report = try json("\(run)/report.json")
        let counts = try #require(report["counts"], sourceLocation: location)
        let ends = ["done", "failed", "rejected", "skipped", "waiting", "not_reached"]
        #expect(sum(ends, of: counts) == counts["read"]?.int, sourceLocation: location)
        for step in report["steps"]?.list ?? [] where step["inside"] == nil {
            #expect(sum(ends + ["flagged"], of: step) == counts["read"]?.int, sourceLocation: location)
        }
        return report
    }

    private func sum(_ names: [String], of counts: Value) -> Int64 {
        names.reduce(0) { $0 + (counts[$1]?.int ?? -1_000_000) }
    }

    // MARK: Running

    static let linecook = TestProgram.path("linecook")

    /// Runs it to its end.
    ///
    /// - Parameter under: words that stand before the program, such as `setpriv …`.
    func linecook(
        _ arguments: String..., environment: [String: String] = [:], under: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) async throws -> Finished {
        try await linecook(arguments, environment: environment, under: under, location: location)
    }

    func linecook(
        _ arguments: [String], environment: [String: String] = [:], under: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) async throws -> Finished {
        let finished = try await start(arguments, environment: environment, under: under).end()
        #expect(!finished.hung, "\(arguments) did not end", sourceLocation: location)
        return finished
    }

    /// Runs `linecook run recipe.yaml --run run …` to its end.
    func run(
        _ arguments: String..., environment: [String: String] = [:], under: [String] = [],
        location: SourceLocation = #_sourceLocation
    ) async throws -> Finished {
        try await linecook(
            ["run", "recipe.yaml", "--run", "run"] + arguments, environment: environment, under: under,
            location: location)
    }

    /// Starts it for a test that talks with it while it runs.
    func start(
        _ arguments: [String], environment: [String: String] = [:], under: [String] = [], size: (Int, Int)? = nil,
        limit: TimeInterval = 240
    ) throws -> CommandProcess {
        var variables = ProcessInfo.processInfo.environment.filter { name, _ in
            !name.hasPrefix("LINECOOK_") && !["NO_COLOR", "XDG_DATA_HOME", "COLUMNS", "LINES"].contains(name)
        }
        variables["HOME"] = folder.path
        variables["TERM"] = "xterm-256color"
        variables.merge(environment) { _, new in new }
        return try CommandProcess(
            under + [Self.linecook] + arguments, in: folder.path, environment: variables, size: size,
            limit: limit)
    }
}
