internal import Locks

#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// A web server of a test's own, on a free port of this machine. It answers one request a connection, each from a thread
/// of its own, and ends with its last reference.
public final class WebServer: Sendable {
    public struct Request: Sendable {
        public var method: String
        /// With the query.
        public var path: String
        /// By their names in small letters.
        public var headers: [String: String]
        public var body: String
    }

    public enum Reply: Sendable {
        case page(_ body: String, status: Int = 200, type: String = "text/html; charset=utf-8")
        case bytes([UInt8], status: Int = 200, headers: [String: String] = [:])
        case redirect(to: String)
        /// Exactly these bytes, and the end of the connection.
        case raw([UInt8])
        /// The end of the connection without a word.
        case drop
        /// Never an answer.
        case hang
    }

    private struct State {
        var requests: [Request] = []
        var waiters: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
        var held: [Int32] = []
        var isClosed = false
    }

    /// Everything its threads need: they hold no reference to the server itself.
    private final class Counter: Sendable {
        let listener: Int32
        let answer: @Sendable (Request) -> Reply
        let state = Guarded(State())

        init(_ listener: Int32, _ answer: @escaping @Sendable (Request) -> Reply) {
            self.listener = listener
            self.answer = answer
        }
    }

    private let counter: Counter
    public let port: Int
    /// `http://127.0.0.1:33409`
    public var origin: String { "http://127.0.0.1:\(port)" }

    public struct NotStarted: Error {
        public var errno: Int32
    }

