/// Where the requests for a host go instead, as a person says on the command line: `www.example.com=127.0.0.1:8080`.
///
/// The address is the person's own choice, so no allow list is asked about it.
package struct HostOverride: Hashable, Sendable {
    /// `*` for every host.
    package var host: String
    package var address: IPAddress
    package var port: Int
    /// With `http://` before the address: without TLS, whatever the page's own address says.
    package var isPlain: Bool

    package init?(_ text: String) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, !parts[0].isEmpty else { return nil }
        let isPlain = parts[1].hasPrefix("http://")
        let place = isPlain ? parts[1].dropFirst(7) : parts[1]
        let end = place.utf8.last
        guard end.map({ (0x30...0x39).contains($0) }) ?? false, let colon = place.utf8.lastIndex(of: UInt8(ascii: ":")),
            let url = Result(catching: { () throws(WebURL.Mistake) in try WebURL("http://\(place)") }).success,
            let port = Int(place[place.utf8.index(after: colon)...]), let address = IPAddress(url.host)
        else { return nil }
        host = parts[0].lowercased()
        self.address = address
        self.port = port
        self.isPlain = isPlain
    }

    func covers(_ url: WebURL) -> Bool { host == "*" || host == url.host }
}

extension Result {
    fileprivate var success: Success? { if case .success(let value) = self { value } else { nil } }
}
