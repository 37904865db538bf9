#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#elseif canImport(Darwin)
    internal import Darwin
#endif

extension JournalError {
    /// What the system said about a file.
    package init(path: String, doing verb: String, errno problem: CInt) {
        let words = String(cString: strerror(problem))
        switch problem {
        case ENOSPC, EDQUOT:
            self.init(.full, "cannot \(verb) \(path): the disk is full; make room and run again")
        case EACCES, EPERM, EROFS:
            self.init(
                .readOnly,
                "cannot \(verb) \(path): \(words); make it and its folder readable and writable, or name another folder with "
                    + "--run")
        case ENOENT, ENOTDIR:
            self.init(.missing, "cannot \(verb) \(path): \(words)")
        default:
            self.init(.io, "cannot \(verb) \(path): \(words)")
        }
    }
}
