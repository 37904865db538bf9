#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// Texts that a person has read and found right, in the folder `Goldens` beside the test that compares with them.
///
/// `RECORD_GOLDENS=1` writes them anew and fails the run, so that a person reads the difference.
public enum Golden {
    /// What differs from the file; nil where nothing does.
    public static func difference(of text: String, from name: String, besides test: String = #filePath) -> String? {
        let path = folder(besides: test) + name
        if getenv("RECORD_GOLDENS") != nil {
            guard let file = fopen(path, "wb") else { return "\(name) cannot be written" }
            let bytes = Array(text.utf8)
            let written = fwrite(bytes, 1, bytes.count, file)
            return fclose(file) == 0 && written == bytes.count
                ? "\(name) is recorded; read the difference" : "\(name) cannot be written"
        }
        guard let bytes = readWhole(path) else { return "there is no \(name); record it with RECORD_GOLDENS=1" }
        guard !bytes.elementsEqual(text.utf8) else { return nil }
        let recorded = String(decoding: bytes, as: UTF8.self)
        let (old, new) = (
            recorded.split(separator: "\n", omittingEmptySubsequences: false),
            text.split(separator: "\n", omittingEmptySubsequences: false)
        )
        let line = zip(old, new).prefix { $0 == $1 }.count
        let was = line < old.count ? String(old[line]) : "the end"
        let now = line < new.count ? String(new[line]) : "the end"
        return "\(name):\(line + 1): '\(was)' became '\(now)'\n\(text)"
    }

    /// The text of a file in the folder.
    public static func text(of name: String, besides test: String = #filePath) -> [UInt8]? {
        readWhole(folder(besides: test) + name)
    }

    private static func folder(besides test: String) -> String {
        test.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Goldens/"
    }
}
