import Foundation
import TestSupport
import Testing
import Values

/// A line of the table that `make corpora` makes of what the tests of real files print.
struct CorpusRow {
    var corpus: String
    var (read, done, failed): (Int64, Int64, Int64)
    var looked: String
    var found = 0
    var asked = 0

    /// - Parameter report: of the run that went over it.
    init(_ corpus: String, _ report: Value, lookingFor looked: String) throws {
        let counts = try #require(report["counts"])
        self.corpus = corpus
        read = try #require(counts["read"]?.int)
        done = try #require(counts["done"]?.int)
        failed = try #require(counts["failed"]?.int)
        self.looked = looked
    }

    /// Counts one thing that was looked for, and makes an issue of one that was not found.
    mutating func look(for what: @autoclosure () -> String, _ isFound: Bool) {
        asked += 1
        if isFound { found += 1 } else { Issue.record("\(corpus): \(what())") }
    }

    func print() {
        Swift.print("corpus: \(corpus) | \(read) | \(done) | \(failed) | \(looked) | \(found) of \(asked)")
    }
}

/// The folder of a corpus; a test without it is left out with a message.
func corpus(_ name: String) throws -> String {
    guard let folder = Corpora.folder(name) else {
        print("\(name): skipped, the corpus is not here")
        try Test.cancel("the corpus '\(name)' is not here")
    }
    return folder
}

extension Kitchen {
    /// The rows of a JSONL output.
    func rows(_ name: String) throws -> [Value] { try lines(name).map { try JSON.parse($0) } }
}

/// Text with every stretch of white space as one blank.
func folded(_ text: String) -> String { text.split { $0.isWhitespace }.joined(separator: " ") }

/// The lines of a JSONL file.
func jsonLines(_ path: String) throws -> [Value] {
    try String(decoding: Data(contentsOf: URL(filePath: path)), as: UTF8.self)
        .split(separator: "\n").map { try JSON.parse(String($0)) }
}
