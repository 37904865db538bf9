/// One request, whole.
package struct HTTPRequest: Sendable {
    package var method: String
    package var url: String
    package var headers: HTTPFields
    package var body: [UInt8]

    package init(method: String = "GET", url: String, headers: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }
}

/// One answer, whole. Every status is an answer.
package struct HTTPReply: Hashable, Sendable {
    package var status: Int
    package var headers: HTTPFields
    package var body: [UInt8]

    package init(status: Int, headers: HTTPFields = HTTPFields(), body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}

/// Header fields in their order. Names are compared without case.
package struct HTTPFields: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Field: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var fields: [Field]

    package init(_ fields: [Field] = []) { self.fields = fields }

    package init(dictionaryLiteral elements: (String, String)...) {
        fields = elements.map { Field(name: $0, value: $1) }
    }

    /// The first field of this name.
    package subscript(name: String) -> String? {
        fields.first { $0.name.isSameFieldName(as: name) }?.value
    }

    package mutating func add(_ name: String, _ value: String) {
        fields.append(Field(name: name, value: value))
    }
}

extension String {
    /// ASCII alone knows case in a field name.
    fileprivate func isSameFieldName(as other: String) -> Bool {
        utf8.count == other.utf8.count
            && zip(utf8, other.utf8).allSatisfy { one, two in
                one == two || (one | 0x20 == two | 0x20 && (0x61...0x7A).contains(one | 0x20))
            }
    }
}

/// Why there is no answer. Tells apart what surely did not happen from what may have.
package enum HTTPFault: Error, Hashable, Sendable {
    /// The time limit passed. Once a byte was sent, the other side may have acted on it.
    case timedOut(sent: Bool)
    /// Nothing was sent: no such host, refused, no trust in its certificate.
    case unreachable(String)
    /// Nobody was there for so long that it was given up; nothing was sent. In words.
    case outOfReach(String)
    /// The connection broke after the first byte was sent and before the last of the answer came.
    case broken(String)
    /// What came as an answer is no HTTP: asked again, it would come again. Only of pages; with a model's server it counts
    /// as broken.
    case malformed(String)
    /// The answer is longer than was allowed.
    case tooLong(limit: Int)
    /// The task that waited was cancelled.
    case cancelled
    /// No request that could be sent: a URL that is none.
    case unsendable(String)

    /// Whether the other side may have acted on the request.
    package var mayHaveActed: Bool {
        switch self {
        case .timedOut(let sent): sent
        case .broken, .malformed, .tooLong, .cancelled: true
        case .unreachable, .unsendable, .outOfReach: false
        }
    }
}

/// Sends requests. The one that talks to a network is ``NetworkTransport``; tests script their own.
package protocol HTTPTransport: Sendable {
    /// Sends a request and waits for the whole answer.
    ///
    /// Redirects are answers like any other: a key must not follow them to another host. When the task is cancelled or
    /// the time is over, the request ends.
    ///
    /// - Parameters:
    ///   - timeout: from now to the last byte of the answer.
    ///   - bodyLimit: bytes of the answer's body.
    func send(_ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int) async throws(HTTPFault) -> HTTPReply

    /// Ends every connection; what is still open fails.
    func close() async
}
