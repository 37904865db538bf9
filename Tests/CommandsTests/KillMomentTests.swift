import Foundation
import TestSupport
import Testing
import Values

/// A run that is killed at a moment of one kind: first the kind is drawn, then one of its moments.
@Suite(.startsPrograms, .timeLimit(.minutes(60))) struct KillMomentTests {
    private static let recipe = """
        recipe: two
        models: {clerk: local}
        input: {folder: docs, match: "*.md"}
        steps:
          - name: topic
            ask: {model: clerk, prompt: "{{ input.text }} What is it about?", answer: {label: string <= 40}}
          - name: title
            ask: {model: clerk, prompt: "{{ input.text }} {{ topic.label }}: a title?", answer: {title: string <= 60}}
        output:
          - {jsonl: out.jsonl, columns: {path: input.path, label: topic.label, title: title.title}}
          - {csv: out.csv, columns: {path: input.path, title: title.title}}

        """

    /// How many kills: `LINECOOK_KILLS=200` for the long form.
    private static let kills = ProcessInfo.processInfo.environment["LINECOOK_KILLS"].flatMap(Int.init) ?? 6

    /// What a run does that it can be killed at, seen from outside.
    private enum Kind: String, CaseIterable {
        /// A request leaves: its start is on disk.
        case start
        /// The journal's log is written or synced.
        case commit
        /// The log is brought into the journal's file.
        case checkpoint
        /// An output or a report gets its name.
        case rename

        init?(call: String, path: String?) {
            switch (call, path) {
            case ("writev", let path?) where path.hasPrefix("socket:"): self = .start
            case ("pwrite64", let path?), ("fdatasync", let path?), ("ftruncate", let path?):
                if path.hasSuffix("/run/journal.sqlite-wal") {
                    self = .commit
                } else if path.hasSuffix("/run/journal.sqlite") {
                    self = .checkpoint
                } else {
                    return nil
                }
            case ("rename", _?): self = .rename
            default: return nil
            }
        }
    }

    /// A call on a file, which a thread makes so many times.
    private struct Place {
        var kind: Kind
        var call: String
        /// What strace is to look at alone; nil for a socket.
        var path: String?
        /// How often the thread makes it that makes it most often, before the first request and in all.
        var (before, inAll): (Int, Int)

        /// The counts at which a kill hits no earlier than the first request. One that goes on has a run before it.
        func counts(isFirst: Bool) -> ClosedRange<Int>? {
            let first = isFirst ? before + 1 : 1
            return first <= inAll ? first...inAll : nil
        }
    }

    private static let calls = "pwrite64,fdatasync,ftruncate,rename,writev"

    /// What a run that nobody disturbs does.
    private func places(_ kitchen: Kitchen, _ server: ModelServer) async throws -> [Place] {
        let words = ["strace", "-f", "-y", "-o", kitchen.path("trace"), "-e", "trace=\(Self.calls)"]
        let run = try await kitchen.run("--model", server.asClerk, "--in-flight", "4", under: words)
        if run.code != 0, run.err.contains("ptrace") { try Test.cancel("strace may not trace here") }
        #expect(run.code == 0, "\(run.err)")
        var counts: [String: [Substring: Int]] = [:]
        var places: [String: Place] = [:]
        var isAsking = false
        for line in try kitchen.lines("trace") {
            guard let thread = line.split(separator: " ").first, let open = line.firstIndex(of: "("),
                let call = line[..<open].split(separator: " ").last
            else { continue }
            // `fdatasync(8</run/journal.sqlite>)`, `rename("out/.out.csv.new", "out/out.csv")`
            let path = call == "rename" ? line.text(between: "\"", "\"") : line.text(between: "<", ">")
            guard let kind = Kind(call: String(call), path: path) else { continue }
            if line.contains("\"POST ") { isAsking = true }
            let watched = kind == .start ? nil : path
            let name = "\(call) \(watched ?? "")"
            counts[name, default: [:]][thread, default: 0] += 1
            let count = counts[name]?.values.max() ?? 0
            var place =
                places[name] ?? Place(kind: kind, call: String(call), path: watched, before: 0, inAll: 0)
            (place.before, place.inAll) = (isAsking ? place.before : count, count)
            places[name] = place
        }
        return places.sorted { $0.key < $1.key }.map(\.value)
    }

    @Test func `killed at a start, commit, checkpoint or rename, it ends in the same bytes`() async throws {
        guard Rights.has("strace") else { try Test.cancel("strace is not here") }
        let seed = UInt64.random(in: 0...999_999)
        var random = Draws(seed: seed)
        let documents = SampleRecipes.documents(20)
        let clean = try Kitchen(Self.recipe, documents: documents)
        let places = try await places(clean, try ModelServer("--delay", "2"))
        #expect(Set(places.map(\.kind)).count == Kind.allCases.count)
        let expected = try ["out/out.jsonl", "out/out.csv"].map { try clean.read($0) }

        var killedAt: [Kind: Int] = [:]
        var repeats = 0
        // How often a thread does what is not the same in each run: some draws find nobody to kill.
        var draws = 0
        while killedAt.values.reduce(0, +) < Self.kills, draws < 6 * Self.kills {
            let kitchen = try Kitchen(Self.recipe, documents: documents)
            let server = try ModelServer("--delay", "2")
            let words = ["--model", server.asClerk, "--in-flight", "4"]
            var killsHere = 0
            for _ in 0..<3 {
                draws += 1
                let missing = Kind.allCases.filter { killedAt[$0] == nil }
                let kind = (missing.isEmpty ? Kind.allCases : missing).randomElement(using: &random)
                let ranges = places.filter { $0.kind == kind }.compactMap { place in
                    place.counts(isFirst: killsHere == 0).map { (place, $0) }
                }
                guard let (place, counts) = ranges.randomElement(using: &random) else { continue }
                let count = Int.random(in: counts, using: &random)
                let path = place.path?.replacing(clean.folder.path, with: kitchen.folder.path)
                let run = try await kitchen.linecook(
                    ["run", "recipe.yaml", "--run", "run"] + words,
                    under: ["strace", "-f", "-o", "/dev/null", "-e", "trace=\(place.call)"]
                        + (path.map { ["-P", $0] } ?? [])
                        + ["-e", "inject=\(place.call):signal=SIGKILL:when=\(count)"])
                guard run.code == 137 else { break }
                killsHere += 1
                killedAt[place.kind, default: 0] += 1
            }
            let last = try await kitchen.linecook(["run", "recipe.yaml", "--run", "run"] + words)
            #expect(last.code == 0 || last.err.contains("holds a run that is over"), "seed \(seed): \(last.err)")
            let written = try ["out/out.jsonl", "out/out.csv"].map { try kitchen.read($0) }
            #expect(written == expected, "seed \(seed)")
            #expect(try kitchen.report()["counts"]?["done"] == 20, "seed \(seed)")
            #expect(try kitchen.files("out") == ["out.csv", "out.jsonl"], "seed \(seed)")
            let repeated = try await server.figure("repeats")
            #expect(repeated <= 4 * killsHere, "seed \(seed)")
            repeats += repeated
        }
        let kinds = Kind.allCases.map { "\(killedAt[$0] ?? 0) at a \($0.rawValue)" }.joined(separator: ", ")
        print("kills by what the run did just then: \(kinds); \(repeats) questions asked again; seed \(seed)")
        #expect(killedAt.values.reduce(0, +) >= Self.kills, "seed \(seed): \(kinds)")
        // The short form says above which it did not hit.
        if Self.kills >= 20 { #expect(killedAt.count == Kind.allCases.count, "seed \(seed): \(kinds)") }
    }
}

extension String {
    /// What stands between two marks.
    fileprivate func text(between mark: Character, _ end: Character) -> String? {
        guard let start = firstIndex(of: mark) else { return nil }
        let rest = self[index(after: start)...]
        return rest.firstIndex(of: end).map { String(rest[..<$0]) }
    }
}
