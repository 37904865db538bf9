import Foundation
import Runs
import TestSupport
import Testing
import Values

@testable import Records

/// A folder of real files: `$LINECOOK_CORPORA` if set, else `../shared/corpora` beside the checkout or the folder around it.
func corpusFolder(_ corpus: String) -> String? {
    let checkout = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    let told = ProcessInfo.processInfo.environment["LINECOOK_CORPORA"].map { [$0] }
    let places =
        told
        ?? ["../shared/corpora", "../../shared/corpora"].map { place in
            checkout.appendingPathComponent(place).standardizedFileURL.path
        }
    return places.map { "\($0)/\(corpus)" }.first { FileManager.default.fileExists(atPath: $0) }
}

/// The rows of a CSV file as one list of maps, as the suites have them.
private func rows(of bytes: [UInt8]) throws -> [Value] {
    let scratch = try Scratch()
    let read = try ReadOut(CSVSource(path: try scratch.write("table.csv", bytes), name: "table.csv"))
    guard read.failed.isEmpty else { throw ReadOut.Mismatch(read.messages.joined(separator: "\n")) }
    return read.inputs
}

@Suite struct CSVSpectrumConformance {
    /// The suite contradicts itself there: its JSON is one object, and has another number than the CSV.
    private static let leftOut: Set<String> = ["location_coordinates"]

    @Test func `every table is read as the suite has it`() throws {
        guard let files = Conformance.files(in: "csv-spectrum/csvs", suffix: ".csv") else {
            print("csv-spectrum: skipped, the suite is not here")
            return
        }
        var (passed, failed, left) = (0, 0, 0)
        for file in files {
            let name = String(file.dropFirst("csv-spectrum/csvs/".count).dropLast(".csv".count))
            if Self.leftOut.contains(name) {
                left += 1
                continue
            }
            let json = try #require(Conformance.bytes(of: "csv-spectrum/json/\(name).json"))
            let expected = try JSON.parse(json)
            let read = try rows(of: try #require(Conformance.bytes(of: file)))
            #expect(.list(read) == expected, "\(name)")
            if .list(read) == expected { passed += 1 } else { failed += 1 }
        }
        print("csv-spectrum: \(passed) passed, \(failed) failed, \(left) left out")
        #expect(passed > 0 && left <= Self.leftOut.count)
    }
}

@Suite struct W3CCSVWConformance {
    @Test func `every table is read as the suite has it`() throws {
        guard let list = Conformance.bytes(of: "w3c-csvw/cases.jsonl") else {
            print("w3c-csvw: skipped, the suite is not here")
            return
        }
        let scratch = try Scratch()
        let cases = try ReadOut(JSONLSource(path: scratch.write("cases.jsonl", list), name: "cases.jsonl")).inputs
        var (passed, failed) = (0, 0)
        for test in cases {
            let csv = try #require(test["csv"]?.string)
            let json = try #require(test["json"]?.string)
            let document = try JSON.parse(#require(Conformance.bytes(of: "w3c-csvw/tests/\(json)")))
            let expected = try #require(test["minimal"]?.bool == true ? document.list : tableRows(document))
            let read = try rows(of: #require(Conformance.bytes(of: "w3c-csvw/tests/\(csv)"))).map(withoutEmptyCells)
            #expect(read == expected, "\(csv)")
            if read == expected { passed += 1 } else { failed += 1 }
        }
        print("w3c-csvw: \(passed) passed, \(failed) failed, 0 left out")
        #expect(passed > 0)
    }

    private func tableRows(_ document: Value) -> [Value]? {
        document["tables"]?.list?.first?["row"]?.list?.compactMap { $0["describes"]?.list?.first }
    }

    /// In the suite an empty cell has no member.
    private func withoutEmptyCells(_ row: Value) -> Value {
        .map(
            ValueMap(
                (row.map ?? ValueMap()).compactMap { key, value in
                    value == "" ? nil : key.text.map { ($0, value) }
                }))
    }
}

@Suite struct CorporaTests {
    @Test(arguments: [
        ("companies", "opendata500-us.csv", 529, "company_name_id"),
        ("companies", "sp500-constituents.csv", 503, "Symbol"),
        ("companies", "listed-paris.csv", 976, "symbol"), ("tickets-banking77", "banking77-test.csv", 3_080, ""),
    ])
    func `every row of a real table is read`(corpus: String, file: String, count: Int, key: String) throws {
        guard let folder = corpusFolder(corpus) else {
            print("\(corpus): skipped, the corpus is not here")
            return
        }
        let source = try CSVSource(path: "\(folder)/\(file)", name: file, key: key.isEmpty ? nil : key)
        let read = try ReadOut(source)
        #expect(read.messages.isEmpty)
        #expect(read.records.count == count)
        #expect(try source.count() == count)
    }
}
