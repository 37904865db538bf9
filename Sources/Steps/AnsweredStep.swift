package import Digests
package import Runs
package import Values

/// A step that somebody else answers: a model, a person, a database, a host.
///
/// Asking is split so that only ``perform(_:in:)`` touches the world. ``question(for:about:attempt:)`` and
/// ``read(_:to:)`` are pure: a kept answer is read again by them, under rules that may have changed since.
package protocol AnsweredStep: Sendable {
    /// Makes ready what all records need, such as a model server. Called once, before the first record; ends soon after its
    /// task is cancelled, which is how a run stops meanwhile.
    func prepare() async throws(Failure)

    /// Makes known what the identity of its questions needs; starts nothing and asks nobody. After it, or after
    /// ``prepare()``, questions can be made.
    func identify() async throws(Failure)

    /// What this machine lacks that the step needs: a program, a secret. As far as that can be seen without asking
    /// anybody; quick.
    var lack: Failure? { get }

    /// What of the step itself, as opposed to the record, goes into the identity of its questions, in words of the
    /// recipe and with defaults filled in: for telling two recipes apart. Parts that are left out are not in the list.
    var parts: [QuestionPart] { get }

    /// What so many tokens cost by today's price, in billionths of the currency; nil where no price is known.
    func cost(tokensIn: Int, tokensOut: Int) -> Int64?

    /// What will be asked: rendered from the row, with the identity under which its answer is kept.
    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question

    /// The same question about a whole whose parts were answered one by one: asks for one answer from theirs. Only a step
    /// that collects needs it.
    ///
    /// - Parameter answers: to this step's question about parts of the whole, in order.
    func question(
        joining answers: [Value], for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question

    /// How many bytes of prompt surely fit; a guess, where it is not known.
    var promptBytes: Int { get }

    /// Asks. Retries what the world may mend (429, 5xx, broken connections) within its patience; stops soon after its
    /// task is cancelled.
    func perform(_ question: Question, in context: StepContext) async -> Reply

    /// Whether ``answerAtOnce(_:)`` is worth a call: the answer lies on this machine, and asking for it twice is free and
    /// harmless.
    var answersAtOnce: Bool { get }

    /// The answer, where it is to be had within a moment; nil where the question has to take the long way over
    /// ``perform(_:in:)``, which also tells what is wrong. Called from any lane, which waits for it.
    func answerAtOnce(_ question: Question) -> Answer?

    /// The same step with the connections and tables of another one that was made of the same recipe.
    func sharing(_ other: any AnsweredStep) -> any AnsweredStep

    /// The same step, which puts nothing in the place of these files. Only a step that writes files needs it.
    func sparing(_ files: [UsedFile]) -> any AnsweredStep

    /// What an answer means, or why it cannot be used. Of a step that acts, an empty body stands for an answer that nobody
    /// saw: a person said that it happened.
    func read(_ answer: Answer, to question: Question) -> Reading

    /// What the answerer said, as people read it and as the next attempt is shown it.
    func words(of answer: Answer) -> String

    /// What performing does to the world. A step that acts does not send a request again by itself once a byte of it may
    /// have arrived, unless it is repeatable: ``StepContext/repeats`` says no.
    var effect: StepEffect { get }

    /// Whether an answer given to another run of the same folder is as good: what a model said to the same question is,
    /// what a page or a database said yesterday is not.
    var isShared: Bool { get }

    /// The most that performing a question once can cost, in billionths of the currency: never less than what is asked
    /// for it afterwards.
    func worstCost(of question: Question) -> Int64

    /// What a question costs at most, as far as it is known before there is one; nil where no price is known.
    var price: CallPrice? { get }

    /// How many questions the step can have open at once by itself; nil for no bound of its own.
    var width: StepWidth? { get }

    /// Calls back after each change of ``width``, from any thread. Only for a step that was made ready.
    func whenWidthChanges(_ tell: @escaping @Sendable () -> Void)
}

extension AnsweredStep {
    package func prepare() async throws(Failure) {}

    package func question(
        joining answers: [Value], for row: borrowing Slots, about record: Record, attempt: Attempt
    ) throws(Failure) -> Question {
        throw Failure(.promptTooLong, "this kind of step cannot join the answers about parts of a group")
    }

    package var promptBytes: Int { 96 << 10 }
    package func identify() async throws(Failure) {}
    package var lack: Failure? { nil }
    package var parts: [QuestionPart] { [] }
    package func cost(tokensIn: Int, tokensOut: Int) -> Int64? { 0 }
    package var effect: StepEffect { .asks }
    package var answersAtOnce: Bool { false }
    package func answerAtOnce(_ question: Question) -> Answer? { nil }
    package func sharing(_ other: any AnsweredStep) -> any AnsweredStep { self }
    package func sparing(_ files: [UsedFile]) -> any AnsweredStep { self }
    package var isShared: Bool { false }
    package func worstCost(of question: Question) -> Int64 { 0 }
    package var price: CallPrice? { .nothing }
    package var width: StepWidth? { nil }
    package func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) {}
}

