internal import HTMLText
internal import MailText
internal import Runs

/// Reads a file's bytes as the kind of document that its name promises.
struct DocumentReader: Sendable {
    var bounds = ConverterBounds()
    /// Whether front matter is wanted: YAML is read only for those who do.
    var readsFrontMatter = false
    /// The most bytes that a document has.
    var largest = 64 << 20

    /// A document of a kind that needs no converter.
    func read(_ bytes: [UInt8], as kind: DocumentKind, name: String) throws(Failure) -> Document {
        switch kind {
        case .text, .markdown:
            let plain = try PlainText(bytes, name: name)
            let matter = readsFrontMatter ? try FrontMatter.read(plain.text, name: name) : []
            return Document(text: plain.text, properties: matter, isWindows1252: plain.isWindows1252)
        case .html: return try page(bytes, name: name)
        case .mail: return try mail(bytes, name: name)
        case .pdf, .word: throw Failure(.unreadable, "'\(name)' was not converted")
        }
    }

    /// A document of a kind that needs one. Takes what it takes, and ends early when the task is cancelled.
    func convert(_ bytes: [UInt8], as kind: DocumentKind, name: String) async throws(Failure) -> Document {
        switch kind {
        case .pdf: try await PDFDocument.read(bytes, name: name, bounds: bounds)
        case .word: try await WordDocument.read(bytes, name: name, bounds: bounds)
        case .text, .markdown, .html, .mail: try read(bytes, as: kind, name: name)
        }
    }

    private var htmlReader: HTMLReader {
        var reader = HTMLReader()
        reader.byteLimit = largest
        return reader
    }

    private func page(_ bytes: [UInt8], name: String) throws(Failure) -> Document {
        let page: HTMLPage
        do throws(HTMLTextError) {
            page = try htmlReader.read(bytes)
        } catch {
            throw Failure(.unreadable, "'\(name)' cannot be read: \(error)")
        }
        guard !page.text.isEmpty else {
            throw Failure(
                .unreadable, "'\(name)' has no text in it that a browser would show by itself; leave it out of `match`")
        }
        var properties = page.meta.map { Property.Entry($0.name, .text($0.content)) }
        let found = [
            ("title", page.title), ("language", page.language), ("description", page.description),
            ("author", page.author), ("date", page.date),
        ]
        for (name, text) in found where !properties.contains(where: { $0.name == name }) {
            if let text { properties.append(Property.Entry(name, .text(text))) }
        }
        return Document(text: page.text, title: page.title, properties: properties)
    }

    private func mail(_ bytes: [UInt8], name: String) throws(Failure) -> Document {
        var reader = MailReader()
        reader.html = htmlReader
        do throws(MailError) {
            let mail = try reader.read(bytes)
            return Document(
                text: mail.text, title: mail.subject.isEmpty ? nil : mail.subject,
                properties: mail.headers.map { Property.Entry($0.name, .text($0.value)) }, mail: mail)
        } catch {
            throw Failure(.unreadable, "'\(name)' \(error)")
        }
    }
}
