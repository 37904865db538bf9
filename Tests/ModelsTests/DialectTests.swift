import TestSupport
import Testing
import Values

@testable import Models

@Suite struct OpenAIDialectTests {
    private let dialect = OpenAIDialect()
    private let schema: Value = [
        "type": "object", "properties": ["format": ["type": "string", "maxLength": 20]], "required": ["format"],
        "additionalProperties": false,
    ]

    private func body(_ request: ModelRequest, _ manners: ChatManners = ChatManners()) throws -> Value {
        try JSON.parse(dialect.body(for: request, model: "small", manners: manners))
    }

    @Test func `a question becomes messages, bounds and a strict format`() throws {
        let request = ModelRequest(
            system: "Be \"brief\"", messages: [.init(.user, "hé\n"), .init(.assistant, "no"), .init(.user, "again")],
            schema: schema, schemaName: "facts", temperature: 0.5, maxTokens: 100)
        let expected: Value = [
            "model": "small",
            "messages": [
                ["role": "system", "content": "Be \"brief\""], ["role": "user", "content": "hé\n"],
                ["role": "assistant", "content": "no"], ["role": "user", "content": "again"],
            ],
            "temperature": 0.5, "max_tokens": 100,
            "response_format": [
                "type": "json_schema", "json_schema": ["name": "facts", "strict": true, "schema": schema],
            ],
        ]
        #expect(try body(request) == expected)
    }

    @Test func `a question without a schema asks for text`() throws {
        let value = try body(ModelRequest(messages: [.init(.user, "hello")], maxTokens: 5))
        #expect(value["response_format"] == nil)
        #expect(value["temperature"] == 0.0)
        #expect(value["messages"]?.list?.count == 1)
    }

    @Test func `the affinity of a record is no part of the question`() throws {
        let one = try body(ModelRequest(messages: [.init(.user, "hello")], maxTokens: 5, affinity: 1))
        #expect(try body(ModelRequest(messages: [.init(.user, "hello")], maxTokens: 5, affinity: 2)) == one)
    }

    private func answer(_ choice: String, usage: String = "{}") -> ChatAnswer? {
        dialect.read(
            Array("{\"choices\":[\(choice)],\"usage\":\(usage)}".utf8),
            to: ModelRequest(messages: [], maxTokens: 1))
    }

