import Foundation

struct NoAnswer: Error {
    var url: String
}

/// The body at `http://127.0.0.1:PORT/path`.
func httpGet(_ url: String) async throws -> String {
    try await onThreadOfItsOwn { try blockingGet(url) }
}

/// Blocks for ten seconds at most.
private func blockingGet(_ url: String) throws -> String {
    let parts = url.split(separator: "/", maxSplits: 2).map(String.init)
    guard parts.count == 3, let port = parts[1].split(separator: ":").last.flatMap({ UInt16($0) }) else {
        throw NoAnswer(url: url)
    }
    #if canImport(Glibc)
        let kind = Int32(SOCK_STREAM.rawValue)
    #else
        let kind = SOCK_STREAM
    #endif
    let socket = socket(AF_INET, kind, 0)
    defer { close(socket) }
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let connected = withUnsafePointer(to: &address) { pointer in
        pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    let request = Array("GET /\(parts[2]) HTTP/1.1\r\nHost: test\r\nConnection: close\r\n\r\n".utf8)
    guard connected == 0, write(socket, request, request.count) == request.count else { throw NoAnswer(url: url) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    // Not up to the end: a server may keep the connection.
    while true {
        if let body = wholeBody(String(decoding: bytes, as: UTF8.self)) { return body }
        let count = read(socket, &buffer, buffer.count)
        guard count > 0 else { throw NoAnswer(url: url) }
        bytes += buffer[..<count]
    }
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