    public init(_ answer: @escaping @Sendable (Request) -> Reply) throws {
        #if canImport(Glibc)
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let listener = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        _ = fcntl(listener, F_SETFD, FD_CLOEXEC)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(listener, pointer, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, pointer, &length) == 0
            }
        }
        guard bound else { throw NotStarted(errno: errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        counter = Counter(listener, answer)
        let counter = counter
        Self.thread { Self.accept(counter) }
    }

    deinit {
        // Under the lock: behind it a thread may have closed one, and its number be another file's.
        counter.state.withLock { state in
            state.isClosed = true
            for connection in state.held { shutdown(connection, Int32(SHUT_RDWR)) }
            shutdown(counter.listener, Int32(SHUT_RDWR))
        }
    }

    /// The requests so far, in the order in which they were whole.
    public var requests: [Request] { counter.state.withLock { $0.requests } }

    /// Waits until so many requests have come.
    public func received(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = counter.state.withLock { state in
                if state.requests.count < count { state.waiters.append((count, continuation)) }
                return state.requests.count >= count
            }
            if isThere { continuation.resume() }
        }
    }

    // MARK: How

    private static func thread(_ work: @escaping @Sendable () -> Void) {
        final class Work: Sendable {
            let work: @Sendable () -> Void
            init(_ work: @escaping @Sendable () -> Void) { self.work = work }
        }
        let context = Unmanaged.passRetained(Work(work)).toOpaque()
        #if canImport(Glibc)
            var id = pthread_t()
            pthread_create(
                &id, nil,
                { context in
                    if let context { Unmanaged<Work>.fromOpaque(context).takeRetainedValue().work() }
                    return nil
                }, context)
            pthread_detach(id)
        #else
            var id: pthread_t?
            pthread_create(
                &id, nil,
                { context in
                    Unmanaged<Work>.fromOpaque(context).takeRetainedValue().work()
                    return nil
                }, context)
            if let id { pthread_detach(id) }
        #endif
    }

    private static func accept(_ counter: Counter) {
        while true {
            #if canImport(Glibc)
                let connection = Glibc.accept(counter.listener, nil, nil)
            #else
                let connection = Darwin.accept(counter.listener, nil, nil)
            #endif
            if connection < 0, errno == ECONNABORTED || errno == EINTR { continue }
            guard connection >= 0, !counter.state.withLock({ $0.isClosed }) else {
                if connection >= 0 { close(connection) }
                break
            }
            _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
            thread { serve(connection, counter) }
        }
        close(counter.listener)
    }

    private static func serve(_ connection: Int32, _ counter: Counter) {
        guard let request = readRequest(from: connection) else {
            close(connection)
            return
        }
        let woken = counter.state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            defer { state.waiters.removeAll { $0.count <= count } }
            return state.waiters.filter { $0.count <= count }.map(\.continuation)
        }
        let reply = counter.answer(request)
        for continuation in woken { continuation.resume() }
        if case .hang = reply {
            // Read to the other side's end, so that the connection stays as long as it is wanted.
            counter.state.withLock { state in
                state.held.append(connection)
                if state.isClosed { shutdown(connection, Int32(SHUT_RDWR)) }
            }
            var byte: UInt8 = 0
            while recv(connection, &byte, 1, 0) > 0 {}
            counter.state.withLock { state in state.held.removeAll { $0 == connection } }
        } else {
            send(bytes(of: reply), to: connection)
        }
        close(connection)
    }

    private static func readRequest(from connection: Int32) -> Request? {
        var bytes: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 16 << 10)
        var bodyStart: Int?
        var length = 0
        while true {
            if let start = bodyStart, bytes.count >= start + length { break }
            let count = recv(connection, &part, part.count, 0)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            bytes += part[..<count]
            if bodyStart == nil, let end = bytes.firstIndex(of: "\r\n\r\n") {
                bodyStart = end + 4
                length = headers(of: bytes[..<end])["content-length"].flatMap { Int($0) } ?? 0
            }
        }
        guard let bodyStart else { return nil }
        let words = String(decoding: bytes.prefix { $0 != 0x0D }, as: UTF8.self).split(separator: " ")
        guard words.count == 3 else { return nil }
        return Request(
            method: String(words[0]), path: String(words[1]), headers: headers(of: bytes[..<(bodyStart - 4)]),
            body: String(decoding: bytes[bodyStart...], as: UTF8.self))
    }

    private static func headers(of head: ArraySlice<UInt8>) -> [String: String] {
        var headers: [String: String] = [:]
        for line in head.split(separator: 0x0A).dropFirst() {
            let halves = line.split(separator: UInt8(ascii: ":"), maxSplits: 1)
            guard halves.count == 2 else { continue }
            let value = halves[1].drop { $0 == 0x20 }.filter { $0 != 0x0D }
            headers[String(decoding: halves[0], as: UTF8.self).lowercased()] = String(decoding: value, as: UTF8.self)
        }
        return headers
    }

    private static func bytes(of reply: Reply) -> [UInt8] {
        switch reply {
        case .page(let body, let status, let type):
            bytes(of: .bytes(Array(body.utf8), status: status, headers: ["Content-Type": type]))
        case .bytes(let body, let status, let headers):
            Array("HTTP/1.1 \(status) Said\r\nContent-Length: \(body.count)\r\nConnection: close\r\n".utf8)
                + headers.sorted { $0.key < $1.key }.flatMap { Array("\($0.key): \($0.value)\r\n".utf8) }
                + Array("\r\n".utf8) + body
        case .redirect(let place): bytes(of: .bytes([], status: 302, headers: ["Location": place]))
        case .raw(let bytes): bytes
        case .drop, .hang: []
        }
    }

    private static func send(_ bytes: [UInt8], to connection: Int32) {
        var sent = 0
        while sent < bytes.count {
            #if canImport(Glibc)
                let flags = Int32(MSG_NOSIGNAL)
            #else
                let flags: Int32 = 0
            #endif
            let count = bytes[sent...].withUnsafeBytes { part in
                #if canImport(Glibc)
                    Glibc.send(connection, part.baseAddress, part.count, flags)
                #else
                    Darwin.send(connection, part.baseAddress, part.count, flags)
                #endif
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return }
            sent += count
        }
        shutdown(connection, Int32(SHUT_WR))
    }
}

extension [UInt8] {
    fileprivate func firstIndex(of part: String) -> Int? {
        let wanted = Array(part.utf8)
        guard count >= wanted.count else { return nil }
        return (0...count - wanted.count).first { self[$0..<$0 + wanted.count].elementsEqual(wanted) }
    }
}
