import Diagnostics
import Foundation
import Testing
import Values

@testable import Expressions

/// The conformance cases of the CEL specification, as far as they need no protobuf messages.
///
/// They lie beside the checkout, or in the folder that `LINECOOK_CONFORMANCE` names; without them nothing is tested.
@Suite struct CELConformance {
    private static let file: URL? = {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let folders = [
            ProcessInfo.processInfo.environment["LINECOOK_CONFORMANCE"].map { URL(filePath: $0) },
            root.appending(path: "../shared/conformance"), root.appending(path: "../../shared/conformance"),
        ]
        let files = folders.compactMap { $0?.appending(path: "cel-spec/cases.jsonl") }
        return files.first { FileManager.default.fileExists(atPath: $0.path) }
    }()

    static var isThere: Bool { file != nil }

    /// The cases that are left out, by their id, with the reason. A case that is here and passes fails the test, and so does
    /// one that needs messages and is not here.
    private static let leftOut: [String: String] = {
        let message = "needs protobuf messages"
        var reasons = [
            "string_ext/format_errors/object inside list": message,
            "string_ext/format_errors/object inside map": message,
            // Says ` ? " ' ` ` between its quotes and wants ` \\? " ' ` `: a backslash that is nowhere in the text.
            "parse/bytes_literals/triple_double_quoted_unescaped_punctuation": "its answer was damaged on its way here",
        ]
        for name in [
            "has_optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field",
            "optional_ofNonZeroValue_struct_optional_ofNonZeroValue_map_optindex_field", "struct_map_optindex_field",
            "struct_optional_ofNonZeroValue_map_optindex_field", "struct_map_optindex_field_nested",
            "struct_list_optindex_field", "empty_struct_optindex_hasValue", "optional_empty_struct_optindex_hasValue",
            "struct_optindex_value", "optional_struct_optindex_value", "optional_struct_optindex_index_value",
        ] {
            reasons["optionals/optionals/\(name)"] = message
        }
        return reasons
    }()

    private static let cases: [CELCase] = {
        guard let file, let text = FileManager.default.contents(atPath: file.path) else { return [] }
        return text.split(separator: UInt8(ascii: "\n")).map { CELCase(try! JSON.parse(Array($0))) }
    }()

    @Test(.enabled(if: isThere, "the conformance cases are not here; LINECOOK_CONFORMANCE names their folder"))
    func `the core of CEL behaves as its specification says`() {
        run("core") { $0.tags.contains("core") }
    }

    @Test(.enabled(if: isThere, "the conformance cases are not here; LINECOOK_CONFORMANCE names their folder"))
    func `the string extensions behave as their specification says`() {
        run("strings") { $0.tags.contains("ext:strings") }
    }

    @Test(.enabled(if: isThere, "the conformance cases are not here; LINECOOK_CONFORMANCE names their folder"))
    func `optionals behave as their specification says`() {
        run("optionals") { $0.tags.contains("ext:optionals") }
    }

    @Test(.enabled(if: isThere, "the conformance cases are not here; LINECOOK_CONFORMANCE names their folder"))
    func `macros with two variables behave as their specification says`() {
        run("two-var-macros") { $0.tags.contains("ext:two-var-macros") }
    }

    @Test(.enabled(if: isThere, "the conformance cases are not here; LINECOOK_CONFORMANCE names their folder"))
    func `bindings behave as their specification says`() {
        run("bindings") { $0.tags.contains("ext:bindings") }
    }

    private func run(_ group: String, _ belongs: (CELCase) -> Bool) {
        var (passed, failed, leftOut) = (0, 0, 0)
        for one in Self.cases where belongs(one) {
            let failure = one.failure()
            if Self.leftOut[one.id] != nil || one.tags.contains("proto") {
                leftOut += 1
                if failure == nil, !one.wantsError { Issue.record("\(one.id) is left out, but passes") }
                if Self.leftOut[one.id] == nil { Issue.record("\(one.id) is left out without being on the list") }
            } else if let failure {
                failed += 1
                Issue.record("\(one.id): \(one.expression): \(failure)")
            } else {
                passed += 1
            }
        }
        print("cel-spec \(group): \(passed) passed, \(failed) failed, \(leftOut) left out")
        #expect(passed > 0)
    }
}
