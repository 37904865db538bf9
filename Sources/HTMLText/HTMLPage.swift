/// An HTML document as a person would read it, and what it says of itself.
package struct HTMLPage: Hashable, Sendable {
    /// One thing that a document says of itself.
    package struct Entry: Hashable, Sendable {
        /// In small letters: `description`, `og:title`, `article:published_time`.
        package var name: String
        /// In one line.
        package var content: String
    }

    /// What `<title>` holds, in one line; nil where there is none or it is empty.
    package var title: String?
    /// Of `<html lang>`, as it stands there: `en`, `de-AT`.
    package var language: String?
    /// The `<meta>` elements with a name and a content, in their order; of several with one name the first.
    package var meta: [Entry] = []
    /// Blocks with a blank line between them; items of lists and rows of tables a line each, cells apart by ` | `.
    /// White space is one blank, but in `<pre>`. Has nothing that a browser would not show, such as scripts and hidden
    /// elements.
    package var text = ""

    package subscript(name: String) -> String? { meta.first { $0.name == name }?.content }

    package var description: String? { first(of: ["description", "og:description", "dcterms.description"]) }
    package var author: String? { first(of: ["author", "article:author", "dcterms.creator", "dc.creator"]) }

    /// When it was published, as it stands there.
    package var date: String? {
        first(of: ["article:published_time", "date", "dcterms.date", "dc.date", "dcterms.created", "pubdate"])
    }

    private func first(of names: [String]) -> String? {
        names.lazy.compactMap { self[$0] }.first
    }
}

/// Why a document could not be read to its end.
package enum HTMLTextError: Error, Hashable, Sendable, CustomStringConvertible {
    case tooLarge(bytes: Int, limit: Int)
    case tooDeep(limit: Int)
    case tooSlow(Duration)
    /// There was no memory for a parser.
    case noParser

    package var description: String {
        switch self {
        case .tooLarge(let bytes, let limit): "the HTML has \(bytes) bytes, and at most \(limit) are read"
        case .tooDeep(let limit): "the HTML has more than \(limit) elements inside each other"
        case .tooSlow(let limit): "the HTML could not be read within \(limit.components.seconds) s"
        case .noParser: "there is no memory left to read the HTML"
        }
    }
}