    @Test func `an answer is read with its tokens`() {
        #expect(
            answer(
                #"{"message":{"content":"{\"a\":1}"},"finish_reason":"stop"}"#,
                usage: #"{"prompt_tokens":7,"completion_tokens":3}"#)
                == ChatAnswer(text: #"{"a":1}"#, finish: .complete, tokensIn: 7, tokensOut: 3))
    }

    @Test(arguments: [
        ("9223372036854775807", 1 << 40), ("1e300", 1 << 40), ("18446744073709551615", 1 << 40), ("-5", 0),
        ("12.0", 12), ("null", 0), ("\"7\"", 0),
    ])
    func `a count of tokens that no request has is not believed`(written: String, tokens: Int) {
        let usage = #"{"prompt_tokens":\#(written),"completion_tokens":\#(written)}"#
        let read = answer(#"{"message":{"content":"x"}}"#, usage: usage)
        #expect(read?.tokensIn == tokens && read?.tokensOut == tokens)
    }

    @Test(arguments: [
        (#"{"message":{"content":"half"},"finish_reason":"length"}"#, ModelReply.Finish.cutOff),
        (#"{"message":{"content":"no"},"finish_reason":"content_filter"}"#, .refused("no")),
        (#"{"message":{"content":null,"refusal":"never"},"finish_reason":"stop"}"#, .refused("never")),
        (#"{"message":{"content":[{"type":"text","text":"a"},{"type":"text","text":"b"}]}}"#, .complete),
    ])
    func `how an answer ended is told`(choice: String, finish: ModelReply.Finish) {
        #expect(answer(choice)?.finish == finish)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"choices\":[]}", "{\"choices\":[{}]}", "<html>", "{\"choices\":[{\"message\":",
    ])
    func `what is no chat completion is no answer`(body: String) {
        #expect(dialect.read(Array(body.utf8), to: ModelRequest(messages: [], maxTokens: 1)) == nil)
    }
}

@Suite struct ChatMannersTests {
    private let asking = ModelRequest(
        messages: [.init(.user, "hello")],
        schema: ["type": "object", "properties": ["pattern": ["type": "string", "pattern": "^a$"]]], schemaName: "a",
        maxTokens: 5)

    private func refusal(_ message: String, status: Int = 400) -> ProviderError {
        ProviderError(status: status, message: message, kinds: [])
    }

    private func body(_ manners: ChatManners) throws -> Value {
        try JSON.parse(OpenAIDialect().body(for: asking, model: nil, manners: manners))
    }

    @Test func `a schema that is refused is told in ever plainer ways, then no more`() throws {
        var manners = ChatManners()
        let refused = refusal("Invalid schema for response_format 'a'")

        #expect(learned(&manners, refused))
        let field = try body(manners)["response_format"]?["json_schema"]?["schema"]?["properties"]?["pattern"]
        #expect(field == ["type": "string"], "bounds go, a field of the name of a bound stays")

        #expect(learned(&manners, refused))
        #expect(try body(manners)["response_format"] == ["type": "json_object"])
        #expect(try body(manners)["messages"]?.list?.first?["content"]?.string?.contains("\"pattern\":\"^a$\"") == true)

        #expect(learned(&manners, refused))
        #expect(try body(manners)["response_format"] == nil)
        #expect(!learned(&manners, refused))
    }

    @Test(arguments: [
        "unexpected token in json: the tool broke", "the schema of this letter is flagged by our filter",
        "your text mentions json_schema and tools",
    ])
    func `a message that quotes a record teaches nothing`(message: String) {
        var manners = ChatManners()
        #expect(!learned(&manners, refusal(message)))
    }

    @Test func `a provider may blame the format by naming it as the parameter`() {
        var manners = ChatManners()
        var error = refusal("no")
        error.parameter = "response_format"
        #expect(learned(&manners, error))
    }

    @Test func `what one schema taught is kept from others`() {
        var manners = ChatManners()
        #expect(learned(&manners, refusal("json_schema is not supported")))
        #expect(manners.form(of: "a") == .withoutBounds)
        #expect(manners.form(of: "b") == .strict)
    }

    @Test func `models that count completion tokens or know one temperature are obliged`() throws {
        var manners = ChatManners()
        #expect(learned(&manners, refusal("'max_tokens' is not supported, use 'max_completion_tokens'")))
        #expect(learned(&manners, refusal("'temperature' does not support 0 with this model")))
        let value = try body(manners)
        #expect(value["max_tokens"] == nil)
        #expect(value["max_completion_tokens"] == 5)
        #expect(value["temperature"] == nil)
        #expect(value["response_format"] != nil)
    }

    @Test func `a temperature that the recipe asked for is never dropped`() {
        var warm = asking
        warm.temperature = 0.7
        warm.schema = nil
        var manners = ChatManners()
        let learned = manners.learn(from: refusal("temperature must be 1"), request: warm)
        #expect(!learned)
    }

    @Test(arguments: [401, 404, 429, 500])
    func `other statuses teach nothing`(status: Int) {
        var manners = ChatManners()
        #expect(!learned(&manners, refusal("response_format", status: status)))
    }

    private func learned(_ manners: inout ChatManners, _ error: ProviderError) -> Bool {
        manners.learn(from: error, request: asking)
    }
}

@Suite struct AnthropicDialectTests {
    private let dialect = AnthropicDialect()

    private func request(schema: Value?) -> ModelRequest {
        ModelRequest(
            system: "Be brief", messages: [.init(.user, "hello")], schema: schema, schemaName: "facts", maxTokens: 50)
    }

    @Test func `a schema becomes the input of a tool that must be used`() throws {
        let schema: Value = ["type": "object", "properties": ["a": ["type": "integer"]]]
        let body = try JSON.parse(
            dialect.body(for: request(schema: schema), model: "clear-1", manners: ChatManners()))
        let expected: Value = [
            "model": "clear-1", "max_tokens": 50, "temperature": 0.0, "system": "Be brief",
            "messages": [["role": "user", "content": "hello"]],
            "tools": [["name": "facts", "description": "Takes the answer.", "input_schema": schema]],
            "tool_choice": ["type": "tool", "name": "facts"],
        ]
        #expect(body == expected)
    }

    @Test func `the tool's input is the answer, as JSON`() {
        let answer = dialect.read(
            Array(
                #"{"content":[{"type":"text","text":"Let me see"},{"type":"tool_use","name":"facts","input":{"b":[1,"x"],"a":null}}],"stop_reason":"tool_use","usage":{"input_tokens":10,"cache_read_input_tokens":5,"output_tokens":4}}"#
                    .utf8), to: request(schema: ["type": "object"]))
        #expect(
            answer == ChatAnswer(text: #"{"b":[1,"x"],"a":null}"#, finish: .complete, tokensIn: 15, tokensOut: 4))
    }

    @Test func `counts of tokens that no request has do not end the program`() {
        let answer = dialect.read(
            Array(
                #"{"content":[],"usage":{"input_tokens":9223372036854775807,"cache_read_input_tokens":9223372036854775807,"output_tokens":-1}}"#
                    .utf8), to: request(schema: nil))
        #expect(answer?.tokensIn == 2 << 40 && answer?.tokensOut == 0)
    }

    @Test func `an answer that is no object goes out and comes back in one`() throws {
        let list: Value = ["type": "array", "items": ["type": "integer"]]
        let body = try JSON.parse(dialect.body(for: request(schema: list), model: "m", manners: ChatManners()))
        #expect(body["tools"]?.list?.first?["input_schema"]?["properties"] == ["answer": list])
        let answer = dialect.read(
            Array(#"{"content":[{"type":"tool_use","input":{"answer":[1,2]}}],"stop_reason":"tool_use"}"#.utf8),
            to: request(schema: list))
        #expect(answer?.text == "[1,2]")
    }

    @Test(arguments: [
        (#"{"content":[{"type":"text","text":"half"}],"stop_reason":"max_tokens"}"#, ModelReply.Finish.cutOff),
        (#"{"content":[{"type":"text","text":"no"}],"stop_reason":"refusal"}"#, .refused("no")),
        (#"{"content":[],"stop_reason":"end_turn"}"#, .complete),
    ])
    func `how an answer ended is told`(body: String, finish: ModelReply.Finish) {
        #expect(dialect.read(Array(body.utf8), to: request(schema: nil))?.finish == finish)
    }

    @Test(arguments: ["", "{}", "{\"content\":\"text\"}", "nonsense"])
    func `what is no message is no answer`(body: String) {
        #expect(dialect.read(Array(body.utf8), to: request(schema: nil)) == nil)
    }
}

@Suite struct SchemaNameTests {
    @Test func `names are made fit for every provider`() {
        #expect(schemaName("key facts/ü") == "key_facts___")
        #expect(schemaName("") == "answer")
        #expect(schemaName(String(repeating: "a", count: 100)).utf8.count == 64)
    }
}

/// What a request is expected to take of a minute's tokens.
@Suite struct BodyBytesTests {
    private static let schema: Value = [
        "type": "object", "properties": ["say": ["type": "string", "maxLength": 20, "description": "a \"word\""]],
    ]
    private static let requests = [
        ModelRequest(messages: [], maxTokens: 1),
        ModelRequest(messages: [.init(.user, "hello")], temperature: 0.123_456_789_012_345_6, maxTokens: .max),
        ModelRequest(
            system: "Say \"é\"\n",
            messages: [.init(.user, "a\\b\u{1}\t"), .init(.assistant, ""), .init(.user, "\u{7F}")],
            schema: schema, schemaName: "facts", maxTokens: 9_999),
        ModelRequest(messages: [.init(.user, "hello")], schema: ["type": "string"], schemaName: "", maxTokens: 10),
        ModelRequest(
            messages: [.init(.user, String(repeating: "\n", count: 5_000))], schema: schema,
            schemaName: String(repeating: "n", count: 90), maxTokens: 10),
    ]

    @Test(arguments: 0...3)
    func `no body has more bytes than are expected, nor far fewer`(refusals: Int) {
        for request in Self.requests {
            var manners = ChatManners()
            for _ in 0..<refusals {
                let refusal = ProviderError(status: 400, message: "response_format is not supported", kinds: [])
                _ = manners.learn(from: refusal, request: request)
            }
            let most = request.mostBodyBytes(to: "small \"1\"", told: manners.form(of: request.schemaName))
            for dialect in [OpenAIDialect(), AnthropicDialect()] as [any ChatDialect] {
                let bytes = dialect.body(for: request, model: "small \"1\"", manners: manners).count
                #expect(bytes <= most && most - bytes < 700, "\(type(of: dialect)): \(bytes), \(most)")
            }
        }
    }
}
