internal import Digests
internal import Dispatch
internal import Locks

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// The SHA-256 of a spool, up to date with what is appended.
///
/// What an earlier process wrote is read on a thread of its own while more is appended, and what was appended meanwhile
/// behind it: a run that goes on does not wait for the hash of what it kept, and the thread takes what the others leave
/// of the cores. Whoever no longer wants the hash calls ``end()``: until then the spool is held, and with it its lock.
final class SpoolDigest: Sendable {
    private struct State {
        /// Nil once there will be no hash.
        var spool: File?
        var sha = SHA256Stream()
        var hashed: Int64 = 0
        var written: Int64
        var isCatchingUp: Bool
        var problem: FileError?
    }

    private let state: Guarded<State>
    private let catchingUp = DispatchGroup()

    private static let pieceLength = 1 << 18

    /// - Parameter end: how much of the spool an earlier process wrote.
    init(of spool: File, upTo end: Int64) {
        state = Guarded(State(spool: spool, written: end, isCatchingUp: end > 0))
        guard end > 0 else { return }
        catchingUp.enter()
        IdleThread.run { [self] in
            catchUp()
            catchingUp.leave()
        }
    }

    /// Takes in bytes that were just written at the end.
    func add(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.written += Int64(bytes.count)
            guard !state.isCatchingUp, state.spool != nil else { return }
            state.sha.add(bytes)
            state.hashed = state.written
        }
    }

    /// There will be no hash. The spool is let go of when this returns.
    func end() {
        state.withLock { $0.spool = nil }
        catchingUp.wait()
    }

    /// Of all bytes so far. Blocks until those of an earlier process are hashed.
    func digest() throws(FileError) -> SHA256Digest {
        catchingUp.wait()
        let (digest, problem) = state.withLock { ($0.sha.digest, $0.problem) }
        if let problem { throw problem }
        return digest
    }

    private func catchUp() {
        var buffer = [UInt8](repeating: 0, count: Self.pieceLength)
        do throws(FileError) {
            while let (spool, place, size) = next() {
                let count = try buffer.withMutableBytes { bytes throws(FileError) in
                    try spool.read(into: UnsafeMutableRawBufferPointer(rebasing: bytes[..<size]), at: place)
                }
                guard count == size else { throw FileError(.read, spool.path, cutShort) }
                buffer.withBytes { bytes in
                    let piece = UnsafeRawBufferPointer(rebasing: bytes[..<count])
                    state.withLock { state in
                        state.sha.add(piece)
                        state.hashed += Int64(count)
                    }
                }
            }
        } catch {
            state.withLock { $0.problem = error }
        }
    }

    /// What is to be hashed next; nil where nothing is, and whoever appends hashes from now on.
    private func next() -> (spool: File, place: Int64, size: Int)? {
        state.withLock { state in
            let size = Int(min(state.written - state.hashed, Int64(Self.pieceLength)))
            guard let spool = state.spool, size > 0 else {
                state.isCatchingUp = false
                return nil
            }
            return (spool, state.hashed, size)
        }
    }
}

/// A thread that runs when nobody else wants to.
private enum IdleThread {
    private final class Work {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    static func run(_ body: @escaping @Sendable () -> Void) {
        #if canImport(Glibc)
            let work = Unmanaged.passRetained(Work(body))
            var thread = pthread_t()
            let problem = pthread_create(
                &thread, nil,
                { work in
                    // Of this thread alone, on Linux. Whether it is heard or not: the hash is the same.
                    setpriority(numericCast(PRIO_PROCESS.rawValue), 0, 19)
                    if let work { Unmanaged<Work>.fromOpaque(work).takeRetainedValue().body() }
                    return nil
                }, work.toOpaque())
            if problem == 0 {
                pthread_detach(thread)
                return
            }
            work.release()
        #endif
        DispatchQueue(label: "linecook.digest", qos: .background).async(execute: body)
    }
}
