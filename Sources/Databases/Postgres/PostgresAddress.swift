internal import CPQ

/// How a PostgreSQL server is reached, as libpq takes it: a URL or `host=… dbname=…`. The text may hold a password, so it
/// is shown to nobody.
package struct PostgresAddress: Hashable, Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    let text: String
    /// Host, port and database, for people.
    package let name: String
    /// Whether a password stands in the text.
    package let hasPassword: Bool
    private let secrets: [String]

    /// Nil for what libpq does not take for an address; the reason is in libpq's words.
    ///
    /// libpq is opened by the first address; without one, no time goes into loading it.
    package init(_ text: String) throws(DatabaseProblem) {
        if let reason = cpq_open() {
            throw DatabaseProblem(
                .refused,
                "PostgreSQL needs the library libpq, which cannot be used here: \(String(cString: reason)); install it: "
                    + "apt-get install libpq5, or brew install libpq")
        }
        var message: UnsafeMutablePointer<CChar>?
        guard let options = PQconninfoParse(text, &message) else {
            PQfreemem(message)
            throw DatabaseProblem(
                .refused,
                "this is no address of a PostgreSQL database; write postgresql://USER@HOST/DATABASE, or "
                    + "host=HOST dbname=DATABASE user=USER")
        }
        defer { PQconninfoFree(options) }
        var known: [String: String] = [:]
        var option = options
        while let keyword = option.pointee.keyword {
            if let value = option.pointee.val { known[String(cString: keyword)] = String(cString: value) }
            option += 1
        }
        self.text = text
        hasPassword = !(known["password"] ?? "").isEmpty
        secrets = [known["password"], known["sslpassword"]].compactMap(\.self).filter { $0.utf8.count >= 3 }
        let host = known["host"] ?? known["hostaddr"] ?? "this machine"
        let port = known["port"].map { ":\($0)" } ?? ""
        name = "the database '\(known["dbname"] ?? known["user"] ?? "")' at \(host)\(port)"
    }

    /// What libpq or the server said, on one line and without the password.
    func clean(_ message: String) -> String {
        var line = message.split(whereSeparator: \.isNewline).map { $0.trimmed }.joined(separator: " ")
        for secret in secrets {
            line = line.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "•••")
        }
        return line
    }

    package var description: String { name }
    package var debugDescription: String { name }
}

extension Substring {
    fileprivate var trimmed: Substring {
        var text = self
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text
    }
}
