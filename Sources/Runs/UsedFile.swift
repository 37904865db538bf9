/// A file that the recipe itself uses, such as a program that a step runs: no record may put a text in its place.
package struct UsedFile: Hashable, Sendable {
    /// As it can be opened.
    package var path: String
    /// For people: `the program of the step 'convert'`.
    package var use: String

    package init(_ path: String, _ use: String) {
        self.path = path
        self.use = use
    }

    /// A SQLite database: what SQLite keeps beside it is as much of it as the file itself.
    package static func sqlite(_ path: String, _ use: String) -> [UsedFile] {
        ["", "-wal", "-shm", "-journal"].map { UsedFile(path + $0, use) }
    }
}
