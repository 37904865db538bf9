internal import Processes
internal import Runs
internal import ZipFiles

/// DOCX: the text by pandoc, the properties from the file itself.
enum WordDocument {
    static func read(
        _ bytes: [UInt8], name: String, bounds: ConverterBounds, unpacked: Int = 512 << 20
    ) async throws(Failure) -> Document {
        let archive = try archive(bytes, name: name, unpacked: unpacked)
        let arguments = ["--from", "docx", "--to", "plain", "--wrap", "none", "--sandbox"]
        let result = await Converter.pandoc.run(arguments, on: bytes, bounds: bounds)
        guard result.ending.isSuccess else {
            throw Converter.pandoc.failure(of: result, name: name, bounds: bounds) { last in
                if result.ending == .exited(251) {
                    return Failure(
                        .unreadable, "'\(name)' took pandoc more than \(bounds.memory >> 20) MB of memory; split it")
                }
                return broken(name, last)
            }
        }
        let text = String(decoding: result.output, as: UTF8.self)
        guard text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
            throw Failure(
                .unreadable,
                "'\(name)' has no text that can be read; what stands in text boxes and pictures is none: save it as PDF"
            )
        }
        let properties = CoreProperties.read(archive.content(of: "docProps/core.xml", limit: 1 << 20) ?? [])
        return Document(text: text, title: properties.first { $0.name == "title" }?.oneLine, properties: properties)
    }

    /// What is plainly no document, or would fill the machine, does not come as far as a converter.
    private static func archive(_ bytes: [UInt8], name: String, unpacked: Int) throws(Failure) -> ZipArchive {
        guard !bytes.starts(with: [0xD0, 0xCF, 0x11, 0xE0]) else {
            throw Failure(
                .unreadable,
                "'\(name)' is protected with a password, or is of Word's old format under a new name; save it as DOCX "
                    + "without a password")
        }
        guard let archive = ZipArchive(bytes), archive.entries.contains(where: { $0.name.hasPrefix("word/") }) else {
            throw broken(name, "it has no pages")
        }
        let size = archive.entries.reduce(0) { $0 &+ $1.size }
        guard size <= unpacked else {
            throw Failure(
                .unreadable,
                "'\(name)' unpacks to \(size >> 20) MB, more than the \(unpacked >> 20) MB that are read; leave it out of "
                    + "`match`")
        }
        guard archive.keepsItsWord else {
            throw Failure(
                .unreadable,
                "'\(name)' unpacks to more than it says, as no word processor writes it; leave it out of `match`")
        }
        return archive
    }

    private static func broken(_ name: String, _ reason: String) -> Failure {
        Failure(.unreadable, "'\(name)' is broken, or no Word document (\(reason)); open it and save it again as DOCX")
    }
}

/// The properties in a Word document's `docProps/core.xml`, by the names that `meta` has for them.
enum CoreProperties {
    private static let names = [
        "title": "title", "subject": "subject", "creator": "author", "keywords": "keywords",
        "description": "description", "category": "category", "language": "language", "created": "created",
        "modified": "modified", "lastModifiedBy": "last_modified_by",
    ]

    /// The file is flat: elements with a text each. What is not of that form is passed over.
    static func read(_ xml: [UInt8]) -> [Property.Entry] {
        let text = String(decoding: xml, as: UTF8.self)
        var entries: [Property.Entry] = []
        for piece in text.utf8.split(separator: UInt8(ascii: "<")) {
            guard let close = piece.firstIndex(of: UInt8(ascii: ">")) else { continue }
            let tag = piece[..<close].prefix { $0 > UInt8(ascii: " ") && $0 != UInt8(ascii: "/") }
            let local = tag.split(separator: UInt8(ascii: ":")).last.flatMap { String($0) }
            guard let local, let name = names[local], !entries.contains(where: { $0.name == name }) else { continue }
            let value = unescaped(String(piece[piece.index(after: close)...]) ?? "")
            if !value.isEmpty { entries.append(Property.Entry(name, .text(value))) }
        }
        return entries
    }

    /// With XML's own five names and its numbers of characters put in.
    private static func unescaped(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "&")) else { return text }
        var pieces = text.split(separator: "&", omittingEmptySubsequences: false)
        var plain = String(pieces.removeFirst())
        for piece in pieces {
            guard let end = piece.firstIndex(of: ";"), let sign = sign(piece[..<end]) else {
                plain += "&" + piece
                continue
            }
            plain.unicodeScalars.append(sign)
            plain += piece[piece.index(after: end)...]
        }
        return plain
    }

    private static func sign(_ name: Substring) -> Unicode.Scalar? {
        switch name {
        case "amp": "&"
        case "lt": "<"
        case "gt": ">"
        case "quot": "\""
        case "apos": "'"
        case _ where name.hasPrefix("#x"): UInt32(name.dropFirst(2), radix: 16).flatMap { Unicode.Scalar($0) }
        case _ where name.hasPrefix("#"): UInt32(name.dropFirst()).flatMap { Unicode.Scalar($0) }
        default: nil
        }
    }
}
