internal import Digests
internal import Locks
internal import Steps

/// Questions that are being asked just now. An equal one waits for the answer instead of being asked, and paid, too.
final class OpenQuestions: Sendable {
    private let open = Guarded<[SHA256Digest: [CheckedContinuation<Answer?, Never>]]>([:])

    /// Asks, or waits for whoever asks the same just now.
    ///
    /// - Returns: The reply; and whether it is another's, so that it is paid already. One who waited for a question that
    ///   got no answer asks again by itself.
    func ask(_ question: SHA256Digest, _ perform: () async throws -> Reply) async throws -> (Reply, isAnothers: Bool) {
        let isOpen = open.withLock { open in
            guard open[question] == nil else { return true }
            open[question] = []
            return false
        }
        if isOpen, let answer = await answer(to: question) { return (.answered(answer), true) }
        guard !isOpen else { return (try await perform(), false) }
        do {
            let reply = try await perform()
            if case .answered(let answer) = reply { end(question, with: answer) } else { end(question, with: nil) }
            return (reply, false)
        } catch {
            end(question, with: nil)
            throw error
        }
    }

    private func answer(to question: SHA256Digest) async -> Answer? {
        await withCheckedContinuation { continuation in
            let waits = open.withLock { open in
                guard open[question] != nil else { return false }
                open[question]?.append(continuation)
                return true
            }
            if !waits { continuation.resume(returning: nil) }
        }
    }

    private func end(_ question: SHA256Digest, with answer: Answer?) {
        for waiter in open.withLock({ $0.removeValue(forKey: question) }) ?? [] { waiter.resume(returning: answer) }
    }
}
