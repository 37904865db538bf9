#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The pages that the language was designed on, which the tests read where they are present.
public enum DesignPages {
    /// The text of one of them, such as `recipes.md`; nil where it is not there.
    ///
    /// The folder is `$LINECOOK_DESIGN` if set, else `../shared/design` beside the checkout or the folder around it.
    public static func text(_ name: String) -> String? {
        for folder in folders {
            if let bytes = readWhole("\(folder)/\(name)") { return String(decoding: bytes, as: UTF8.self) }
        }
        return nil
    }

    private static var folders: [String] {
        if let told = getenv("LINECOOK_DESIGN") { return [String(cString: told)] }
        // This file stands in Tests/TestSupport of the checkout.
        let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return (1...2).map { checkout.dropLast($0).joined(separator: "/") + "/shared/design" }
    }
}
