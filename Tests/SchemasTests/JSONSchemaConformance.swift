import Schemas
import TestSupport
import Testing
import Values

/// The required cases of github.com/json-schema-org/JSON-Schema-Test-Suite for draft 2020-12.
@Suite struct JSONSchemaConformance {
    @Test func `every required case of draft 2020-12 is judged as the suite says`() throws {
        guard let files = Conformance.files(in: "JSON-Schema-Test-Suite/draft2020-12") else {
            print("JSON-Schema-Test-Suite 2020-12: skipped, the suite is not here")
            return
        }
        var passed = 0
        var failed: [String] = []
        for file in files {
            let bytes = try #require(Conformance.bytes(of: file))
            for group in try JSON.parse(bytes).list ?? [] {
                let name = "\(file): \(group["description"]?.string ?? "")"
                let tests = group["tests"]?.list ?? []
                do {
                    let schema = try JSONSchema.compile(try #require(group["schema"]), load: Self.remote)
                    for test in tests {
                        let (data, valid) = (try #require(test["data"]), test["valid"] == true)
                        let violations = schema.validate(data)
                        if violations.isEmpty == valid, schema.allows(data) == valid {
                            passed += 1
                        } else {
                            failed.append("\(name): \(test["description"]?.string ?? ""): \(violations)")
                        }
                    }
                } catch let error as SchemaViolations {
                    failed += tests.map { "\(name): \($0["description"]?.string ?? ""): \(error)" }
                }
            }
        }
        print("JSON-Schema-Test-Suite 2020-12: \(passed) passed, \(failed.count) failed, 0 left out")
        #expect(failed.isEmpty, "\(failed.joined(separator: "\n"))")
        #expect(passed > 0)
    }

    /// The suite's own server, as a folder.
    private static func remote(_ uri: String) -> Value? {
        let server = "http://localhost:1234/"
        guard uri.hasPrefix(server),
            let bytes = Conformance.bytes(of: "JSON-Schema-Test-Suite/remotes/\(uri.dropFirst(server.count))")
        else { return nil }
        return try? JSON.parse(bytes)
    }
}
