#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Finds programs the way a shell does.
package enum ProgramSearch {
    /// The path of a program: as it is if it has a slash, else the first on the `PATH`; nil if nothing there can be run.
    package static func find(_ name: String, path: String? = environmentValue("PATH")) -> String? {
        if name.utf8.contains(UInt8(ascii: "/")) { return isProgram(name) ? name : nil }
        for folder in (path ?? "/usr/bin:/bin").split(separator: ":", omittingEmptySubsequences: false) {
            let candidate = (folder.isEmpty ? "." : folder) + "/" + name
            if isProgram(candidate) { return candidate }
        }
        return nil
    }

    /// The same path from any folder. Links stay what they are: some programs go by the name that they are called.
    static func absolute(_ path: String) -> String {
        guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
        defer { free(folder) }
        return String(cString: folder) + "/" + path
    }

    /// Whether a path names a file that is there, and that its rights keep from being run.
    package static func isHeldBack(_ path: String) -> Bool {
        path.utf8.contains(UInt8(ascii: "/")) && isFile(path) && access(path, X_OK) != 0
    }

    /// Whether this is a file that we may run.
    package static func isProgram(_ path: String) -> Bool {
        isFile(path) && access(path, X_OK) == 0
    }

    private static func isFile(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}

/// A variable of our own environment.
package func environmentValue(_ name: String) -> String? {
    getenv(name).map { String(cString: $0) }
}
