internal import CMail

/// A part of a mail, a list of parts, or a message in it.
struct MailNode: Sendable {
    enum Kind { case multipart, message, part }

    var kind: Kind
    /// The place of the node that it is in; -1 for the mail itself.
    var parent: Int
    var type: String
    var charset: String?
    var name: String?
    var isAttachment: Bool
    /// Of a text that is not attached.
    var content: [UInt8]?
    var length: Int
    /// A message's own, names in small letters.
    var headers: [Mail.Header]
    /// In seconds since 1970.
    var date: Int64?

    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
}

/// What GMime finds in a mail, copied out: its nodes, each behind the one that it is in, and its own addresses.
struct MailParts {
    let nodes: [MailNode]
    /// Whether these are all.
    let isWhole: Bool
    let from: [String]
    let sender: [String]
    let to: [String]
    let cc: [String]

    /// Nil where nothing in the bytes looks like a mail.
    init?(_ bytes: [UInt8], limit: Int) {
        let mail = unsafe bytes.withUnsafeBytes { bytes in
            unsafe cmail_new(bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count, CInt(limit))
        }
        guard let mail = unsafe mail else { return nil }
        defer { unsafe cmail_delete(mail) }
        isWhole = unsafe cmail_is_whole(mail)
        nodes = unsafe (0..<cmail_node_count(mail)).map { unsafe MailNode(copying: $0, of: mail) }
        from = unsafe Self.addresses(CMAIL_FROM, of: mail)
        sender = unsafe Self.addresses(CMAIL_SENDER, of: mail)
        to = unsafe Self.addresses(CMAIL_TO, of: mail)
        cc = unsafe Self.addresses(CMAIL_CC, of: mail)
    }

    private static func addresses(_ kind: Int, of mail: OpaquePointer) -> [String] {
        let kind = CInt(kind)
        return unsafe (0..<cmail_address_count(mail, kind)).compactMap { index in
            unsafe text(cmail_address_at(mail, kind, index))
        }
    }

    fileprivate static func text(_ pointer: UnsafePointer<CChar>?) -> String? {
        unsafe pointer.map { unsafe String(cString: $0).onOneLine }
    }
}

extension String {
    /// A field is one line: where it was folded, or an encoded word hides a line end, stands one blank.
    fileprivate var onOneLine: String {
        let isControl = { (byte: UInt8) in byte < 0x20 || byte == 0x7F }
        guard utf8.contains(where: isControl) else { return self }
        var line: [UInt8] = []
        var rest = Array(utf8)[...]
        while let byte = rest.first {
            let blanks = rest.prefix { isControl($0) || $0 == 0x20 }
            if blanks.contains(where: isControl) {
                line.append(0x20)
                rest = rest.dropFirst(blanks.count)
            } else {
                line.append(byte)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: line, as: UTF8.self)
    }
}

extension MailNode {
    fileprivate init(copying index: CInt, of mail: OpaquePointer) {
        let node = unsafe cmail_node_at(mail, index).pointee
        kind =
            switch unsafe Int(node.kind) {
            case CMAIL_MULTIPART: .multipart
            case CMAIL_MESSAGE: .message
            default: .part
            }
        parent = unsafe Int(node.parent)
        type = unsafe MailParts.text(node.type) ?? "text/plain"
        charset = unsafe MailParts.text(node.charset)
        name = unsafe MailParts.text(node.name).flatMap { $0.isEmpty ? nil : $0 }
        isAttachment = unsafe node.is_attachment
        content = unsafe node.content.map { content in
            unsafe Array(UnsafeRawBufferPointer(start: content, count: node.length))
        }
        length = unsafe node.length
        headers = unsafe (node.first_header..<node.first_header + node.header_count).map { index in
            let header = unsafe cmail_header_at(mail, index).pointee
            return unsafe Mail.Header(
                name: (MailParts.text(header.name) ?? "").lowercased(), value: MailParts.text(header.value) ?? "")
        }
        date = unsafe node.has_date ? node.date : nil
    }
}
