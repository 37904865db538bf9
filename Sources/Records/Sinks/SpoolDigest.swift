internal import Digests
internal import Dispatch
internal import Locks

/// The SHA-256 of a spool, up to date with what is appended.
///
/// What an earlier process wrote is read on a thread of its own while more is appended, and what was appended meanwhile
/// behind it: a run that goes on does not wait for the hash of what it kept.
final class SpoolDigest: Sendable {
    private struct State {
        var sha = SHA256Stream()
        var hashed: Int64 = 0
        var written: Int64 = 0
        var isCatchingUp = false
        var problem: FileError?
    }

    private let spool: File
    private let state = Guarded(State())
    private let catchingUp = DispatchGroup()

    private static let pieceLength = 1 << 18

    /// - Parameter end: how much of the spool an earlier process wrote.
    init(of spool: File, upTo end: Int64) {
        self.spool = spool
        guard end > 0 else { return }
        state.withLock { state in
            state.written = end
            state.isCatchingUp = true
        }
        DispatchQueue(label: "linecook.digest").async(group: catchingUp) { [self] in catchUp() }
    }

    /// Takes in bytes that were just written at the end.
    func add(_ bytes: UnsafeRawBufferPointer) {
        state.withLock { state in
            state.written += Int64(bytes.count)
            guard !state.isCatchingUp else { return }
            state.sha.add(bytes)
            state.hashed = state.written
        }
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
        while let (place, size) = next() {
            do throws(FileError) {
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
            } catch {
                state.withLock { $0.problem = error }
                return
            }
        }
    }

    /// What is to be hashed next; nil where nothing is, and whoever appends hashes from now on.
    private func next() -> (place: Int64, size: Int)? {
        state.withLock { state in
            let size = Int(min(state.written - state.hashed, Int64(Self.pieceLength)))
            state.isCatchingUp = size > 0
            return size > 0 ? (state.hashed, size) : nil
        }
    }
}
