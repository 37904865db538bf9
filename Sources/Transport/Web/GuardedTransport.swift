package import Calls

/// Asks for pages within an allow list, as the ``HTTPTransport`` of an ``Endpoint``.
package struct GuardedTransport: HTTPTransport {
    private let client: WebClient
    private let allow: AllowList

    package init(_ client: WebClient, allow: AllowList) {
        self.client = client
        self.allow = allow
    }

    package func send(
        _ request: HTTPRequest, timeout: Swift.Duration, bodyLimit: Int
    ) async throws(HTTPFault) -> HTTPReply {
        let url: WebURL
        do throws(WebURL.Mistake) {
            url = try WebURL(request.url)
        } catch {
            throw .unsendable("'\(request.url)' \(error.words)")
        }
        return try await client.get(url, headers: request.headers, allow: allow, timeout: timeout, bodyLimit: bodyLimit)
    }

    /// The client is others', too.
    package func close() async {}
}
