internal import Runs

/// `failures.csv`: one row for each incident, for people's spreadsheets.
///
/// Programs read `failures.jsonl`. So this file does what an output does with `excel: true`: it begins with a byte order
/// mark, and a cell that a spreadsheet would take for a formula gets an apostrophe in front.
package enum FailuresCSV {
    package static let header =
        "\u{FEFF}kind,record,file,line,outcome,step,cause,attempt,message\n"

    /// No spreadsheet takes more than 32,767 characters in a cell.
    private static let cellLimit = 30_000

    package static func append(_ incident: Incident, to bytes: inout [UInt8]) {
        let cells = [
            incident.kind.rawValue, incident.record, incident.origin.source,
            incident.origin.line.map(String.init) ?? "", incident.outcome.name, incident.placeName ?? "",
            incident.failure.cause.code, String(incident.attempt), incident.failure.message,
        ]
        for (index, cell) in cells.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            append(cell: Excerpt(cell, limit: cellLimit).text, to: &bytes)
        }
        bytes.append(UInt8(ascii: "\n"))
    }

    private static func append(cell: String, to bytes: inout [UInt8]) {
        let isFormula = cell.utf8.first.map { "=+-@\t\r".utf8.contains($0) } ?? false
        let needsQuotes = cell.utf8.contains { "\",\n\r".utf8.contains($0) }
        if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
        if isFormula { bytes.append(UInt8(ascii: "'")) }
        for byte in cell.utf8 {
            if byte == UInt8(ascii: "\"") { bytes.append(byte) }
            bytes.append(byte)
        }
        if needsQuotes { bytes.append(UInt8(ascii: "\"")) }
    }
}
