/// A request as the site reads it, whatever brought it.
package struct SiteRequest: Sendable {
    package var method: String
    /// As it was sent: path and query, nothing decoded.
    package var target: String
    package var host: String
    /// By lower-case names.
    package var headers: [String: String]
    package var body: [UInt8]
    /// The address that it came from.
    package var peer: String

    package init(
        _ method: String, _ target: String, host: String, headers: [String: String] = [:], body: [UInt8] = [],
        peer: String = ""
    ) {
        self.method = method
        self.target = target
        self.host = host
        self.headers = headers
        self.body = body
        self.peer = peer
    }

    /// Up to the query.
    var path: String { String(target.prefix { $0 != "?" }) }

    var query: FormFields {
        guard let mark = target.firstIndex(of: "?") else { return FormFields() }
        return FormFields(String(target[target.index(after: mark)...])) ?? FormFields()
    }

    func cookie(_ name: String) -> String? {
        for part in (headers["cookie"] ?? "").split(separator: ";") {
            let pair = part.drop { $0 == " " }
            if pair.hasPrefix(name + "=") { return String(pair.dropFirst(name.count + 1)) }
        }
        return nil
    }
}

/// What the site answers.
package struct SiteResponse: Sendable {
    package var status: Int
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    init(_ status: Int, type: String, _ body: [UInt8]) {
        self.status = status
        headers = [("Content-Type", type)]
        self.body = body
    }

    init(_ status: Int, text: String) {
        self.init(status, type: "text/plain; charset=utf-8", Array((text + "\n").utf8))
    }

    /// To another page of the site, asked for with GET.
    static func redirect(to path: String) -> SiteResponse {
        var response = SiteResponse(303, text: "see \(path)")
        response.headers.append(("Location", path))
        return response
    }

    package func header(_ name: String) -> String? { headers.first { $0.name == name }?.value }
}
