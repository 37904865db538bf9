import Foundation

@testable import Journaling

enum TemporaryFolder {
    /// A new folder that is gone after the test.
    static func with<Answer>(_ test: (RunFolder) async throws -> Answer) async throws -> Answer {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("journaling-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        defer {
            do { try FileManager.default.removeItem(at: url) } catch { print("left behind: \(url.path): \(error)") }
        }
        return try await test(RunFolder(url.path))
    }
}
