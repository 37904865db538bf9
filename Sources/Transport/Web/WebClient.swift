package import Calls
internal import NIOHTTP1

/// Asks for pages of hosts that recipes and records name, and connects to nothing that an allow list does not let through.
///
/// The address that was looked at is the one that is connected to, so a name that leads elsewhere a moment later leads
/// nobody astray. Connections are kept for a moment and used again. HTTP/1.1; gzip and deflate are unpacked within the
/// bound of the body.
package final class WebClient: Sendable {
    private let overrides: [HostOverride]
    private let pool = ConnectionPool(mostIdle: 64, unpacks: true)

    package init(overrides: [HostOverride] = []) { self.overrides = overrides }

    /// Asks for a page; a redirect is an answer like any other.
    ///
    /// - Parameter timeout: from now to the last byte of the answer.
    package func get(
        _ url: WebURL, headers: HTTPFields, allow: AllowList, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let override = overrides.first { $0.covers(url) }
        guard override != nil || allow.allows(url) else {
            throw .unsendable("'\(url.host)' is no host that `allow` names")
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: url.target)
        head.headers.add(name: "Host", value: url.authority)
        head.headers.add(name: "Accept-Encoding", value: "gzip, deflate")
        for field in headers.fields { head.headers.replaceOrAdd(name: field.name, value: field.value) }
        let deadline = ContinuousClock.now + timeout
        while true {
            let call = HTTPCall(head, bodyLimit: bodyLimit)
            do throws(HTTPFault) {
                let timeLeft = ContinuousClock.now.duration(to: deadline)
                return try await pool.send(
                    call, to: override?.address.description ?? url.host, timeout: timeLeft
                ) { addresses throws(HTTPFault) in try Self.places(of: url, at: addresses, allow, override) }
            } catch {
                // The other side closed it in the same moment, or had more to say of the page before: asking for a page
                // again does no harm.
                switch error {
                case .broken where call.usedAgain, .malformed where call.usedAgain: continue
                default: throw error
                }
            }
        }
    }

    /// Ends every connection; requests that are open end as cancelled or broken.
    package func close() async { await pool.close() }

    /// Where a page may be asked for, looked at address by address.
    private static func places(
        of url: WebURL, at addresses: [IPAddress], _ allow: AllowList, _ override: HostOverride?
    ) throws(HTTPFault) -> [ConnectionPool.Place] {
        if let override {
            return [
                ConnectionPool.Place(
                    host: url.host, address: override.address, port: override.port,
                    isSecure: url.isSecure && !override.isPlain)
            ]
        }
        let allowed = addresses.filter { allow.allows(url, at: $0) }
        guard !allowed.isEmpty else {
            throw .unsendable(
                "\(url.host) is at \(addresses.map(\.description).joined(separator: ", ")), which is no public address; "
                    + "such a host must stand in `allow` by its own name")
        }
        return allowed.map {
            ConnectionPool.Place(host: url.host, address: $0, port: url.port, isSecure: url.isSecure)
        }
    }
}
