internal import NIOCore

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Why there is no connection, or none any more, in words for people.
func words(for error: any Error) -> String {
    switch error {
    case let error as IOError: return String(cString: strerror(error.errnoCode))
    case ChannelError.connectTimeout: return "no connection within 10 s"
    case ChannelError.eof: return "the connection was closed before anything was sent"
    default:
        let text = "\(error)"
        if text.contains("CERTIFICATE_VERIFY_FAILED") {
            return "its certificate is signed by nobody that this machine trusts; "
                + "SSL_CERT_FILE can name a file of those to be trusted"
        }
        if text.contains("WRONG_VERSION_NUMBER") {
            return "it does not speak TLS there; its address may begin with http://"
        }
        if text.contains("failedToValidateHostname") { return "its certificate is that of another host" }
        return text
    }
}
