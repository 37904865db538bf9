import Foundation
import TestSupport
import Testing
import Values

/// What each kind of step leaves behind when the run is killed while it is at work.
@Suite(.startsPrograms, .timeLimit(.minutes(10))) struct KilledStepTests {
    enum Deed: String, CaseIterable, CustomTestStringConvertible {
        case write
        case run
        case repeatableRun = "run that may be repeated"
        case fetch
        case sqliteLookup = "lookup in SQLite"
        case postgresLookup = "lookup in PostgreSQL"
        case http = "send http"
        case email = "send email"
        case sqliteRow = "send sql to SQLite"
        case postgresRow = "send sql to PostgreSQL"

        var testDescription: String { rawValue }

        /// Whether nobody can know if it happened: then a person is asked, and it is not done again.
        var leavesDoubt: Bool { [.run, .http, .email, .sqliteRow, .postgresRow].contains(self) }

        var needsPostgres: Bool { self == .postgresLookup || self == .postgresRow }
        /// Those over in a moment are killed at a call to the system.
        var call: (names: String, place: String)? {
            switch self {
            case .write: ("renameat,renameat2", "out")
            // What makes a row stay: the journal that could undo it goes.
            case .sqliteRow: ("unlink,unlinkat", "crm.sqlite-journal")
            default: nil
            }
        }
    }

    @Test(arguments: Deed.allCases)
    func `killed in its middle, it leaves nothing half done and nobody behind, and goes on`(deed: Deed) async throws {
        if deed.call != nil, !Rights.has("strace") { try Test.cancel("strace is not here") }
        if deed.needsPostgres, !PostgresServer.isInstalled { try Test.cancel("PostgreSQL's server is not installed") }
        let scene = try Scene(deed)
        let process = try scene.start()
        if deed.call == nil {
            try await scene.isUnderWay(process)
            process.send(SIGKILL)
        }
        let killed = await process.end()
        #expect(killed.code == 137, "\(killed.err)")
        try await scene.nobodyIsLeft()
        try scene.expectNothingHalfDone()

        try scene.clearTheWay()
        let resumed = try await scene.kitchen.linecook(["resume", "run"], environment: scene.environment)
        #expect(resumed.code == (deed.leavesDoubt ? 3 : 0), "\(resumed.err)")
        let counts = try #require(try scene.kitchen.report()["counts"])
        #expect(counts[deed.leavesDoubt ? "waiting" : "done"] == 1, "\(counts)")
        #expect(try scene.times == (deed.leavesDoubt ? 1 : scene.timesOfTwo))
        try await scene.nobodyIsLeft()
        try scene.expectWhole()
    }
}

/// A recipe of one step that is held up on its way, and what stands around it.
private final class Scene: Sendable {
    typealias Deed = KilledStepTests.Deed

    let deed: Deed
    let kitchen: Kitchen
    private let web: WebServer?
    private let postgres: PostgresServer?

    private static let text = String(repeating: "A line that is written whole or not at all.\n", count: 1_000)

    init(_ deed: Deed) throws {
        self.deed = deed
        kitchen = try Kitchen()
        postgres = deed.needsPostgres ? try PostgresServer() : nil
        let tries = Tries()
        web =
            deed == .fetch || deed == .http
            ? try WebServer { _ in tries.next() == 1 ? .hang : .page("<p>Tea") } : nil
        try kitchen.lay([
            "recipe.yaml": """
            recipe: killed
            input: {csv: rows.csv, key: id}
            steps:
              - name: it
                \(step)
            output: {jsonl: out.jsonl, columns: {id: record.id}}

            """, "rows.csv": "id,text\na,\"\(Self.text)\"\n",
        ])
        // A child of its own, too, that must not live on.
        _ = try kitchen.folder.writeProgram(
            "tool",
            """
            cat > /dev/null
            echo $$ >> \(kitchen.path("begun"))
            [ -e \(kitchen.path("open")) ] && { echo done; exit 0; }
            sleep 600 & wait
            """)
        let notes = "CREATE TABLE notes (word TEXT, idempotency_key TEXT UNIQUE)"
        let bounds = "CREATE TABLE bounds (most INTEGER); INSERT INTO bounds VALUES"
        switch deed {
        case .sqliteLookup: try SQLiteFile.run("\(bounds) (100000000)", on: crm)
        case .sqliteRow: try SQLiteFile.run(notes, on: crm)
        case .postgresLookup: try postgres?.sql("\(bounds) (600)")
        case .postgresRow: try postgres?.sql(notes)
        default: break
        }
    }

    private var crm: String { kitchen.path("crm.sqlite") }

