package import Runs
internal import Values

/// Rows as CSV after RFC 4180, in UTF-8 without a byte order mark, a header line first, lines ended by LF.
///
/// Null is an empty cell, a list or a map its JSON text; texts, numbers and truth values stand as they are. The only
/// column of a table writes an empty cell as `""`, because an empty line is no row.
///
/// For Excel the file begins with a byte order mark, and a text that Excel would take for a formula has an apostrophe
/// before it; numbers stay numbers.
package struct CSVRows: RowFormat {
    private let columns: [OutputColumn]

    private let excel: Bool

    package init(_ columns: [OutputColumn], excel: Bool = false) {
        self.columns = columns
        self.excel = excel
    }

    package var header: [UInt8] {
        var bytes: [UInt8] = excel ? [0xEF, 0xBB, 0xBF] : []
        for (index, column) in columns.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            CSVRows.append(excel ? CSVRows.harmless(column.name) : column.name, to: &bytes)
        }
        bytes.append(newLine)
        return bytes
    }

    package var separator: [UInt8] { [] }
    package func footer(isEmpty: Bool) -> [UInt8] { [] }

    package func append(_ record: borrowing FinishedRecord, to buffer: inout [UInt8]) throws(Failure) {
        let start = buffer.count
        for index in columns.indices {
            if index > 0 { buffer.append(UInt8(ascii: ",")) }
            let value = try columns[index].value(for: record)
            CSVRows.append(excel ? CSVRows.harmless(value) : value, to: &buffer)
        }
        if buffer.count == start { buffer.append(contentsOf: [quote, quote]) }
        buffer.append(newLine)
    }

    /// The text as Excel shows it, and does not run it: `=`, `+`, `-`, `@`, a tab or a line end at its start make it a
    /// formula there. A plain number is none.
    static func harmless(_ text: String) -> String {
        switch text.utf8.first {
        case UInt8(ascii: "="), UInt8(ascii: "+"), UInt8(ascii: "@"), 0x09, 0x0A, 0x0D: "'" + text
        case UInt8(ascii: "-") where Double(decimal: text) == nil: "'" + text
        default: text
        }
    }

    private static func harmless(_ value: Value) -> Value {
        switch value {
        case .string(let text), .type(let text): .string(harmless(text))
        case .optional(let inner?): harmless(inner)
        default: value
        }
    }

    static func append(_ value: Value, to buffer: inout [UInt8]) {
        switch value {
        case .null, .optional(nil): break
        case .optional(let inner?): append(inner, to: &buffer)
        case .string(let text), .type(let text): append(text, to: &buffer)
        case .bool, .int, .uint: JSON.append(value, to: &buffer)
        case .double(let number) where number.isFinite: JSON.append(value, to: &buffer)
        case .double(let number): append(String(number), to: &buffer)
        case .timestamp(let moment): append(moment.rfc3339, to: &buffer)
        case .duration(let length): append(length.text, to: &buffer)
        case .bytes, .list, .map: append(JSON.text(of: value), to: &buffer)
        }
    }

    /// In quotes where the text has a comma, a quote or a line end.
    static func append(_ text: String, to buffer: inout [UInt8]) {
        var text = text
        text.withUTF8 { bytes in
            var quotes = 0
            var isPlain = true
            for byte in bytes where byte <= UInt8(ascii: ",") {
                if byte == quote { quotes += 1 }
                if byte == quote || byte == UInt8(ascii: ",") || byte == newLine || byte == carriageReturn {
                    isPlain = false
                }
            }
            if isPlain {
                buffer.append(contentsOf: bytes)
            } else if quotes == 0 {
                buffer.append(quote)
                buffer.append(contentsOf: bytes)
                buffer.append(quote)
            } else {
                buffer.append(quote)
                for byte in bytes {
                    if byte == quote { buffer.append(quote) }
                    buffer.append(byte)
                }
                buffer.append(quote)
            }
        }
    }
}
