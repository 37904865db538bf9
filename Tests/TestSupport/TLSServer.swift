/// A web server that speaks TLS with a certificate made for it, on a free port of this machine: one page for every
/// request. It is Python's, so that nothing of the project stands on both sides. Ends with its last reference.
public final class TLSServer: Sendable {
    public let port: Int
    /// The certificate, which signs itself: whoever trusts this file trusts the server.
    public let certificate: String
    private let process: TestProcess

    public struct NotStarted: Error {
        /// What the maker of the certificate said.
        public var words: String
    }

    /// - Parameters:
    ///   - host: the one name that the certificate is for.
    ///   - folder: where the certificate and its key are put.
    public init(host: String, page: String, in folder: String) throws {
        certificate = "\(folder)/\(host).pem"
        let key = "\(folder)/\(host).key"
        let maker = try TestProcess(
            "/usr/bin/env",
            [
                "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=\(host)",
                "-addext", "subjectAltName=DNS:\(host)", "-keyout", key, "-out", certificate,
            ])
        var words = ""
        // To the end of its output, which is its own end.
        while let line = maker.readLine() { words += line + "\n" }
        process = try TestProcess("/usr/bin/env", ["python3", "-u", "-c", Self.program, certificate, key, page])
        guard let line = process.readLine(), let port = Int(line) else { throw NotStarted(words: words) }
        self.port = port
    }

    private static let program = """
        import http.server, ssl, sys

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                body = sys.argv[3].encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            def get_request(self):
                connection, address = super().get_request()
                return context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False), address

            def handle_error(self, *_):
                pass

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[1], sys.argv[2])
        server = Server(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """
}
