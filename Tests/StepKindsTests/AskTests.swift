import Calls
import Digests
import Runs
import Steps
import Testing
import Values

@Suite struct AskTests {
    private static let plain = "ask: {model: writer, prompt: \"{{ input.text }}\", answer: {kind: string <= 9}}"

    /// A prepared step whose model can be asked.
    private func ready(
        _ text: String = plain, models: String = "{writer: openai}", asking transport: ScriptedTransport = .init()
    ) async throws -> any AnsweredStep {
        let step = try Bench(text, models: models, asking: transport).asking()
        try await step.prepare()
        return step
    }

    private func key(
        _ text: String = plain, of prompt: String = "Dear Bob", models: String = "{writer: openai}",
        attempt: Attempt = Attempt(), record: Int = 0
    ) async throws -> SHA256Digest {
        try await ready(text, models: models).question(
            for: Bench.row(prompt), about: Bench.record(record), attempt: attempt
        ).key
    }

    // MARK: The question

    @Test func `the question is the rendered prompt with the fields that the answer must have`() async throws {
        let step = try await ready("ask: {model: writer, system: Be brief., prompt: \"{{ input.text }}?\"}")
        let question = try step.question(for: Bench.row("{{ input.title }}"), about: Bench.record(), attempt: Attempt())
        #expect(
            question.shown
                == "system: Be brief.\n\n{{ input.title }}?\n\nAnswer with one JSON object: {text: string}")
    }

    @Test func `the next attempt is told what was answered and what was wrong with it`() async throws {
        let transport = ScriptedTransport(saying: "{\"kind\": \"letter\"}")
        let step = try await ready(asking: transport)
        let again = Attempt(number: 2, previous: .init(answer: "{\"kind\": 3}", complaint: "`kind`: a number"))
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: again)
        _ = await step.perform(question, in: StepContext(record: Bench.record()))
        let messages = try #require(try transport.requests.first?["messages"]?.list)
        #expect(messages.compactMap { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(messages[1]["content"] == "{\"kind\": 3}")
        #expect(
            messages[2]["content"]
                == "This answer cannot be used: `kind`: a number\nAnswer again, with that mended and everything else as asked."
        )
        #expect(question.shown.contains("`kind`: a number"))
    }

    @Test func `of an answer that must be written anew only the beginning is shown again`() async throws {
        let step = try await ready()
        func shown(_ answer: String) throws -> String {
            try step.question(
                for: Bench.row(), about: Bench.record(),
                attempt: Attempt(number: 2, previous: .init(answer: answer, complaint: "no"))
            ).shown
        }
        let long = String(repeating: "very ", count: 1_000)
        #expect(try shown("{\"kind\": \"\(long)").utf8.count < 1_000)
        #expect(try shown("{\"kind\": \"\(long)\"}").utf8.count > 5_000, "an answer to mend is shown whole")
    }

    @Test func `a second try that does not fit goes out without the first`() async throws {
        let tooLong = HTTPReply(
            status: 400, body: Array(#"{"error":{"message":"m","code":"context_length_exceeded"}}"#.utf8))
        let transport = ScriptedTransport(.success(tooLong), ScriptedTransport.reply("{\"kind\": \"letter\"}"))
        let step = try await ready(asking: transport)
        let again = Attempt(number: 2, previous: .init(answer: "{\"kind\": 3}", complaint: "`kind`: a number"))
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: again)
        let reply = await step.perform(question, in: StepContext(record: Bench.record()))
        guard case .answered = reply else { throw Unexpected(reply: reply) }
        let counts = try transport.requests.map { $0["messages"]?.list?.count }
        #expect(counts == [3, 1])
    }

    @Test func `an answer that is kept is found by what was asked, of whom, and how often`() async throws {
        let key = try await key()
        #expect(try await self.key() == key)
        #expect(try await self.key(record: 7) == key)
        var others: [SHA256Digest] = []
        others.append(try await self.key(of: "Dear Anna"))
        others.append(try await self.key(attempt: Attempt(number: 2)))
        others.append(
            try await self.key(attempt: Attempt(number: 2, previous: .init(answer: "no", complaint: "no JSON"))))
        others.append(try await self.key(models: "{writer: {provider: openai, model: large}}"))
        others.append(try await self.key(models: "{writer: {provider: openai, temperature: 0.5}}"))
        others.append(try await self.key(models: "{writer: {provider: openai, max_tokens: 50}}"))
        others.append(try await self.key(Self.plain.replacing("<= 9", with: "<= 8")))
        others.append(try await self.key(Self.plain.replacing("prompt", with: "system: Hi, prompt")))
        #expect(Set(others + [key]).count == 9)
    }

    @Test func `a step's own temperature and length go before the model's`() async throws {
        let models = "{writer: {provider: openai, temperature: 0.5, max_tokens: 50}}"
        let own = Self.plain.replacing("prompt", with: "temperature: 1, max_tokens: 70, prompt")
        for (text, temperature, length) in [(Self.plain, 0.5, 50), (own, 1, 70)] as [(String, Double, Int64)] {
            let transport = ScriptedTransport(saying: "{}")
            let step = try await ready(text, models: models, asking: transport)
            let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
            _ = await step.perform(question, in: StepContext(record: Bench.record()))
            let request = try #require(try transport.requests.first)
            #expect(request["temperature"]?.number == temperature)
            #expect((request["max_tokens"] ?? request["max_completion_tokens"])?.int == length)
        }
    }

    @Test func `a prompt that cannot be rendered for a record is a fault of the recipe`() async throws {
        let step = try await ready("ask: {model: writer, prompt: \"{{ input.open }}\"}")
        let failure = #expect(throws: Failure.self) {
            try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        }
        #expect(failure?.cause == .expression)
        #expect(failure?.message.contains("recipe.yaml:6:") == true)
    }

    // MARK: The answer

    private func read(_ text: String, finish: String = "stop") async throws -> Reading {
        let step = try await ready(asking: ScriptedTransport(saying: text, finish: finish))
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        let reply = await step.perform(question, in: StepContext(record: Bench.record()))
        guard case .answered(let answer) = reply else { throw Unexpected(reply: reply) }
        #expect(answer.usage.tokensIn == 30 && answer.usage.tokensOut == 4 && answer.usage.cost == 38_000)
        #expect(step.words(of: answer) == text)
        return step.read(answer, to: question)
    }

    struct Unexpected: Error { var reply: Reply }

    @Test func `an answer of the declared type is the step's value`() async throws {
        guard case .value(let value) = try await read("{\"kind\": \"letter\"}") else {
            Issue.record("the answer was not taken")
            return
        }
        #expect(value == ["kind": "letter"])
    }

    @Test(arguments: [
        ("{\"kind\": \"let", "length", Cause.cutOff, "the answer was cut off at 1024 tokens; answer in fewer words"),
        ("I would rather not", "content_filter", .refused, "the model declined to answer: I would rather not"),
        (" \n", "stop", .empty, "the answer is empty"),
        ("It is a letter.", "stop", .notJSON, "the answer is not JSON: "),
        ("{\"kind\": \"a long letter\"}", "stop", .schema, "`kind`: 13 characters, at most 9"),
        ("{\"kind\": \"a\", \"more\": 1}", "stop", .schema, "more"),
        ("[1]", "stop", .schema, ""),
    ])
    func `an answer that cannot be used has its cause`(
        text: String, finish: String, cause: Cause, message: String
    ) async throws {
        guard case .unusable(let failure) = try await read(text, finish: finish) else {
            Issue.record("the answer was taken")
            return
        }
        #expect(failure.cause == cause)
        #expect(message.isEmpty || failure.message.contains(message), "\(failure.message)")
    }

    @Test func `a kept answer that is none is not taken for one`() async throws {
        let step = try await ready()
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        for body in ["", "{}", "[1]", "{\"text\": 3}"] {
            guard case .unusable(let failure) = step.read(Answer(body: Array(body.utf8), usage: Usage()), to: question)
            else {
                Issue.record("'\(body)' was taken")
                continue
            }
            #expect(failure.cause == .notJSON)
        }
    }

    @Test func `a model that cannot be reached is no failure of the question`() async throws {
        let transport = ScriptedTransport(refusing: 100)
        let step = try await ready(asking: transport)
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        let reply = await step.perform(question, in: StepContext(record: Bench.record()))
        guard case .outOfReach(let failure) = reply else { throw Unexpected(reply: reply) }
        #expect(failure.cause == .unreachable)
        #expect(failure.message == "http://model.test/v1 cannot be reached (refused)")
        #expect(try (5...20).contains(transport.requests.count))
    }

    @Test func `a connection that breaks fails with its cause once the tries are used up`() async throws {
        let transport = ScriptedTransport(.failure(.broken("reset")), .failure(.broken("reset")))
        let step = try await ready(asking: transport)
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        let reply = await step.perform(question, in: StepContext(record: Bench.record()))
        guard case .failed(let failure, nil) = reply else { throw Unexpected(reply: reply) }
        #expect(failure.cause == .unreachable && failure.mayHaveActed)
        #expect(try transport.requests.count == 2)
    }

    @Test func `a question's worst cost covers its bytes, its schema and the longest answer`() async throws {
        let step = try await ready()
        let short = try step.question(for: Bench.row("a"), about: Bench.record(), attempt: Attempt())
        let long = try step.question(
            for: Bench.row(String(repeating: "a", count: 1_001)), about: Bench.record(), attempt: Attempt())
        // 1 for a million tokens is 1,000 billionths a token.
        #expect(step.worstCost(of: long) - step.worstCost(of: short) == 1_000_000)
        #expect(step.worstCost(of: short) > 1024 * 2_000 + 1_024_000)
        #expect(step.price == CallPrice(answer: 1024 * 2_000, promptKilobyte: 1_000_000))
    }

    // MARK: Planning

    @Test(arguments: [
        ("{writer: openai}", "1:14 the recipe has no model 'writr'; did you mean 'writer'?"),
        ("{clerk: openai, judge: openai}", "1:14 the recipe has no model 'writr'; known are clerk, judge"),
        ("{}", "1:14 the recipe has no model 'writr'; declare it: `models: {writr: local}`"),
    ])
    func `a model that the recipe lacks is told with the mend`(models: String, message: String) throws {
        #expect(try Bench("ask: {model: writr, prompt: hi}", models: models).errors == [message])
    }

    @Test func `all mistakes of a step are told in one pass`() throws {
        let bench = try Bench(
            """
            ask:
              model: none
              system: "{{ input.a }}"
              prompt: "{{ input.b }}"
              answer: {kind: strin}
            """)
        #expect(bench.errors.map { $0.prefix { $0 != ":" } } == ["2", "3", "4", "5"])
        #expect(bench.step == nil)
    }

    @Test func `bounds that were filled in are told`() throws {
        let bench = try Bench("ask: {model: writer, prompt: hi, answer: {kind: string, tags: [string <= 5]}}")
        #expect(bench.errors == [])
        #expect(bench.notes.count == 2)
        #expect(bench.notes.first?.hasPrefix("`kind` is unbounded") == true)
    }

    @Test func `a step without an answer type answers with one text`() throws {
        #expect(try Bench("ask: {model: writer, prompt: hi}").step?.answer.description == "{text: string}")
    }

    // MARK: Passages, examples, schemas

    private func reading(_ text: String, of answer: String, in document: String) async throws -> Reading {
        let transport = ScriptedTransport(saying: text)
        let step = try await ready(
            "ask: {model: writer, prompt: hi, answer: \(answer)}", asking: transport)
        let question = try step.question(for: Bench.row(document), about: Bench.record(), attempt: Attempt())
        guard case .answered(let answer) = await step.perform(question, in: StepContext(record: Bench.record())) else {
            throw NoAnswer()
        }
        return step.read(answer, to: question)
    }

    private struct NoAnswer: Error {}

    @Test(arguments: [
        ("It is cold", true), ("it  is\\nCOLD.", true), ("\\\"it’s a ‘cold’ day\\\"", true), ("is col", false),
        ("it is warm", false), ("", false),
    ])
    func `a quoted passage stands word for word in its field`(passage: String, stands: Bool) async throws {
        let read = try await reading(
            #"{"proof": "\#(passage)"}"#, of: "{proof: quote(input.text) <= 200}",
            in: "Since Monday it is cold. Yes, it's a 'cold' day.")
        switch read {
        case .value(let value): #expect(stands && value["proof"] != nil)
        case .unusable(let failure):
            #expect(!stands && failure.cause == .quote)
            #expect(failure.message.hasPrefix("`proof`: this passage does not stand word for word in input.text"))
        }
    }

    @Test func `what is quoted is a text that is known there`() throws {
        let unknown = try Bench("ask: {model: writer, prompt: hi, answer: {proof: quote(input.txt)}}")
        #expect(
            unknown.errors == ["2:59 there is no field 'txt' in 'input'; did you mean 'text'?"]
                || !unknown.errors.isEmpty)
        let number = try Bench("ask: {model: writer, prompt: hi, answer: {proof: quote(input.size)}}")
        #expect(number.errors.first?.contains("a passage is quoted from a text, and this is integer") == true)
    }

    @Test func `examples are told before the question, and are part of it`() async throws {
        let text = """
            ask:
              model: writer
              prompt: "{{ input.text }}"
              answer: {kind: string <= 9}
              examples: [{prompt: The heating is cold., answer: {kind: repair}}]
            """
        let transport = ScriptedTransport(saying: "{\"kind\": \"letter\"}")
        let step = try await ready(text, asking: transport)
        let question = try step.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        _ = await step.perform(question, in: StepContext(record: Bench.record()))
        let messages = try #require(try transport.requests.first?["messages"]?.list)
        #expect(messages.compactMap { $0["role"]?.string } == ["user", "assistant", "user"])
        #expect(messages[1]["content"] == "{\"kind\":\"repair\"}")
        #expect(messages[0]["content"]?.string?.hasPrefix("The heating is cold.\n\nAnswer with") == true)
        let plain = try await ready("ask: {model: writer, prompt: \"{{ input.text }}\", answer: {kind: string <= 9}}")
        let other = try plain.question(for: Bench.row(), about: Bench.record(), attempt: Attempt())
        #expect(other.key != question.key)
    }

    @Test(arguments: [
        ("{kind: 3}", "the example's answer is not of the step's type: `kind`: an integer, expected a string"),
        (
            "{kind: far too long for it}",
            "the example's answer is not of the step's type: `kind`: 19 characters, at most 9"
        ),
    ])
    func `an example that does not fit is told before the run`(answer: String, message: String) throws {
        let bench = try Bench(
            "ask: {model: writer, prompt: hi, answer: {kind: string <= 9}, examples: [{prompt: a, answer: \(answer)}]}")
        #expect(bench.errors.map { $0.drop { $0 != " " }.dropFirst() } == [message[...]])
    }

    @Test func `another model begins with the plain question, under its own name`() async throws {
        let text = "ask: {model: writer, fallback: other, prompt: hi, answer: {kind: string <= 9}}"
        let step = try await ready(text, models: "{writer: openai, other: {provider: openai, model: large}}")
        func question(_ turn: Int) throws -> Question {
            let previous = turn > 1 ? Attempt.Previous(answer: "no", complaint: "no JSON") : nil
            return try step.question(
                for: Bench.row(), about: Bench.record(), attempt: Attempt(number: turn, previous: previous))
        }
        #expect(try question(3).shown.contains("no JSON"))
        #expect(try !question(4).shown.contains("no JSON"))
        #expect(try question(5).shown.contains("no JSON"))
        #expect(Set(try (1...6).map { try question($0).key }).count == 6)
        #expect(try Bench(text, models: "{writer: openai, other: openai}").step?.fallbacks == ["other"])
    }
}
