package import HTMLText
internal import Values

/// Reads the bytes of an e-mail (RFC 5322 and MIME), however odd, into what a person would see of it.
package struct MailReader: Sendable {
    /// The most parts, lists of parts and messages that one mail has.
    package var partLimit = 10_000
    package var html = HTMLReader()

    package init() {}

    /// The years 1 to 9999, in seconds since 1970: a date outside is none.
    private static let years: ClosedRange<Int64> = -62_135_596_800...253_402_300_799

    package func read(_ bytes: [UInt8]) throws(MailError) -> Mail {
        guard let parts = MailParts(bytes, limit: partLimit), let message = parts.nodes.first, !message.headers.isEmpty
        else { throw .noMail }
        guard parts.isWhole else { throw .tooManyParts(limit: partLimit) }
        guard let from = [parts.from, parts.sender].first(where: { !$0.isEmpty })?.joined(separator: ", ") else {
            throw .noSender
        }
        var body = MailBody(parts, html: html)
        let text = try body.text(of: 0)
        if text.isEmpty, parts.nodes.contains(where: \.isEncrypted) { throw .encrypted }
        var seen: Set<String> = []
        let headers = message.headers.compactMap { header in
            seen.insert(header.name).inserted ? header : nil
        }
        return Mail(
            from: from, to: parts.to, cc: parts.cc, subject: message["subject"] ?? "",
            date: message.date.flatMap { Self.years.contains($0) ? Timestamp(seconds: $0) : nil },
            messageID: message["message-id"].flatMap { $0.isEmpty ? nil : $0 }, attachments: body.attachments,
            headers: headers, text: text)
    }
}

/// What of a mail's parts is its text, and what is attached: rules only.
///
/// A part with a file name, or that the mail calls an attachment, is one. Of alternatives the first plain text that says
/// something is taken, else the last that does. Messages inside are quoted with their head, unless they are attached.
private struct MailBody {
    let parts: MailParts
    let html: HTMLReader
    private let children: [[Int]]
    private(set) var attachments: [Mail.Attachment] = []

    init(_ parts: MailParts, html: HTMLReader) {
        self.parts = parts
        self.html = html
        var children = Array(repeating: [Int](), count: parts.nodes.count)
        for (index, node) in parts.nodes.enumerated() where node.parent >= 0 { children[node.parent].append(index) }
        self.children = children
    }

    /// Without blank lines around it.
    mutating func text(of index: Int) throws(MailError) -> String {
        let node = parts.nodes[index]
        switch node.kind {
        case .multipart:
            var texts: [(type: String, text: String)] = []
            for child in children[index] { texts.append((parts.nodes[child].type, try text(of: child))) }
            texts.removeAll { $0.text.isEmpty }
            guard node.type == "multipart/alternative" else { return texts.map(\.text).joined(separator: "\n\n") }
            return (texts.first { $0.type == "text/plain" } ?? texts.last)?.text ?? ""
        case .message:
            let isAttached = index > 0 && (node.isAttachment || node.name != nil)
            if isAttached { attach(node) }
            var texts: [String] = []
            for child in children[index] { texts.append(try text(of: child)) }
            if isAttached { return "" }
            return (index == 0 ? texts : [node.head] + texts).filter { !$0.isEmpty }.joined(separator: "\n\n")
        case .part:
            guard let content = node.content, !node.isAttachment, node.name == nil else {
                attach(node)
                return ""
            }
            return try node.type == "text/html" ? page(content, node) : plain(content, node)
        }
    }

    private mutating func attach(_ node: MailNode) {
        attachments.append(Mail.Attachment(name: node.name ?? "unnamed", type: node.type, bytes: node.length))
    }

    private func page(_ content: [UInt8], _ node: MailNode) throws(MailError) -> String {
        do throws(HTMLTextError) {
            return try html.read(content, charset: node.charset).text
        } catch {
            throw .html(error.description)
        }
    }

    private func plain(_ content: [UInt8], _ node: MailNode) -> String {
        // What calls itself ASCII and is not is mostly UTF-8.
        let label = node.charset.flatMap { $0.lowercased() == "us-ascii" ? nil : $0 }
        var bytes = Charset.utf8(ofText: content, transport: label)
        if bytes.contains(0x0D) { bytes = withoutReturns(bytes) }
        var text = bytes[...]
        let isBlank = { (byte: UInt8) in byte == 0x0A || byte == 0x20 || byte == 0x09 }
        while let last = text.last, isBlank(last) { text.removeLast() }
        // Blanks before the first word may be there to indent it; whole blank lines are not.
        if let word = text.firstIndex(where: { !isBlank($0) }), let end = text[..<word].lastIndex(of: 0x0A) {
            text = text[(end + 1)...]
        }
        return String(decoding: text, as: UTF8.self)
    }

    private func withoutReturns(_ bytes: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(bytes.count)
        for (place, byte) in bytes.enumerated() {
            if byte != 0x0D {
                lines.append(byte)
            } else if place + 1 == bytes.count || bytes[place + 1] != 0x0A {
                lines.append(0x0A)
            }
        }
        return lines
    }
}

extension MailNode {
    /// What mail programs write before a message that they forward.
    fileprivate var head: String {
        let lines = ["From", "Date", "Subject", "To"].compactMap { name in
            self[name.lowercased()].map { "\(name): \($0)" }
        }
        return (["---------- Forwarded message ----------"] + lines).joined(separator: "\n")
    }

    fileprivate var isEncrypted: Bool {
        ["multipart/encrypted", "application/pkcs7-mime", "application/x-pkcs7-mime"].contains(type)
    }
}
