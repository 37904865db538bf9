internal import Processes
internal import Runs

/// PDF, by poppler's programs.
enum PDFDocument {
    static func read(_ bytes: [UInt8], name: String, bounds: ConverterBounds) async throws(Failure) -> Document {
        let arguments = ["-enc", "UTF-8", "-eol", "unix", "-nopgbrk", "-", "-"]
        let result = await Converter.pdftotext.run(arguments, on: bytes, bounds: bounds)
        guard result.ending.isSuccess else {
            throw Converter.pdftotext.failure(of: result, name: name, bounds: bounds) { exited(result, name, $0) }
        }
        let text = String(decoding: result.output, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw Failure(
                .unreadable,
                "'\(name)' has no text in it: its pages are pictures, as a scanner makes them; run a text recognition "
                    + "over it, such as `ocrmypdf`")
        }
        let properties = await properties(of: bytes, bounds: bounds)
        return Document(text: text, title: properties.first { $0.name == "title" }?.oneLine, properties: properties)
    }

    private static func exited(_ result: ChildResult, _ name: String, _ last: String) -> Failure {
        // In the words of poppler, and of xpdf before it.
        if result.errorTail.contains("Incorrect password") || result.errorTail.contains("encrypted") {
            return Failure(
                .unreadable,
                "'\(name)' is protected with a password; save a copy without it, or leave it out of `match`")
        }
        return Failure(
            .unreadable, "'\(name)' is broken, or no PDF (\(last)); open it and save it again, or leave it out")
    }

    /// Document properties by the names that `meta` has for them. A PDF whose text can be read and whose properties
    /// cannot has none.
    private static func properties(of bytes: [UInt8], bounds: ConverterBounds) async -> [Property.Entry] {
        var bounds = bounds
        bounds.output = 1 << 20
        let result = await Converter.pdfinfo.run(["-enc", "UTF-8", "-isodates", "-"], on: bytes, bounds: bounds)
        guard result.ending.isSuccess else { return [] }
        var entries: [Property.Entry] = []
        for line in result.output.split(separator: UInt8(ascii: "\n")) {
            let line = String(decoding: line, as: UTF8.self)
            guard let colon = line.utf8.firstIndex(of: UInt8(ascii: ":")),
                let name = names[String(line[..<colon])], !entries.contains(where: { $0.name == name })
            else { continue }
            let value = String(line[line.utf8.index(after: colon)...].drop { $0 == " " })
            guard !value.isEmpty else { continue }
            entries.append(Property.Entry(name, .text(["created", "modified"].contains(name) ? time(value) : value)))
        }
        return entries
    }

    private static let names = [
        "Title": "title", "Subject": "subject", "Keywords": "keywords", "Author": "author", "Creator": "creator",
        "Producer": "producer", "CreationDate": "created", "ModDate": "modified", "Pages": "pages",
    ]

    /// `2019-07-13T19:50:24+02` as RFC 3339 has it: with minutes in the offset.
    private static func time(_ text: String) -> String {
        let sign = text.utf8.dropFirst(10).lastIndex { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }
        guard let sign, text.utf8[sign...].count == 3 else { return text }
        return text + ":00"
    }
}

extension Property.Entry {
    /// A text with its white space folded; nil where nothing is left.
    var oneLine: String? {
        guard case .text(let text) = value else { return nil }
        let words = text.unicodeScalars.split { $0.properties.isWhitespace }
        return words.isEmpty ? nil : words.map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    }
}
