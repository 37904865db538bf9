internal import Calls
internal import Values

/// OpenAI's chat completions, as many others speak them.
///
/// The schema goes out as `response_format` of kind `json_schema`, strict. What an endpoint does not take, ``ChatManners``
/// remembers.
struct OpenAIDialect: ChatDialect {
    /// Fields for this endpoint alone, as JSON members that end with a comma.
    var extra = ""

    var path: String { "/chat/completions" }

    func headers(key: Secret?) -> HTTPFields {
        var headers: HTTPFields = ["Content-Type": "application/json"]
        if let key { headers.add("Authorization", "Bearer " + key.revealed) }
        return headers
    }

    func body(for request: ModelRequest, model: String?, manners: ChatManners) -> [UInt8] {
        var body: [UInt8] = []
        body.reserveCapacity(512 + request.messages.reduce(0) { $0 + $1.text.utf8.count })
        body.append(contentsOf: "{".utf8)
        body.append(contentsOf: extra.utf8)
        if let model {
            body.append(contentsOf: "\"model\":".utf8)
            JSON.append(model, to: &body)
            body.append(contentsOf: ",".utf8)
        }
        body.append(contentsOf: "\"messages\":[".utf8)
        var form = ChatManners.SchemaForm.strict
        var system = request.system
        if let schema = request.schema {
            form = manners.form(of: request.schemaName)
            if form >= .object { system = [system, schemaInWords(schema)].compactMap { $0 }.joined(separator: "\n\n") }
        }
        if let system {
            append(role: "system", system, to: &body)
            if !request.messages.isEmpty { body.append(contentsOf: ",".utf8) }
        }
        for (place, message) in request.messages.enumerated() {
            if place > 0 { body.append(contentsOf: ",".utf8) }
            append(role: message.role.rawValue, message.text, to: &body)
        }
        body.append(contentsOf: "]".utf8)
        if !manners.leavesOutTemperature {
            body.append(contentsOf: ",\"temperature\":".utf8)
            JSON.append(.double(request.temperature), to: &body)
        }
        body.append(
            contentsOf: (manners.countsCompletionTokens ? ",\"max_completion_tokens\":" : ",\"max_tokens\":").utf8)
        JSON.append(.int(Int64(request.maxTokens)), to: &body)
        if let schema = request.schema {
            append(format: form, schema, name: schemaName(request.schemaName), to: &body)
        }
        body.append(contentsOf: "}".utf8)
        return body
    }

    func read(_ body: [UInt8], to request: ModelRequest) -> ChatAnswer? {
        guard let value = try? JSON.parse(body), let choice = value["choices"]?.list?.first,
            let message = choice["message"]
        else { return nil }
        let text = text(of: message["content"])
        let finish: ModelReply.Finish
        if let refusal = message["refusal"]?.string, !refusal.isEmpty {
            finish = .refused(refusal)
        } else {
            switch choice["finish_reason"]?.string {
            case "length": finish = .cutOff
            case "content_filter": finish = .refused(text)
            default: finish = .complete
            }
        }
        let usage = value["usage"]
        return ChatAnswer(
            text: text, finish: finish, tokensIn: ChatAnswer.tokens(usage?["prompt_tokens"]),
            tokensOut: ChatAnswer.tokens(usage?["completion_tokens"]))
    }

    /// One text, or a list of parts of which some are text.
    private func text(of content: Value?) -> String {
        content?.string ?? content?.list?.compactMap { $0["text"]?.string }.joined() ?? ""
    }

    private func append(role: String, _ text: String, to body: inout [UInt8]) {
        body.append(contentsOf: "{\"role\":\"".utf8)
        body.append(contentsOf: role.utf8)
        body.append(contentsOf: "\",\"content\":".utf8)
        JSON.append(text, to: &body)
        body.append(contentsOf: "}".utf8)
    }

    private func append(format: ChatManners.SchemaForm, _ schema: Value, name: String, to body: inout [UInt8]) {
        switch format {
        case .strict, .withoutBounds:
            body.append(contentsOf: ",\"response_format\":{\"type\":\"json_schema\",\"json_schema\":{\"name\":\"".utf8)
            body.append(contentsOf: name.utf8)
            body.append(contentsOf: "\",\"strict\":true,\"schema\":".utf8)
            JSON.append(format == .strict ? schema : SchemaForProvider.withoutBounds(schema), to: &body)
            body.append(contentsOf: "}}".utf8)
        case .object: body.append(contentsOf: ",\"response_format\":{\"type\":\"json_object\"}".utf8)
        case .words: break
        }
    }

    private func schemaInWords(_ schema: Value) -> String {
        "Answer with one JSON object and nothing else. It must fit this JSON Schema:\n" + JSON.text(of: schema)
    }
}
