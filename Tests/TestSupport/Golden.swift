import Foundation

/// Compares a result with the file that a person has approved, in the folder `Goldens` beside the test.
///
/// With `RECORD_GOLDENS=1` in the environment the file is written anew, and the test fails all the same, so that a
/// person reads the difference before it counts.
///
/// - Returns: What is wrong, with the first line that differs; nil when nothing is.
public func differenceFromGolden(_ text: String, _ name: String, test: String = #filePath) throws -> String? {
    let file = URL(filePath: test).deletingLastPathComponent().appending(path: "Goldens").appending(path: name)
    if ProcessInfo.processInfo.environment["RECORD_GOLDENS"] == "1" {
        try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return "recorded \(name): read what changed, then run the tests without RECORD_GOLDENS"
    }
    guard FileManager.default.fileExists(atPath: file.path) else {
        return "there is no golden \(name): record it with RECORD_GOLDENS=1"
    }
    let golden = String(decoding: try Data(contentsOf: file), as: UTF8.self)
    if golden.utf8.elementsEqual(text.utf8) { return nil }
    let (expected, actual) = (lines(golden), lines(text))
    let line = zip(expected, actual).prefix { $0.utf8.elementsEqual($1.utf8) }.count
    return """
        \(name):\(line + 1) differs
          golden: \(line < expected.count ? expected[line] : "(ends)")
          now:    \(line < actual.count ? actual[line] : "(ends)")
        """
}

private func lines(_ text: String) -> [String] {
    text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
    }
}
