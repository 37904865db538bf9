import Foundation
import Runs
import Testing

@testable import Records

/// What an output must not replace.
@Suite struct IncludedFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    private func place(_ name: String) -> FilePlace { FilePlace(scratch.at(name)) }

    @Test func `a table knows itself by whatever name`() throws {
        try scratch.write("data/leads.csv", "a\n1\n")
        try scratch.write("data/leads.jsonl", "{}\n")
        try FileManager.default.createSymbolicLink(
            atPath: scratch.at("link.csv"), withDestinationPath: scratch.at("data/leads.csv"))
        let source = try CSVSource(path: scratch.at("data/leads.csv"), name: "leads.csv")
        #expect(source.includes(place("data/leads.csv")))
        #expect(source.includes(place("data/../data/leads.csv")))
        #expect(source.includes(place("link.csv")))
        #expect(!source.includes(place("data/other.csv")))
        let lines = try JSONLSource(path: scratch.at("data/leads.jsonl"), name: "leads.jsonl")
        #expect(lines.includes(place("data/leads.jsonl")) && !lines.includes(place("data/leads.csv")))
    }

    @Test func `a folder knows what would match in it, also what is not there yet`() throws {
        try scratch.write("docs/a.md", "x")
        let source = try FolderSource(path: scratch.at("docs"), name: "docs", patterns: ["**/*.md", "*.csv"])
        #expect(source.includes(place("docs/a.md")))
        #expect(source.includes(place("docs/new/b.md")))
        #expect(source.includes(place("docs/out.csv")))
        #expect(!source.includes(place("docs/new/out.csv")))
        #expect(!source.includes(place("docs/.out.csv.spool")))
        #expect(!source.includes(place("out.csv")))
    }
}
