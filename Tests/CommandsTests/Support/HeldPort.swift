import Foundation

/// A port of this machine at which nobody answers, and that nobody else gets meanwhile: a server may take it over.
final class HeldPort: Sendable {
    struct NotHeld: Error {
        var errno: Int32
    }

    let number: Int
    private let descriptor: Int32

    init() throws {
        #if canImport(Glibc)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        var one: Int32 = 1
        // Two may have one port under this option as long as neither listens.
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let failed = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, size) != 0 || getsockname(descriptor, address, &size) != 0
            }
        }
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
        if failed {
            let problem = errno
            close(descriptor)
            throw NotHeld(errno: problem)
        }
    }

    deinit { close(descriptor) }

    var url: String { "http://127.0.0.1:\(number)/v1" }
}
