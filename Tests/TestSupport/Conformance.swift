#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The folder of public conformance suites that the tests read where it is present.
public enum Conformance {
    /// The bytes of a file in it, such as `yaml-test-suite/cases.jsonl`; nil where it is not there.
    ///
    /// The folder is `$LINECOOK_CONFORMANCE` if set, else `../shared/conformance` beside the checkout or one of the
    /// folders around it.
    public static func bytes(of path: String) -> [UInt8]? {
        for folder in folders {
            if let bytes = readWhole("\(folder)/\(path)") { return bytes }
        }
        return nil
    }

    static var folders: [String] {
        if let told = getenv("LINECOOK_CONFORMANCE") { return [String(cString: told)] }
        // This file stands in Tests/TestSupport of the checkout.
        let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return (1...2).map { up in
            checkout.dropLast(up).joined(separator: "/") + "/shared/conformance"
        }
    }
}

func readWhole(_ path: String) -> [UInt8]? {
    guard let file = fopen(path, "rb") else { return nil }
    defer { fclose(file) }
    var all: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while case let count = fread(&buffer, 1, buffer.count, file), count > 0 {
        all += buffer[..<count]
    }
    return all
}
