internal import Calls
internal import Digests
internal import Dispatch
internal import Runs
internal import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The SHA-256 of a model's weights, which is who the local model is.
///
/// A file of our own data folder carries it in its name: set-up checked it before it gave that name. Any other file is
/// read once, which takes seconds, and remembered by path, size, time and inode in `weights.jsonl` in the data folder.
struct WeightsHash {
    let dataFolder: String

    private var notes: String { dataFolder + "/weights.jsonl" }

    func hash(of path: String) async throws(Failure) -> SHA256Digest {
        if let named = hashInName(of: path) { return named }
        guard let mark = mark(of: path) else {
            throw Failure(.unreachable, "the model '\(path)' cannot be read: \(String(cString: strerror(errno)))")
        }
        if let known = remembered(mark) { return known }
        guard let digest = await Self.digest(of: path) else {
            if Task.isCancelled { throw Failure(.unreachable, "nobody waited until '\(path)' was read") }
            throw Failure(.unreachable, "the model '\(path)' cannot be read: \(String(cString: strerror(errno)))")
        }
        remember(digest, mark)
        return digest
    }

    private func hashInName(of path: String) -> SHA256Digest? {
        let folder = dataFolder + "/models/"
        guard path.hasPrefix(folder), path.hasSuffix(".gguf") else { return nil }
        return SHA256Digest(hex: String(path.dropFirst(folder.count).dropLast(".gguf".count)))
    }

    /// What changes when a file does.
    private func mark(of path: String) -> Value? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        #if canImport(Darwin)
            let changed = status.st_mtimespec
        #else
            let changed = status.st_mtim
        #endif
        return [
            "path": .string(path), "size": .int(Int64(status.st_size)), "inode": .int(Int64(status.st_ino)),
            "seconds": .int(Int64(changed.tv_sec)), "nanoseconds": .int(Int64(changed.tv_nsec)),
        ]
    }

    private func remembered(_ mark: Value) -> SHA256Digest? {
        guard let file = fopen(notes, "r") else { return nil }
        defer { fclose(file) }
        var found: SHA256Digest?
        var line: UnsafeMutablePointer<CChar>?
        var capacity = 0
        defer { free(line) }
        while getline(&line, &capacity, file) > 0, let text = line {
            // A line that is no note of ours, cut off by a crash perhaps, is passed over.
            guard let note = try? JSON.parse(String(cString: text)), note["file"] == mark,
                let hex = note["sha256"]?.string
            else { continue }
            found = SHA256Digest(hex: hex)
        }
        return found
    }

    /// A note that cannot be written costs the next run some seconds and no more.
    private func remember(_ digest: SHA256Digest, _ mark: Value) {
        let note: Value = ["file": mark, "sha256": .string(digest.hex)]
        var bytes = JSON.bytes(of: note)
        bytes.append(UInt8(ascii: "\n"))
        for end in dataFolder.indices.dropFirst() where dataFolder[end] == "/" {
            mkdir(String(dataFolder[..<end]), 0o755)
        }
        mkdir(dataFolder, 0o755)
        let file = open(notes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard file >= 0 else { return }
        _ = write(file, bytes, bytes.count)
        close(file)
    }

    /// Reads a gigabyte, so on a thread that may block. Nil, too, soon after its task is cancelled.
    private static func digest(of path: String) async -> SHA256Digest? {
        let stop = StopFlag()
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                DispatchQueue(label: "weights").async { @Sendable in
                    continuation.resume(returning: read(path, unless: stop))
                }
            }
        } onCancel: {
            stop.raise()
        }
    }

    private static func read(_ path: String, unless stop: StopFlag) -> SHA256Digest? {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return nil }
        defer { close(file) }
        var stream = SHA256Stream()
        return withUnsafeTemporaryAllocation(byteCount: 1 << 20, alignment: 16) { buffer in
            while !stop.raised {
                #if canImport(Glibc)
                    let count = Glibc.read(file, buffer.baseAddress, buffer.count)
                #elseif canImport(Musl)
                    let count = Musl.read(file, buffer.baseAddress, buffer.count)
                #else
                    let count = Darwin.read(file, buffer.baseAddress, buffer.count)
                #endif
                if count == 0 { return stream.digest }
                if count > 0 {
                    stream.add(UnsafeRawBufferPointer(rebasing: buffer[0..<count]))
                } else if errno != EINTR {
                    return nil
                }
            }
            return nil
        }
    }
}
