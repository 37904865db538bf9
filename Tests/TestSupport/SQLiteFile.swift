/// Makes a SQLite file with the program `sqlite3` or python3, whichever is there.
public enum SQLiteFile {
    public struct NotMade: Error { public var message: String }

    /// Runs statements on a file, which is made where it is not there.
    public static func run(_ statements: String, on path: String) throws {
        let process = try TestProcess(
            "/usr/bin/env",
            [
                "python3", "-c",
                "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.executescript(sys.argv[2]); d.commit(); print('made')",
                path, statements,
            ])
        var said: [String] = []
        while let line = process.readLine() {
            if line == "made" { return }
            said.append(line)
        }
        throw NotMade(message: said.joined(separator: "\n"))
    }
}
