internal import Planning
internal import Runs
internal import Steps
internal import Values

extension RowWalk {
    /// What is wrong with an answer, and what the answerer said.
    struct Complaint {
        var failure: Failure
        var said: String
    }

    /// Holds an answer against its shape and the step's rules, and moves the row on: behind the step, to its next
    /// attempt, or to its end.
    func read(
        _ answer: Answer, to question: Question, of step: any AnsweredStep, _ row: inout Row
    ) -> Complaint? {
        let before = row.progress.next
        let failure: Failure?
        switch step.read(answer, to: question) {
        case .value(let value):
            failure = take(value, &row)
        case .unusable(let fault):
            failure = fault
            fail(fault, again: true, &row)
        }
        guard let failure else {
            row.previous = nil
            return nil
        }
        let said = step.words(of: answer)
        row.previous =
            row.progress.next.isAnotherAttempt(after: before)
            ? Attempt.Previous(answer: said, complaint: failure.message) : nil
        return Complaint(failure: failure, said: said)
    }

    /// The row passes the step it stands at without anybody knowing the answer.
    func pass(_ row: inout Row) {
        guard case .run(let index, _) = row.progress.next else { return }
        row.slots[steps[index].slot] = .null
        row.previous = nil
        row.progress.passed()
    }
}
