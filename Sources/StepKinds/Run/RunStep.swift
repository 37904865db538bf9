internal import Diagnostics
internal import Digests
internal import Expressions
internal import Processes
internal import Runs
internal import Steps
internal import Values

/// Runs one program a record.
struct RunStep: AnsweredStep {
    /// A path, or a name to look for on the `PATH`.
    let program: String
    let arguments: [Template]
    let answer: ProgramAnswer
    let isRepeatable: Bool
    let variables: [(name: String, value: SecretTemplate)]
    let input: RowInput
    let secrets: SecretStore
    let programs: ProgramPool
    /// Where the program is at work.
    let folder: String

    private static let standardTimeout = Swift.Duration.seconds(60)
    /// Systems take no longer one.
    private static let longestArgument = 128 << 10

    private struct Order: Sendable {
        var arguments: [String]
        var input: [UInt8]
        var environment: [String: String]
    }

    var effect: StepEffect { .acts(isRepeatable: isRepeatable) }
    var width: StepWidth? { .fixed(programs.width) }

    var lack: Failure? {
        guard ProgramSearch.find(program) != nil else {
            if ProgramSearch.isHeldBack(program) {
                return Failure(
                    .program, "the program '\(program)' may not be executed; allow it with: chmod +x \(program)")
            }
            return Failure(.program, "there is no program '\(program)' on this machine; install it, or name its path")
        }
        return secrets.lack(of: variables.flatMap(\.value.names))
    }

    var parts: [QuestionPart] {
        [
            QuestionPart("args", ([program] + arguments.map(\.source.text)).joined(separator: " ")),
            QuestionPart("answer", answer.description),
        ] + variables.map { QuestionPart("env.\($0.name)", $0.value.text) }
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        var words: [String] = []
        for (number, argument) in arguments.enumerated() {
            words.append(try Self.word(argument, row, number + 2, isOpen: !words.contains("--")))
        }
        var environment: [String: String] = [:]
        var lines = ["run \(([program] + words).map(Self.quoted).joined(separator: " "))"]
        for (name, value) in variables {
            let text = try value.render(row)
            guard !text.revealed.utf8.contains(0) else {
                throw Failure(.field, "the variable '\(name)' would hold a zero byte")
            }
            environment[name] = text.revealed
            lines.append("\(name)=\(text.shown)")
        }
        let shown = lines.joined(separator: "\n")
        let input = input.bytes(row)
        var hash = SHA256Stream()
        hash.addPart("run".utf8)
        for word in [program] + words { hash.addPart(word.utf8) }
        hash.addPart(shown.utf8)
        hash.addPart(input)
        hash.addPart(String(attempt.number).utf8)
        return Question(
            key: hash.digest, shown: shown, content: Order(arguments: words, input: input, environment: environment))
    }

    /// One argument. What a record makes must not be taken for an option: a file may well be called `-rf`.
    private static func word(
        _ argument: Template, _ row: borrowing Slots, _ number: Int, isOpen: Bool
    ) throws(Failure) -> String {
        let word: String
        do throws(EvaluationError) {
            word = try argument.render(row)
        } catch {
            throw Failure(error)
        }
        guard !word.utf8.contains(0) else { throw Failure(.field, "argument \(number) would hold a zero byte") }
        guard word.utf8.count < longestArgument else {
            throw Failure(
                .field,
                "argument \(number) would have \(word.utf8.count) bytes; a program has the whole record on its input")
        }
        if isOpen, word.utf8.count > 1, word.utf8.first == UInt8(ascii: "-"),
            argument.source.text.utf8.first != UInt8(ascii: "-"), Double(word) == nil
        {
            throw Failure(
                .field,
                "argument \(number) would be '\(word.prefix(40))', which a program takes for an option; write \"--\" before "
                    + "it in 'args', or \"./\" before the expression")
        }
        return word
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let order = question.content as? Order else {
            preconditionFailure("a question is performed by the step that made it")
        }
        let timeout = context.timeout ?? Self.standardTimeout
        let clock = ContinuousClock()
        let start = clock.now
        let result = await programs.run(
            program, order.arguments, input: order.input, environment: order.environment, directory: folder,
            timeout: timeout)
        guard let result, result.ending != .cancelled else { return .stopped }
        var usage = Usage()
        let (seconds, attoseconds) = (clock.now - start).components
        usage.microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
        let name = program.split(separator: "/").last.map(String.init) ?? program
        if let failure = result.failure(of: "'\(name)'", timeout: timeout, acts: true) {
            return .failed(secrets.scrubbed(failure), usage)
        }
        let output = secrets.scrubbed(from: String(decoding: result.output, as: UTF8.self))
        // Bytes that are no text stay what they are, to be told as such.
        let body =
            String(validating: result.output, as: UTF8.self) == nil
            ? JSON.bytes(of: ["bytes": .bytes(result.output)]) : JSON.bytes(of: ["output": .string(output)])
        return .answered(Answer(body: body, usage: usage))
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        // A person said that it happened: there is no answer to read.
        guard !answer.body.isEmpty else { return .value(.null) }
        guard case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(answer.body) })
        else {
            return .unusable(Failure(.notJSON, "the kept answer is not that of a program"))
        }
        guard let output = value["output"]?.string else { return self.answer.read([0xFF]) }
        return self.answer.read(Array(output.utf8))
    }

    func words(of answer: Answer) -> String {
        guard case .success(let value) = Result(catching: { () throws(JSONError) in try JSON.parse(answer.body) })
        else {
            return ""
        }
        return value["output"]?.string ?? ""
    }

    private static func quoted(_ word: String) -> String {
        let isPlain = !word.isEmpty && word.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && !"'\"\\$`*?".utf8.contains($0) }
        return isPlain
            ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
}
