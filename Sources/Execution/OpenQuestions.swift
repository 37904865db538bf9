internal import Digests
internal import Locks
internal import Steps

/// The questions of this run: one that is being asked just now, or has been, is not asked, and paid, once more.
///
/// An equal one waits for the answer. Answers that are worth keeping are there for later ones, too, as many as there is
/// room for: see ``RecentAnswers``.
final class OpenQuestions: Sendable {
    private enum Turn {
        case asks
        case answered(Answer)
    }

    private struct State {
        /// Who waits, by what is being asked.
        var waiters: [SHA256Digest: [CheckedContinuation<Turn, Never>]] = [:]
        var answers = RecentAnswers()
    }

    private let state = Guarded(State())

    /// Whether somebody asks it just now.
    func isAsked(_ question: SHA256Digest) -> Bool { state.withLock { $0.waiters[question] != nil } }

    /// Asks, or takes the answer of whoever asked the same.
    ///
    /// Where a question gets no answer, the first of those who wait asks it by itself, and the others go on waiting.
    ///
    /// - Parameter keeps: whether the answer is as good later in the run.
    /// - Returns: the reply; and whether it is another's, so that it is paid already.
    func ask(
        _ question: SHA256Digest, keeps: Bool, _ perform: () async throws -> Reply
    ) async throws -> (Reply, isAnothers: Bool) {
        if case .answered(let answer) = await turn(at: question) { return (.answered(answer), true) }
        do {
            let reply = try await perform()
            if case .answered(let answer) = reply { end(question, with: answer, keeps) } else { passOn(question) }
            return (reply, false)
        } catch {
            passOn(question)
            throw error
        }
    }

    private func turn(at question: SHA256Digest) async -> Turn {
        await withCheckedContinuation { continuation in
            let turn = state.withLock { state -> Turn? in
                if let answer = state.answers.answer(to: question) { return .answered(answer) }
                guard state.waiters[question] != nil else {
                    state.waiters[question] = []
                    return .asks
                }
                state.waiters[question]?.append(continuation)
                return nil
            }
            if let turn { continuation.resume(returning: turn) }
        }
    }

    private func end(_ question: SHA256Digest, with answer: Answer, _ keeps: Bool) {
        let waiters = state.withLock { state in
            if keeps { state.answers.add(answer, to: question) }
            return state.waiters.removeValue(forKey: question) ?? []
        }
        for waiter in waiters { waiter.resume(returning: .answered(answer)) }
    }

    private func passOn(_ question: SHA256Digest) {
        let next = state.withLock { state -> CheckedContinuation<Turn, Never>? in
            guard let waiters = state.waiters[question], !waiters.isEmpty else {
                state.waiters[question] = nil
                return nil
            }
            return state.waiters[question]?.removeFirst()
        }
        next?.resume(returning: .asks)
    }
}

/// Answers of late, by question: at most so many bytes of them. What nobody wanted for long gives way.
struct RecentAnswers {
    static let bytes = 4 << 20
    /// Of an answer besides its body: its key, its usage, its places in a table and on the heap.
    private static let overhead = 256

    private let limit: Int
    private var newer: [SHA256Digest: Answer] = [:]
    private var older: [SHA256Digest: Answer] = [:]
    /// Of `newer`: at half the limit it becomes `older`, and what was there is forgotten.
    private var size = 0

    init(bytes: Int = RecentAnswers.bytes) { limit = bytes }

    mutating func answer(to question: SHA256Digest) -> Answer? {
        if let answer = newer[question] { return answer }
        guard let answer = older[question] else { return nil }
        add(answer, to: question)
        return answer
    }

    /// One that would take half the room by itself is not kept.
    mutating func add(_ answer: Answer, to question: SHA256Digest) {
        let more = answer.body.count + Self.overhead
        guard more <= limit / 2 else { return }
        if size + more > limit / 2 {
            older = newer
            newer = [:]
            size = 0
        }
        newer[question] = answer
        size += more
    }
}
