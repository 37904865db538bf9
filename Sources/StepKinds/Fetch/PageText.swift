internal import Calls
internal import HTMLText
internal import Runs
internal import Transport

/// What an answer of the web is as text.
enum PageText {
    /// Of a body, as it is when it is unpacked.
    static let byteLimit = 8 << 20

    static func read(_ reply: HTTPReply, from url: WebURL) throws(Failure) -> String {
        let label = reply.headers["content-type"] ?? ""
        let type = MediaType.essence(of: label)
        guard !reply.body.isEmpty else { return "" }
        let packing = reply.headers["content-encoding"]?.lowercased() ?? "identity"
        guard ["identity", "gzip", "deflate"].contains(packing) else {
            throw Failure(.undecodable, "\(url) is packed as \(packing), which was not asked for")
        }
        switch kind(of: type, reply.body) {
        case .html:
            var reader = HTMLReader()
            reader.byteLimit = byteLimit
            do throws(HTMLTextError) {
                return try reader.read(reply.body, charset: MediaType.charset(of: label)).text
            } catch {
                throw Failure(.undecodable, "\(url) cannot be read: \(error)")
            }
        case .text:
            let text = Charset.utf8(ofText: reply.body, transport: MediaType.charset(of: label))
            return String(decoding: text, as: UTF8.self)
        case .other:
            // What comes with an error is a page about the error, or nothing worth reading.
            guard (200..<300).contains(reply.status) else { return "" }
            throw Failure(
                .undecodable,
                "\(url) is \(type.isEmpty ? "no text" : type); 'fetch' reads HTML and other text only")
        }
    }

    private enum Kind { case html, text, other }

    private static func kind(of type: String, _ body: [UInt8]) -> Kind {
        switch type {
        case "text/html", "application/xhtml+xml": return .html
        case "", "application/octet-stream", "text/plain":
            let isUTF16 = Charset.byteOrderMark(of: body).map { $0.charset != .utf8 } ?? false
            if body.prefix(1_024).contains(0), !isUTF16 { return .other }
            return type.isEmpty && looksLikeHTML(body) ? .html : .text
        case _ where type.hasPrefix("text/") || type.hasSuffix("+json") || type.hasSuffix("+xml"): return .text
        case "application/json", "application/xml", "application/javascript", "application/x-ndjson",
            "application/yaml", "application/x-yaml", "application/sql":
            return .text
        default: return .other
        }
    }

    private static func looksLikeHTML(_ body: [UInt8]) -> Bool {
        let start = body.prefix(512).drop { $0 <= 0x20 || $0 >= 0x80 }.map {
            (0x41...0x5A).contains($0) ? $0 | 0x20 : $0
        }
        return ["<!doctype html", "<html", "<head", "<body", "<!--"].contains { start.starts(with: $0.utf8) }
    }
}
