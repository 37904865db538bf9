package import Calls
internal import NIOCore
internal import NIOHTTP1
internal import Synchronization

/// HTTP over real connections, as many at once as are asked for, to whatever address a host has.
package final class NetworkTransport: HTTPTransport {
    /// Reading a URL again for each request would be most of making one.
    private struct Target {
        var url: WebURL
        var head: HTTPRequestHead
    }

    private static let mostTargets = 64

    private let pool = ConnectionPool(mostIdle: 4_096, unpacks: false)
    private let targets: Mutex<[String: Target]> = Mutex([:])

    package init() {}

    package func send(
        _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let target = try target(of: request)
        var head = target.head
        for field in request.headers.fields { head.headers.add(name: field.name, value: field.value) }
        if !request.body.isEmpty || request.method != "GET" {
            head.headers.add(name: "Content-Length", value: String(request.body.count))
        }
        let body = request.body.isEmpty ? nil : ByteBuffer(bytes: request.body)
        let call = HTTPCall(head, body: body, bodyLimit: bodyLimit)
        let url = target.url
        do throws(HTTPFault) {
            return try await pool.send(call, to: url.host, timeout: timeout) { addresses in
                addresses.map {
                    ConnectionPool.Place(host: url.host, address: $0, port: url.port, isSecure: url.isSecure)
                }
            }
        } catch {
            switch error {
            // A model's host that is not known now may be known again in a minute.
            case .unsendable(let why): throw .unreachable(why)
            // And a server that is overloaded may write whatever it is.
            case .malformed(let why): throw .broken(why)
            default: throw error
            }
        }
    }

    package func close() async { await pool.close() }

    private func target(of request: HTTPRequest) throws(HTTPFault) -> Target {
        let name = request.method + " " + request.url
        if let known = targets.withLock({ $0[name] }) { return known }
        let url: WebURL
        do throws(WebURL.Mistake) {
            url = try WebURL(request.url)
        } catch {
            throw .unsendable("'\(request.url)' is no URL that can be asked: it \(error.words)")
        }
        var head = HTTPRequestHead(version: .http1_1, method: HTTPMethod(rawValue: request.method), uri: url.target)
        head.headers.add(name: "Host", value: url.authority)
        let target = Target(url: url, head: head)
        targets.withLock { targets in
            if targets.count >= Self.mostTargets { targets = [:] }
            targets[name] = target
        }
        return target
    }
}
