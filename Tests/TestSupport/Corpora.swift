#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

/// The folder of real documents and tables that the tests read where it is present.
public enum Corpora {
    /// The path of one of its folders, such as `documents`; nil where it is not there.
    ///
    /// The folder is `$LINECOOK_CORPORA` if set, else `../shared/corpora` beside the checkout or the folder around it.
    public static func folder(_ corpus: String) -> String? {
        places.map { "\($0)/\(corpus)" }.first { access($0, R_OK | X_OK) == 0 }
    }

    private static var places: [String] {
        if let told = getenv("LINECOOK_CORPORA") { return [String(cString: told)] }
        // This file stands in Tests/TestSupport of the checkout.
        let checkout = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        return (1...2).map { checkout.dropLast($0).joined(separator: "/") + "/shared/corpora" }
    }
}