    private var step: String {
        switch deed {
        case .write: "write: {path: \"{{ input.id }}.txt\", text: \"{{ input.text }}\"}"
        case .run: "run: {args: [./tool]}"
        case .repeatableRun: "run: {args: [./tool], repeatable: true}"
        case .fetch: "fetch: {url: \"\(web?.origin ?? "")/{{ input.id }}\", allow: \"127.0.0.1:\(web?.port ?? 0)\"}"
        case .sqliteLookup:
            """
            lookup:
                  sqlite: crm.sqlite
                  query: >-
                    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < (SELECT most FROM bounds))
                    SELECT max(i) AS most FROM n
                  rows: {one: {most: integer}}
                timeout: 10m
            """
        case .postgresLookup:
            """
            lookup:
                  postgres: {env: CRM}
                  query: SELECT count(*) AS count FROM bounds, pg_sleep((SELECT most FROM bounds))
                  rows: {one: {count: integer}}
                timeout: 10m
            """
        case .http: "\(unattended)send: {http: {url: \"\(web?.origin ?? "")/a\", json: {id: record.id}}}"
        case .email: "\(unattended)send: {email: {to: a@example.com, subject: Tea, body: Tea}, via: [./tool]}"
        case .sqliteRow: "\(unattended)send: {sql: {sqlite: crm.sqlite, insert: notes, values: {word: record.id}}}"
        case .postgresRow: "\(unattended)send: {sql: {postgres: {env: CRM}, insert: notes, values: {word: record.id}}}"
        }
    }

    private let unattended = "unattended: only this test gets it\n    "

    var environment: [String: String] { postgres.map { ["CRM": $0.address] } ?? [:] }

    // MARK: On the way

    func start() throws -> CommandProcess {
        let words = ["run", "recipe.yaml", "--run", "run"]
        guard let call = deed.call else {
            if deed == .postgresRow { try postgres?.lock("notes") }
            return try kitchen.start(words, environment: environment)
        }
        try FileManager.default.createDirectory(atPath: kitchen.path("out"), withIntermediateDirectories: true)
        return try kitchen.start(
            words,
            under: [
                "strace", "-f", "-o", "/dev/null", "-P", kitchen.path(call.place), "-e", "trace=\(call.names)", "-e",
                "inject=\(call.names):signal=SIGKILL:when=1",
            ])
    }

    /// Waits until the other side has it, and would keep it.
    func isUnderWay(_ process: CommandProcess) async throws {
        let (kitchen, postgres) = (kitchen, postgres)
        switch deed {
        case .run, .repeatableRun, .email:
            try await wait(for: "the program") { process.hasEnded || kitchen.size("begun") > 0 }
        case .fetch, .http: await web?.received(1)
        case .postgresLookup, .postgresRow:
            try await wait(for: "the statement") { try process.hasEnded || postgres?.waiting() == 1 }
        case .sqliteLookup:
            // Whatever else it does takes no such time; the query does, and more.
            try await wait(for: "the query") { process.hasEnded || Self.seconds(of: process.id) > 2 }
        case .write, .sqliteRow: break
        }
        #expect(!process.hasEnded)
    }

    /// How long a process has computed.
    private static func seconds(of id: pid_t) -> Double {
        guard let text = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    // MARK: Behind the kill

    /// Everybody who was started by it has this folder for a home.
    func nobodyIsLeft() async throws {
        let home = Data("HOME=\(kitchen.folder.path)\0".utf8)
        try await wait(for: "the end of all that the run started", limit: 120) {
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { Int($0) != nil }
            return !processes.contains { id in
                FileManager.default.contents(atPath: "/proc/\(id)/environ")?.range(of: home) != nil
            }
        }
    }

    func expectNothingHalfDone() throws {
        #expect(!kitchen.exists("out/a.txt") && !kitchen.exists("out/out.jsonl"))
        if deed == .write { #expect(try kitchen.files("out").contains { $0.hasPrefix(".linecook-") }) }
    }

    func clearTheWay() throws {
        try kitchen.write("open", "")
        if deed == .sqliteLookup { try SQLiteFile.run("UPDATE bounds SET most = 10", on: crm) }
        if deed == .postgresLookup { try postgres?.sql("UPDATE bounds SET most = 0") }
        if deed == .postgresRow { try postgres?.letGo() }
    }

    /// How often it was done, or begun.
    var times: Int {
        get throws {
            switch deed {
            case .write, .sqliteLookup, .postgresLookup: 1
            case .run, .repeatableRun, .email: try kitchen.lines("begun").count
            case .fetch, .http: web?.requests.count ?? 0
            // The row that was on its way is there, or it is not; never twice.
            case .sqliteRow: 1
            case .postgresRow: try Int(postgres?.value(of: "SELECT greatest(count(*), 1) FROM notes") ?? "") ?? 0
            }
        }
    }

    /// How often, where it is done again.
    var timesOfTwo: Int { [.repeatableRun, .fetch].contains(deed) ? 2 : 1 }

    func expectWhole() throws {
        switch deed {
        case .write:
            #expect(try kitchen.read("out/a.txt") == Self.text)
            #expect(try kitchen.files("out") == ["a.txt", "out.jsonl"])
        case .sqliteRow:
            // It was killed before the row stayed.
            try SQLiteFile.run(
                "CREATE TABLE seen AS SELECT count(*) AS rows FROM notes; CREATE TABLE none (n CHECK (n = 0)); "
                    + "INSERT INTO none SELECT rows FROM seen;", on: crm)
            #expect(!kitchen.exists("crm.sqlite-journal"))
        case .sqliteLookup: #expect(!kitchen.exists("crm.sqlite-journal") && !kitchen.exists("crm.sqlite-wal"))
        default: break
        }
    }
}
