import TestSupport
import Testing
import Values

/// github.com/nst/JSONTestSuite: the first letter of a file says whether it must be read, must be refused, or may be either.
@Suite struct JSONTestSuiteConformance {
    @Test func `every file of JSONTestSuite is read or refused as its name says`() {
        guard let files = Conformance.files(in: "JSONTestSuite/test_parsing") else {
            print("JSONTestSuite: skipped, the suite is not here")
            return
        }
        var (passed, failed) = (0, [String]())
        for file in files {
            guard let name = file.split(separator: "/").last, let bytes = Conformance.bytes(of: file) else {
                failed.append(file)
                continue
            }
            let isRead = (try? JSON.parse(bytes)) != nil
            if name.hasPrefix("y_") && !isRead || name.hasPrefix("n_") && isRead {
                failed.append(file)
            } else {
                passed += 1
            }
        }
        print("JSONTestSuite: \(passed) passed, \(failed.count) failed, 0 left out")
        #expect(failed.isEmpty)
        #expect(passed > 0)
    }
}
