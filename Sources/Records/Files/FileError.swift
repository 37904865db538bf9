#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// What the system answered when a file could not be used.
struct FileError: Error, Hashable, Sendable {
    enum Task: String, Sendable {
        case open, inspect, read, create, write, rename, remove, list
    }

    var task: Task
    var path: String
    var code: Int32

    init(_ task: Task, _ path: String, _ code: Int32) {
        self.task = task
        self.path = path
        self.code = code
    }

    var isMissing: Bool { code == ENOENT }
    var isFullDisk: Bool { code == ENOSPC || code == EDQUOT }

    /// `no space is left on the disk`, in words that stand behind a colon.
    var reason: String {
        switch code {
        case ENOSPC, EDQUOT: "no space is left on the disk"
        case EROFS: "the disk is read-only"
        case EACCES, EPERM: "permission denied"
        case ENOENT: "no such file or folder"
        case ENOTDIR: "a part of the path is a file, not a folder"
        case EISDIR: "it is a folder"
        case ELOOP: "it is a link"
        case EMFILE, ENFILE: "too many files are open"
        case ENAMETOOLONG: "the name is too long"
        case EIO: "the disk reports an error"
        default: String(cString: strerror(code))
        }
    }

    /// What to do about it; nil where nothing better than the reason can be said.
    var mend: String? {
        switch code {
        case ENOSPC, EDQUOT: "make room, then run again to go on"
        case EROFS, EACCES, EPERM:
            switch task {
            case .create, .write, .rename, .remove: "choose another output folder with --output, or change its rights"
            case .open, .inspect, .read, .list: "change its rights so that this user can read it"
            }
        case EMFILE, ENFILE: "raise the limit with `ulimit -n 4096`"
        case EISDIR, ELOOP:
            task == .create || task == .write || task == .rename ? "move it away or choose another name" : nil
        default: nil
        }
    }

    /// `cannot write 'out/a.csv': no space is left on the disk; make room, then run again to go on`.
    var message: String {
        "cannot \(task.rawValue) '\(path)': \(reason)" + (mend.map { "; \($0)" } ?? "")
    }
}

/// The error numbers this room gives itself.
let isAFolder = EISDIR
let cutShort = EIO
