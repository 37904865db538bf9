import Foundation

struct NoAnswer: Error {
    var url: String
}

/// The body at `http://127.0.0.1:PORT/path`.
func httpGet(_ url: String) async throws -> String {
    try await onThreadOfItsOwn { try blockingGet(url) }
}

private func blockingGet(_ url: String) throws -> String {
    let parts = url.split(separator: "/", maxSplits: 2).map(String.init)
    guard parts.count == 3, let port = parts[1].split(separator: ":").last.flatMap({ UInt16($0) }) else {
        throw NoAnswer(url: url)
    }
    let connection = try RawConnection(port: Int(port))
    connection.say(Array("GET /\(parts[2]) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".utf8))
    // Not up to the end: a server may keep the connection.
    let heard = try connection.hear { wholeBody(String(decoding: $0, as: UTF8.self)) != nil }
    guard let body = wholeBody(String(decoding: heard, as: UTF8.self)) else { throw NoAnswer(url: url) }
    return body
}

/// The body of an answer of which all has come.
private func wholeBody(_ answer: String) -> String? {
    guard let head = answer.range(of: "\r\n\r\n"),
        let field = answer.range(of: "content-length:", options: .caseInsensitive)
    else { return nil }
    let number = answer[field.upperBound...].drop { $0 == " " }.prefix { $0.isNumber }
    let body = answer[head.upperBound...]
    return Int(number) == body.utf8.count ? String(body) : nil
}
