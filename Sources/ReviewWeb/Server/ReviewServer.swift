internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdCore
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
internal import NIOSSL

/// Brings requests to a site, over HTTP or HTTPS.
package struct ReviewServer: Sendable {
    /// A certificate and its key, files in PEM form.
    package struct Certificate: Sendable {
        package var chain: String
        package var key: String

        package init(chain: String, key: String) {
            self.chain = chain
            self.key = key
        }
    }

    package struct Problem: Error, CustomStringConvertible {
        package var description: String
    }

    private let host: String
    private let port: Int
    private let certificate: Certificate?

    /// - Parameter port: 0 for any that is free.
    package init(host: String, port: Int, certificate: Certificate? = nil) {
        self.host = host
        self.port = port
        self.certificate = certificate
    }

    /// Serves until the task is cancelled.
    ///
    /// - Parameter begin: makes the site, once the port is known, and tells people of it.
    package func run(_ begin: @escaping @Sendable (_ port: Int) -> ReviewSite) async throws {
        let site = SiteHolder()
        var logger = Logger(label: "linecook.review", factory: { _ in SwiftLogNoOpLogHandler() })
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder<SiteContext> { request, context in
                try await Self.respond(to: request, context, site)
            },
            server: try server(),
            configuration: ApplicationConfiguration(address: .hostname(host, port: port)),
            onServerRunning: { channel in await site.set(begin(channel.localAddress?.port ?? 0)) },
            logger: logger)
        do {
            try await application.run()
        } catch is CancellationError {
            // The way it is ended.
        } catch {
            throw Problem(description: "cannot serve at \(host):\(port): \(error)")
        }
    }

    private func server() throws -> HTTPServerBuilder {
        let limits = HTTP1Channel.Configuration(idleTimeout: .seconds(75))
        guard let certificate else { return .http1(configuration: limits) }
        do {
            let chain = try NIOSSLCertificate.fromPEMFile(certificate.chain).map(NIOSSLCertificateSource.certificate)
            let key = try NIOSSLPrivateKey(file: certificate.key, format: .pem)
            var configuration = TLSConfiguration.makeServerConfiguration(
                certificateChain: chain, privateKey: .privateKey(key))
            configuration.minimumTLSVersion = .tlsv12
            // What does not belong together is told before anybody connects.
            _ = try NIOSSLContext(configuration: configuration)
            return try .tls(.http1(configuration: limits), tlsConfiguration: configuration)
        } catch {
            throw Problem(
                description:
                    "the certificate \(certificate.chain) with the key \(certificate.key) cannot be used: \(error)")
        }
    }

    private static func respond(
        to request: Request, _ context: SiteContext, _ holder: SiteHolder
    ) async throws -> Response {
        guard let site = await holder.site else { return Response(status: .serviceUnavailable) }
        var headers: [String: String] = [:]
        for field in request.headers {
            let name = field.name.canonicalName
            // Of what comes twice, all of it: a second cookie header is not passed over.
            headers[name] = headers[name].map { "\($0); \(field.value)" } ?? field.value
        }
        // The first one is not among them. Of two hosts nobody knows which is meant, so there is none.
        let host = headers["host"] == nil ? request.head.authority ?? "" : ""
        var body: [UInt8] = []
        var isTooLarge = false
        if request.method == .post {
            do {
                body = Array(buffer: try await request.body.collect(upTo: ReviewSite.longestBody))
            } catch is NIOTooManyBytesError {
                isTooLarge = true
            }
        }
        let answer = await site.respond(
            to: SiteRequest(
                request.method.rawValue, request.head.path ?? "/", host: host, headers: headers, body: body,
                peer: context.peer))
        // Who may not ask learns nothing, not even that.
        if isTooLarge, answer.status != 401 { return Response(status: .contentTooLarge) }
        var fields = HTTPFields()
        for (name, value) in answer.headers {
            guard let name = HTTPField.Name(name) else { continue }
            fields.append(HTTPField(name: name, value: value))
        }
        return Response(
            status: HTTPResponse.Status(code: answer.status), headers: fields,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: answer.body)))
    }
}

/// The site, once the server knows its port.
private actor SiteHolder {
    private(set) var site: ReviewSite?

    func set(_ site: ReviewSite) { self.site = site }
}

/// What a request comes with: where from.
private struct SiteContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var peer: String

    init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        peer = source.channel.remoteAddress?.ipAddress ?? ""
    }
}
