import Foundation

/// A connection to this machine that says exactly the bytes it is told to. Blocks, for some minutes at most.
final class RawConnection {
    struct NotConnected: Error {
        var port: Int
        var errno: Int32
    }

    /// The other side neither said more nor closed.
    struct Silence: Error {
        var heard: [UInt8]
    }

    private let descriptor: Int32

    init(port: Int) throws {
        #if canImport(Glibc)
            descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        var patience = timeval(tv_sec: 180, tv_usec: 0)
        let size = socklen_t(MemoryLayout<timeval>.size)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, size)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, size)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw NotConnected(port: port, errno: errno) }
    }

    deinit { close(descriptor) }

    /// What the other side does not take any more is left unsaid.
    func say(_ bytes: [UInt8]) {
        #if canImport(Glibc)
            let flags = Int32(MSG_NOSIGNAL)
        #else
            let flags: Int32 = 0
        #endif
        var said = 0
        while said < bytes.count {
            let count = bytes[said...].withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, flags) }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            said += count
        }
    }

    /// The other side reads an end, and may still answer.
    func sayNoMore() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes until it is enough, or up to the end.
    func hear(until isEnough: ([UInt8]) -> Bool = { _ in false }) throws -> [UInt8] {
        var heard: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 1 << 16)
        while !isEnough(heard) {
            let count = recv(descriptor, &part, part.count, 0)
            // With a time limit on it, it is not taken up again by itself where this process was held up.
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN || errno == EWOULDBLOCK { throw Silence(heard: heard) }
            guard count > 0 else { break }
            heard += part[..<count]
        }
        return heard
    }
}
