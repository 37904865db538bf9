package import Values

/// An e-mail as a person reads it.
package struct Mail: Hashable, Sendable {
    package struct Attachment: Hashable, Sendable {
        /// As the mail names it; `unnamed` where it does not.
        package var name: String
        /// In small letters: `application/pdf`.
        package var type: String
        /// Of the file, not of how it was packed. Zero for a message that is attached whole.
        package var bytes: Int
    }

    package struct Header: Hashable, Sendable {
        /// In small letters.
        package var name: String
        /// Decoded, in one line.
        package var value: String
    }

    /// Who wrote it, as `Name <name@host>`; several with commas between.
    package var from: String
    /// One address each, those of groups too.
    package var to: [String]
    package var cc: [String]
    /// Empty where there is none.
    package var subject: String
    package var date: Timestamp?
    /// With its angle brackets.
    package var messageID: String?
    /// Also those of messages inside it.
    package var attachments: [Attachment]
    /// The first of each name, in the mail's order.
    package var headers: [Header]
    /// What stands in it to be read: of a text and its HTML the text, and behind it the messages that were forwarded in it.
    /// Lines end with LF.
    package var text: String
}

/// Why a file is no e-mail that can be read. Reads behind the file's name.
package enum MailError: Error, Hashable, Sendable, CustomStringConvertible {
    case noMail
    case noSender
    case encrypted
    case tooManyParts(limit: Int)
    /// Its text is HTML that could not be read.
    case html(String)

    package var description: String {
        switch self {
        case .noMail: "does not begin with the header lines of an e-mail; save the message as EML"
        case .noSender: "has no sender in its header lines, so it is no e-mail that was sent"
        case .encrypted: "is encrypted; open it in the mail program that has the key, and save it as text"
        case .tooManyParts(let limit): "has more than \(limit) parts, more than any mail program makes"
        case .html(let reason): "cannot be read: \(reason)"
        }
    }
}
