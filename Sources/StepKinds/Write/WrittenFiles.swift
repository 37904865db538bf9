internal import Dispatch
internal import Runs
internal import Synchronization
internal import Values

/// Who wrote which file, over all of a run, so that no record takes another's file; and the threads that wait for disks.
///
/// Whoever comes first has a file, and keeps it when the run is gone on with. Which record that is where two are under way
/// at once, their steps before decide: to know the first in the input, every record would have to wait for all before it.
package final class WrittenFiles: Sendable {
    /// By path, its letters made small: some disks take them for the same.
    private let writers = Mutex<[String: String]>([:])
    private let visited = Mutex<Set<String>>([])
    private let queues = (0..<4).map { DispatchQueue(label: "linecook.write-\($0)") }

    package init() {}

    /// Takes a path for a writer.
    ///
    /// - Returns: who has it already; nil where that is nobody or the writer itself.
    func claim(_ path: String, for writer: String) -> String? {
        writers.withLock { writers in
            let key = path.lowercased()
            if let other = writers[key], other != writer { return other }
            writers[key] = writer
            return nil
        }
    }

    /// Whether nothing was written into a folder before, by this process.
    func isFirst(in folder: String) -> Bool { visited.withLock { $0.insert(folder).inserted } }

    /// Gives a path back where nothing was written.
    func release(_ path: String, of writer: String) {
        writers.withLock { writers in
            if writers[path.lowercased()] == writer { writers[path.lowercased()] = nil }
        }
    }

    /// Takes over what earlier processes of the run wrote.
    ///
    /// - Parameter body: an answer as the journal keeps it, of whatever step.
    package func remember(answer body: [UInt8]) {
        guard let kept = KeptWrite(body) else { return }
        writers.withLock { $0[kept.path.lowercased()] = kept.writer }
    }

    func run<Result: Sendable>(_ number: Int, _ work: @escaping @Sendable () -> Result) async -> Result {
        await withCheckedContinuation { continuation in
            queues[abs(number % queues.count)].async { @Sendable in continuation.resume(returning: work()) }
        }
    }
}

/// Who writes a file: a step of a record, or of one of its items.
struct FileWriter {
    var record: String
    var step: String
    var item: Int?

    /// As the journal keeps it.
    var name: String { "\(record)\n\(step)" + (item.map { "\n\($0)" } ?? "") }

    /// Why it may not write a file that another has.
    func refusal(of path: String, writtenBy other: String) -> Failure {
        let parts = other.split(separator: "\n", omittingEmptySubsequences: false)
        guard parts[0] == record else {
            return Failure(
                .path, "'\(path)' was written for the record '\(parts[0])'; two records cannot have one file")
        }
        guard parts.count == 3, parts[1] == step else {
            return Failure(.path, "'\(path)' was written by another step of this record")
        }
        return Failure(
            .path,
            "'\(path)' was written for item \(parts[2]) of this record; two items cannot have one file: put what tells "
                + "them apart into 'path'")
    }
}

/// What was written, as the journal keeps it: `{"write": {"path", "bytes", "sha256"}, "by": …}`.
struct KeptWrite {
    var path: String
    var bytes: Int
    var sha256: String
    /// See ``FileWriter/name``.
    var writer: String

    var answer: Value {
        ["path": .string(path), "bytes": .int(Int64(bytes)), "sha256": .string(sha256)]
    }

    var body: [UInt8] { JSON.bytes(of: ["write": answer, "by": .string(writer)]) }
}

extension KeptWrite {
    init?(_ body: [UInt8]) {
        guard body.starts(with: "{\"write\":".utf8),
            case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(body) }),
            let path = value["write"]?["path"]?.string, let bytes = value["write"]?["bytes"]?.int,
            let sha256 = value["write"]?["sha256"]?.string, let writer = value["by"]?.string
        else { return nil }
        self.init(path: path, bytes: Int(bytes), sha256: sha256, writer: writer)
    }
}
