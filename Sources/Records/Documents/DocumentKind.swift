/// What a file's name promises that it is.
enum DocumentKind: Hashable, Sendable, CaseIterable {
    case text, markdown, html, mail, pdf, word

    /// By the ending of a name; one that is not known is taken for a text.
    init(ending: String?) {
        self = ending.flatMap { Self.endings[$0.lowercased()] } ?? .text
    }

    private static let endings: [String: DocumentKind] = [
        "md": .markdown, "markdown": .markdown, "htm": .html, "html": .html, "xhtml": .html, "eml": .mail,
        "pdf": .pdf, "docx": .word,
    ]

    /// The programs that its text and its properties come from; none where it is read in this process.
    var converters: [Converter] {
        switch self {
        case .text, .markdown, .html, .mail: []
        case .pdf: [.pdftotext, .pdfinfo]
        case .word: [.pandoc]
        }
    }

    /// Several of them, as messages have it.
    var plural: String {
        switch self {
        case .text: "texts"
        case .markdown: "Markdown files"
        case .html: "web pages"
        case .mail: "e-mails"
        case .pdf: "PDF files"
        case .word: "Word documents"
        }
    }
}

/// Documents that are known by their ending and cannot be read.
struct UnreadableKind {
    var noun: String
    var mend: String

    /// Nil for one that can be read, or that is tried as a text.
    init?(ending: String?) {
        guard let ending = ending?.lowercased() else { return nil }
        let readable = "what can be read is txt, md, html, pdf, docx and eml"
        let leaveOut = "leave it out of `match`; \(readable)"
        switch ending {
        case "doc", "docm", "dot": (noun, mend) = ("a Word document of the old format", "save it as DOCX")
        case "odt", "rtf", "pages":
            (noun, mend) = ("a word processor's document", "save it as DOCX or PDF; \(readable)")
        case "msg": (noun, mend) = ("an Outlook message", "save it as EML; \(readable)")
        case "mbox": (noun, mend) = ("a mailbox of many e-mails", "export each as EML")
        case "ppt", "pptx", "odp", "key": (noun, mend) = ("a presentation", "save it as PDF; \(readable)")
        case "xls", "xlsx", "xlsm", "ods", "numbers":
            (noun, mend) = ("a spreadsheet", "save it as CSV UTF-8 and read it with `csv`")
        case "png", "jpg", "jpeg", "gif", "webp", "tif", "tiff", "bmp", "heic", "svg":
            (noun, mend) = ("a picture", leaveOut)
        case "mp3", "wav", "m4a", "ogg", "flac", "mp4", "mov", "avi", "mkv", "webm":
            (noun, mend) = ("a recording", leaveOut)
        case "epub", "mobi", "azw3": (noun, mend) = ("an e-book", leaveOut)
        case "zip", "gz", "tar", "tgz", "7z", "bz2", "xz", "zst", "rar":
            (noun, mend) = ("an archive", "unpack it first")
        default: return nil
        }
    }
}
