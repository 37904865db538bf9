package import Runs
internal import Values

/// Records as the test cases of one JUnit XML suite, for build servers that show such files.
///
/// A record that is done and passes is a case that passed. One that is done and does not pass has its findings as the
/// failure. What did not get that far follows behind all of these: failed and rejected records as failures, skipped and
/// waiting ones as skipped.
package struct JUnitRows: ListingFormat, SummingFormat {
    /// What a done record came to; nil where it passes.
    package typealias Judgement = @Sendable (borrowing FinishedRecord) throws(Failure) -> [String]?

    private let suite: String
    private let judge: Judgement

    package init(suite: String, judge: @escaping Judgement) {
        self.suite = suite
        self.judge = judge
    }

    package var header: [UInt8] { sum.header }
    package var sum: any RowSum { JUnitSum(suite: suite) }

    package var separator: [UInt8] { [] }
    package func footer(isEmpty: Bool) -> [UInt8] { Array("</testsuite>\n</testsuites>\n".utf8) }

    package func append(_ record: borrowing FinishedRecord, to buffer: inout [UInt8]) throws(Failure) {
        let findings = try judge(record)
        begin(record.record.id, to: &buffer)
        guard let findings else {
            buffer += "/>\n".utf8
            return
        }
        buffer += ">".utf8
        failure(findings.joined(separator: "; "), type: "findings", text: findings.joined(separator: "\n"), to: &buffer)
        buffer += "</testcase>\n".utf8
    }

    package func append(_ record: ListedRecord, to buffer: inout [UInt8]) {
        begin(record.id, to: &buffer)
        buffer += ">".utf8
        let place = record.step.map { "\($0), " } ?? ""
        let message = record.failure?.message ?? record.outcome.name
        switch record.outcome {
        case .failed, .rejected:
            failure(
                message, type: "\(place)\(record.failure?.cause.code ?? record.outcome.name)",
                text: "\(record.outcome.name): \(message)", to: &buffer)
        case .skipped, .waiting, .notReached, .done:
            buffer += "<skipped message=\"".utf8
            XMLText.append("\(record.outcome.name): \(message)", to: &buffer)
            buffer += "\"/>".utf8
        }
        buffer += "</testcase>\n".utf8
    }

    private func begin(_ id: String, to buffer: inout [UInt8]) {
        buffer += "<testcase classname=\"".utf8
        XMLText.append(suite, to: &buffer)
        buffer += "\" name=\"".utf8
        XMLText.append(id, to: &buffer)
        buffer += "\"".utf8
    }

    private func failure(_ message: String, type: String, text: String, to buffer: inout [UInt8]) {
        buffer += "<failure message=\"".utf8
        XMLText.append(message, to: &buffer)
        buffer += "\" type=\"".utf8
        XMLText.append(type, to: &buffer)
        buffer += "\">".utf8
        XMLText.append(text, to: &buffer)
        buffer += "</failure>".utf8
    }
}

/// How many cases a suite has, and how they went.
///
/// Read off the rows themselves, so that rows which an earlier process wrote count like all others: text never holds a `<`
/// as it is, so each begins a tag, and one letter tells which.
private struct JUnitSum: RowSum {
    let suite: String
    private var tests = 0
    private var failures = 0
    private var skipped = 0
    private var isTag = false

    init(suite: String) { self.suite = suite }

    mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes {
            if isTag {
                switch byte {
                case UInt8(ascii: "t"): tests += 1
                case UInt8(ascii: "f"): failures += 1
                case UInt8(ascii: "s"): skipped += 1
                default: break
                }
            }
            isTag = byte == UInt8(ascii: "<")
        }
    }

    var header: [UInt8] {
        let figures = "tests=\"\(tests)\" failures=\"\(failures)\" errors=\"0\""
        var bytes = Array(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites \(figures)>\n<testsuite name=\"".utf8)
        XMLText.append(suite, to: &bytes)
        bytes += "\" \(figures) skipped=\"\(skipped)\">\n".utf8
        return bytes
    }
}

/// Any text as XML 1.0 can hold it, in attributes and between tags.
enum XMLText {
    static func append(_ text: String, to buffer: inout [UInt8]) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": buffer += "&amp;".utf8
            case "<": buffer += "&lt;".utf8
            case ">": buffer += "&gt;".utf8
            case "\"": buffer += "&quot;".utf8
            // As they are, an attribute would make blanks of them.
            case "\n": buffer += "&#10;".utf8
            case "\r": buffer += "&#13;".utf8
            case "\t": buffer += "&#9;".utf8
            case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF:
                // XML has no way to write these.
                buffer += "\u{FFFD}".utf8
            default: buffer += String(scalar).utf8
            }
        }
    }
}
