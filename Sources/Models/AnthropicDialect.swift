internal import Calls
internal import Values

/// Anthropic's Messages API.
///
/// The schema goes out as the input of one tool that the model must use, which every model of theirs takes; the tool's
/// input is the answer.
struct AnthropicDialect: ChatDialect {
    private static let version = "2023-06-01"

    var path: String { "/messages" }

    func headers(key: Secret?) -> HTTPFields {
        var headers: HTTPFields = ["Content-Type": "application/json", "anthropic-version": Self.version]
        if let key { headers.add("x-api-key", key.revealed) }
        return headers
    }

    func body(for request: ModelRequest, model: String?, manners: ChatManners) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(512 + request.messages.reduce(0) { $0 + $1.text.utf8.count })
        body.append(contentsOf: "{\"model\":".utf8)
        JSON.append(model ?? "", to: &body)
        body.append(contentsOf: ",\"max_tokens\":".utf8)
        JSON.append(.int(Int64(request.maxTokens)), to: &body)
        if !manners.leavesOutTemperature {
            body.append(contentsOf: ",\"temperature\":".utf8)
            JSON.append(.double(request.temperature), to: &body)
        }
        if let system = request.system {
            body.append(contentsOf: ",\"system\":".utf8)
            JSON.append(system, to: &body)
        }
        body.append(contentsOf: ",\"messages\":[".utf8)
        for (place, message) in request.messages.enumerated() {
            body.append(contentsOf: (place > 0 ? ",{\"role\":\"" : "{\"role\":\"").utf8)
            body.append(contentsOf: message.role.rawValue.utf8)
            body.append(contentsOf: "\",\"content\":".utf8)
            JSON.append(message.text, to: &body)
            body.append(contentsOf: "}".utf8)
        }
        body.append(contentsOf: "]".utf8)
        if let schema = request.schema { append(schema, request, manners, to: &body) }
        body.append(contentsOf: "}".utf8)
        return body
    }

    private func append(_ schema: Value, _ request: ModelRequest, _ manners: ChatManners, to body: inout [UInt8]) {
        let name = schemaName(request.schemaName)
        var schema = SchemaForProvider.isObject(schema) ? schema : SchemaForProvider.wrapped(schema)
        if manners.form(of: request.schemaName) > .strict { schema = SchemaForProvider.withoutBounds(schema) }
        body.append(contentsOf: ",\"tools\":[{\"name\":\"".utf8)
        body.append(contentsOf: name.utf8)
        body.append(contentsOf: "\",\"description\":\"Takes the answer.\",\"input_schema\":".utf8)
        JSON.append(schema, to: &body)
        body.append(contentsOf: "}],\"tool_choice\":{\"type\":\"tool\",\"name\":\"".utf8)
        body.append(contentsOf: name.utf8)
        body.append(contentsOf: "\"}".utf8)
    }

    func read(_ body: [UInt8], to request: ModelRequest) -> ChatAnswer? {
        guard let value = try? JSON.parse(body), let content = value["content"]?.list else { return nil }
        let words = content.compactMap { $0["text"]?.string }.joined()
        let tool = content.first { $0["type"]?.string == "tool_use" }
        let isWrapped = request.schema.map { !SchemaForProvider.isObject($0) } ?? false
        let input = isWrapped ? tool?["input"]?[SchemaForProvider.wrapper] : tool?["input"]
        let text = input.map { JSON.text(of: $0) } ?? words
        let finish: ModelReply.Finish
        switch value["stop_reason"]?.string {
        case "max_tokens", "model_context_window_exceeded": finish = .cutOff
        case "refusal": finish = .refused(words)
        default: finish = .complete
        }
        let usage = value["usage"]
        let tokensIn = ["input_tokens", "cache_creation_input_tokens", "cache_read_input_tokens"]
            .reduce(0) { $0 + ChatAnswer.tokens(usage?[$1]) }
        return ChatAnswer(
            text: text, finish: finish, tokensIn: tokensIn, tokensOut: ChatAnswer.tokens(usage?["output_tokens"]))
    }
}
