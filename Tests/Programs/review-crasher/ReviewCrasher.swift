// Answers every record that waits in a journal, over twenty connections at once: `review-crasher JOURNAL NAME`. Says
// `counts NUMBER NAME .` for every answer that it was told counts, and may be killed at any time.
internal import Journaling
internal import Reviewing
internal import Values

@main struct ReviewCrasher {
    static func main() async throws {
        let (path, name) = (CommandLine.arguments[1], CommandLine.arguments[2])
        let numbers = try SQLiteJournalReader(path: path).waits().map(\.number)
        await withTaskGroup(of: Void.self) { group in
            for connection in 0..<20 {
                group.addTask {
                    do {
                        try await answer(numbers, path, Reviewer("\(name)-\(connection)", from: "script"), connection)
                    } catch {
                        print("problem \(error)")
                    }
                }
            }
        }
    }

    private static func answer(_ numbers: [Int64], _ path: String, _ reviewer: Reviewer, _ connection: Int) async throws
    {
        let journal = try SQLiteJournal(path: path)
        let store = ReviewStore(journal) { Timestamp(seconds: 1_700_000_000) }
        // Each begins elsewhere and goes a quarter of the way round, so that five meet at every record.
        let start = numbers.count * connection / 20
        for number in (numbers[start...] + numbers[..<start]).prefix(numbers.count / 4 + 1) {
            guard let detail = try store.detail(number), detail.open.decided == nil else { continue }
            let receipt = try await store.answer(
                ReviewAnswer(.approve, seen: detail.open.key), about: number, by: reviewer)
            // In one piece: twenty say something at once. The dot tells a line that a kill has cut short.
            if receipt == .counts { print("counts \(number) \(reviewer.name) .\n", terminator: "") }
        }
        try await store.close()
    }
}
