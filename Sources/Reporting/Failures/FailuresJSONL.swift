internal import Runs
internal import Values

/// `failures.jsonl`: one line for each incident, with the prompt, the answer and the input, for programs.
///
/// Long texts are cut in the middle, with a line in their place that says how much is missing; `cut` names the fields
/// this happened to. The journal has them whole.
package enum FailuresJSONL {
    /// In bytes: of a prompt or an answer, and of an input as a whole.
    static let textLimit = 64 * 1024

    package static func append(_ incident: Incident, to bytes: inout [UInt8]) {
        var cut: [Value] = []
        func bounded(_ text: String?, _ name: String) -> Value {
            guard let text else { return .null }
            let excerpt = Excerpt(text, limit: textLimit)
            if excerpt.leftOut > 0 { cut.append(.string(name)) }
            return .string(excerpt.text)
        }
        let message = bounded(incident.failure.message, "message")
        let prompt = bounded(incident.prompt, "prompt")
        let answer = bounded(incident.answer, "answer")
        let input = incident.input.map { BoundedValue($0, budget: textLimit, textLimit: textLimit) }
        if input?.isCut == true { cut.append("input") }
        var line = ValueMap([
            ("kind", .string(incident.kind.rawValue)), ("record", .string(incident.record)),
            ("file", .string(incident.origin.source)),
            ("line", incident.origin.line.map { .int(Int64($0)) } ?? .null),
            ("outcome", .string(incident.outcome.name)), ("step", incident.step.map(Value.string) ?? .null),
            ("cause", .string(incident.failure.cause.code)), ("attempt", .int(Int64(incident.attempt))),
            ("message", message), ("prompt", prompt), ("answer", answer), ("input", input?.value ?? .null),
            ("cut", .list(cut)),
        ])
        if let item = incident.item { line.set("item", to: .int(Int64(item))) }
        JSON.append(.map(line), to: &bytes)
        bytes.append(UInt8(ascii: "\n"))
    }
}