/// One thing that a step's questions are made of: `prompt` and its template, `model` and who that is.
package struct QuestionPart: Hashable, Sendable {
    package var name: String
    package var text: String

    package init(_ name: String, _ text: String) {
        self.name = name
        self.text = text
    }
}

/// How many questions can be open at once.
package enum StepWidth: Hashable, Sendable {
    case fixed(Int)
    /// Found while the run goes on; this is where it stands.
    case found(Int)

    package var now: Int {
        switch self {
        case .fixed(let width), .found(let width): width
        }
    }
}

/// What a call costs at most, in billionths of the currency.
package struct CallPrice: Hashable, Sendable {
    /// An answer as long as it may be.
    package var answer: Int64
    /// Each thousand bytes of the prompt.
    package var promptKilobyte: Int64

    package init(answer: Int64, promptKilobyte: Int64) {
        self.answer = answer
        self.promptKilobyte = promptKilobyte
    }

    package static let nothing = CallPrice(answer: 0, promptKilobyte: 0)
}

/// One try at a question, counted over complete replies.
package struct Attempt: Sendable {
    /// From 1. Part of the question's identity: a second try with an equal prompt is a second answer.
    package var number: Int
    /// What came back before and what was wrong with it, for the next try to mend.
    package var previous: Previous?
    /// Which attempt of this record at the step, from 1: says which of several models is asked. The number goes on where a
    /// record is taken up again, this begins anew.
    package var turn: Int

    package struct Previous: Sendable {
        package var answer: String?
        package var complaint: String

        package init(answer: String?, complaint: String) {
            self.answer = answer
            self.complaint = complaint
        }
    }

    package init(number: Int = 1, previous: Previous? = nil, turn: Int? = nil) {
        self.number = number
        self.previous = previous
        self.turn = turn ?? number
    }
}

/// What one record asks at one step, in one attempt.
package struct Question: Sendable {
    /// What the answerer sees and nothing else: equal keys may share an answer.
    package var key: SHA256Digest
    /// For people: the prompt, the query, the request; kept when the record fails. Holds no secret. Made when it is wanted:
    /// it may be as long as the question again.
    package var shown: String { show() }
    private let show: @Sendable () -> String
    /// What ``AnsweredStep/perform(_:in:)`` of the same step needs.
    package var content: any Sendable

    package init(key: SHA256Digest, shown: @autoclosure @escaping @Sendable () -> String, content: any Sendable) {
        self.key = key
        show = shown
        self.content = content
    }
}

/// What a step gets besides its question. Nothing else is global.
package struct StepContext: Sendable {
    package var record: Record
    /// Which item of the record's list the step is performed for, inside an `each`; counted from 0.
    package var item: Int?
    /// For one try, from the recipe's `timeout`; nil for the kind's own default.
    package var timeout: Swift.Duration?
    /// Asked before the same question goes out again, where the try before may have been paid for and gave no answer.
    /// False: it may not, and ``AnsweredStep/perform(_:in:)`` ends as stopped.
    package var repeats: @Sendable () async -> Bool
    /// The idempotency key of a step that acts: the same for the same recipe name, record id, step name and content of
    /// the record, in whatever run. Goes out with what is sent, so that the other side can tell a repetition.
    package var effectKey: SHA256Digest?

    package init(
        record: Record, item: Int? = nil, timeout: Swift.Duration? = nil, effectKey: SHA256Digest? = nil,
        repeats: @escaping @Sendable () async -> Bool = { true }
    ) {
        self.record = record
        self.item = item
        self.timeout = timeout
        self.effectKey = effectKey
        self.repeats = repeats
    }
}

/// A complete answer as it came, before anybody reads it. This is what the journal keeps.
package struct Answer: Sendable {
    /// JSON, in the step kind's own form.
    package var body: [UInt8]
    package var usage: Usage

    package init(body: [UInt8], usage: Usage) {
        self.body = body
        self.usage = usage
    }
}

/// How asking ended.
package enum Reply: Sendable {
    case answered(Answer)
    /// No complete answer came; asking again now would not help.
    case failed(Failure, Usage?)
    /// Nobody is there to be asked, and waiting did not help. Nothing was asked, and no attempt is used.
    case outOfReach(Failure)
    /// The task was cancelled, or might not ask again, before an answer was complete.
    case stopped

    /// What it took, as far as that is known.
    package var usage: Usage? {
        switch self {
        case .answered(let answer): answer.usage
        case .failed(_, let usage): usage
        case .outOfReach, .stopped: nil
        }
    }
}

/// What a complete answer is worth.
package enum Reading: Sendable {
    case value(Value)
    /// Cut off, refused, empty, not JSON, against the schema: uses up an attempt.
    case unusable(Failure)
}
