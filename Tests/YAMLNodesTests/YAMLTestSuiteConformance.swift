import Diagnostics
import Foundation
import TestSupport
import Testing
import YAMLNodes

/// Every case of the yaml-test-suite, its events and its values.
@Suite struct YAMLTestSuiteConformance {
    /// The cases that libyaml 0.2.5 itself gets wrong and that no check of ours mends. May only shrink.
    static let mostLeftOut = 53

    @Test func `every case of the yaml-test-suite reads as it should, but for the listed faults of libyaml`() throws {
        guard let bytes = Conformance.bytes(of: "yaml-test-suite/cases.jsonl") else {
            print("yaml-test-suite: not here, skipped")
            return
        }
        var (passed, failed, leftOut) = (0, 0, 0)
        for line in bytes.split(separator: UInt8(ascii: "\n")) {
            let object = try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
            let testCase = try #require(object.flatMap(SuiteCase.init))
            if let difference = testCase.difference() {
                if testCase.isFaultOfLibYAML {
                    leftOut += 1
                } else {
                    failed += 1
                    Issue.record("\(testCase.id) \(testCase.name): \(difference)")
                }
            } else {
                passed += 1
            }
        }
        #expect(canonical([true]) != canonical([1]))
        print("yaml-test-suite: \(passed) passed, \(failed) failed, \(leftOut) left out")
        #expect(passed > 0)
        #expect(leftOut <= Self.mostLeftOut, "more cases are left out than before")
    }
}

private struct SuiteCase {
    let id: String
    let name: String
    let yaml: String
    let isError: Bool
    let events: [String]
    let json: [Any]?
    /// What the suite's notes say libyaml 0.2.5 does: `ok`, `ok-but-markers`, or a fault.
    let libyaml: String

    init?(_ object: [String: Any]) {
        guard let id = object["id"] as? String, let name = object["name"] as? String,
            let yaml = object["yaml"] as? String, let isError = object["error"] as? Bool,
            let events = object["events"] as? [String], let libyaml = object["libyaml"] as? String
        else { return nil }
        (self.id, self.name, self.yaml, self.isError) = (id, name, yaml, isError)
        (self.events, self.libyaml, json) = (events, libyaml, object["json"] as? [Any])
    }

    var isFaultOfLibYAML: Bool { !["ok", "ok-but-markers"].contains(libyaml) }

    /// What is not as the suite says; nil where all is.
    func difference() -> String? {
        let source: SourceText
        do {
            source = try SourceText(Array(yaml.utf8), file: id)
        } catch {
            return isError ? nil : error.diagnostic.message
        }
        var (lines, refusal) = eventLines(of: source)
        var documents: [YAMLNode] = []
        var reader = YAMLNodeReader(source)
        do {
            while let node = try reader.nextDocument() { documents.append(node) }
        } catch {
            if refusal == nil { return "the nodes are refused, the events are not: \(error.diagnostic.message)" }
        }
        refusal = refusal ?? reader.problems.all.first?.message
        guard !isError else { return refusal == nil ? "it is accepted" : nil }
        if let refusal { return refusal }
        var wanted = events
        if libyaml == "ok-but-markers" { (lines, wanted) = (lines.map(withoutMarker), wanted.map(withoutMarker)) }
        if lines != wanted { return "events \(lines)\n instead of \(wanted)" }
        guard let json else { return nil }
        let values = canonical(documents.map(plain))
        let wantedValues = canonical(json)
        return values == wantedValues ? nil : "values \(values)\n instead of \(wantedValues)"
    }
}

private func withoutMarker(_ line: String) -> String {
    line.replacingOccurrences(of: "+DOC ---", with: "+DOC").replacingOccurrences(of: "-DOC ...", with: "-DOC")
}

/// The events in the notation of the suite, and why reading ended where it did.
private func eventLines(of source: SourceText) -> ([String], refusal: String?) {
    let reader = YAMLEventReader(source)
    var lines: [String] = []
    do {
        while true {
            let event = try reader.next()
            lines.append(line(of: event))
            if case .streamEnd = event.kind { return (lines, nil) }
        }
    } catch {
        return (lines, error.diagnostic.message)
    }
}

private func line(of event: YAMLEvent) -> String {
    switch event.kind {
    case .streamStart: return "+STR"
    case .streamEnd: return "-STR"
    case .documentStart(let explicit): return explicit ? "+DOC ---" : "+DOC"
    case .documentEnd(let explicit): return explicit ? "-DOC ..." : "-DOC"
    case .alias(let name): return "=ALI *\(name)"
    case .sequenceStart(let flow, let properties): return "+SEQ" + (flow ? " []" : "") + words(properties)
    case .sequenceEnd: return "-SEQ"
    case .mappingStart(let flow, let properties): return "+MAP" + (flow ? " {}" : "") + words(properties)
    case .mappingEnd: return "-MAP"
    case .scalar(let text, let style, let properties):
        let mark =
            switch style {
            case .plain: ":"
            case .singleQuoted: "'"
            case .doubleQuoted: "\""
            case .literal: "|"
            case .folded: ">"
            }
        var escaped = text.replacingOccurrences(of: "\\", with: "\\\\")
        for (raw, escape) in [("\n", "\\n"), ("\t", "\\t"), ("\r", "\\r"), ("\u{8}", "\\b")] {
            escaped = escaped.replacingOccurrences(of: raw, with: escape)
        }
        return "=VAL\(words(properties)) \(mark)\(escaped)"
    }
}

private func words(_ properties: YAMLEvent.Properties) -> String {
    (properties.anchor.map { " &\($0)" } ?? "") + (properties.tag.map { " <\($0)>" } ?? "")
}

/// A value as text that does not depend on the order of keys, and tells `true` from 1.
private func canonical(_ value: Any) -> String {
    switch value {
    case let list as [Any]: return "[" + list.map(canonical).joined(separator: ", ") + "]"
    case let map as [String: Any]:
        return "{" + map.map { "\($0): \(canonical($1))" }.sorted().joined(separator: ", ") + "}"
    case let text as String: return "\"\(text)\""
    case let number as NSNumber:
        // Foundation keeps JSON's booleans in numbers of the C type `char`.
        let isBool = String(cString: number.objCType) == "c"
        return isBool ? "\(number.boolValue)" : "\(number.doubleValue)"
    default: return "\(value)"
    }
}

/// A node as JSONSerialization would give it.
private func plain(_ node: YAMLNode) -> Any {
    switch node.content {
    case .sequence(let items): return items.map(plain)
    case .mapping(let pairs):
        return Dictionary(
            pairs.map { ($0.key.scalar?.text ?? "", plain($0.value)) }, uniquingKeysWith: { first, _ in first })
    case .broken: return "broken"
    case .scalar(let text, _):
        switch node.resolved {
        case .null: return NSNull()
        case .bool(let truth): return NSNumber(value: truth)
        case .int(let number): return NSNumber(value: number)
        case .float(let number): return NSNumber(value: number)
        case .text(let text): return text
        case nil: return text.text
        }
    }
}
