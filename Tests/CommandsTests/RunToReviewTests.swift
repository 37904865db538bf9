import Testing

/// Which run `linecook review` looks at where none is named.
@Suite(.startsPrograms, .timeLimit(.minutes(5))) struct RunToReviewTests {
    private static func recipe(_ name: String, when: String = "true") -> String {
        """
        recipe: \(name)
        input: {csv: rows.csv, key: id}
        steps:
          - name: approval
            when: '\(when)'
            review: {question: Pay?, show: [input.amount]}
        output: {csv: \(name).csv, columns: {id: input.id}}

        """
    }

    /// Runs a recipe of this name, in a folder whose name tells when.
    private func run(_ name: String, _ day: String, when: String = "true", in kitchen: Kitchen) async throws -> Int32 {
        try kitchen.write("\(name).yaml", Self.recipe(name, when: when))
        return try await kitchen.linecook(
            "run", "\(name).yaml", "--run", ".linecook/runs/\(name)-\(day)-000000"
        ).code
    }

    /// An older run in which two records wait, and a newer one that is done.
    private func kitchen() async throws -> Kitchen {
        let kitchen = try Kitchen()
        try kitchen.write("rows.csv", "id,amount\na,1\nb,2\n")
        #expect(try await run("pay", "20260101", in: kitchen) == 3)
        #expect(try await run("done", "20260201", when: "input.id == \"\"", in: kitchen) == 0)
        return kitchen
    }

    @Test func `the newest in which records wait, or answers to be used, and its name is told`() async throws {
        let kitchen = try await kitchen()
        let list = try await kitchen.linecook("review", "--list")
        #expect(list.out.contains("2 waiting, 0 answered and not yet used, in pay-20260101-000000"), "\(list.out)")
        #expect(list.err == "run pay-20260101-000000, the newest in which records wait\n")
        let screen = try kitchen.start(["review"], size: (80, 24))
        #expect(await screen.says("2 waiting, 0 answered   pay-20260101-000000"))
        screen.type("q")
        #expect(await screen.end().code == 3)

        let ruled = try await kitchen.linecook("review", "--approve-where", "true", "--yes")
        #expect(ruled.code == 0 && ruled.err.contains("2 approved"), "\(ruled.err)")
        let answered = try await kitchen.linecook("review", "--list")
        #expect(answered.err == "run pay-20260101-000000, the newest in which answers wait to be used\n")
        #expect(try await kitchen.linecook("resume", "pay-20260101-000000").code == 0)
        let over = try await kitchen.linecook("review", "--list")
        #expect(over.err == "run done-20260201-000000, the newest; nothing waits in any run here\n")
        #expect(over.out == "0 waiting, 0 answered and not yet used, in done-20260201-000000\n")
    }

    @Test func `where records wait in several runs, the others are told`() async throws {
        let kitchen = try await kitchen()
        #expect(try await run("buy", "20260301", when: "input.id == \"a\"", in: kitchen) == 3)
        let list = try await kitchen.linecook("review", "--list")
        #expect(list.out.hasSuffix("\n1 waiting, 0 answered and not yet used, in buy-20260301-000000\n"))
        #expect(
            list.err == """
                run buy-20260301-000000, the newest in which records wait
                2 records wait in another run: linecook review .linecook/runs/pay-20260101-000000

                """)
        let web = try kitchen.start(["review", "--web", "--as", "Ada"])
        #expect(await web.says("Each link opens once"))
        #expect(web.errors.hasPrefix("run buy-20260301-000000, "))
        web.send(2)
        #expect(await web.end().code == 3)
        // Whoever names one is told of no other.
        #expect(try await kitchen.linecook("review", "pay-20260101-000000", "--list").err == "")
    }

    @Test func `a run that cannot be read keeps no other from being reviewed`() async throws {
        let kitchen = try await kitchen()
        let damaged = ".linecook/runs/done-20260201-000000"
        try kitchen.write("\(damaged)/journal.sqlite", "no journal at all, and long enough to be one")
        let list = try await kitchen.linecook("review", "--list")
        #expect(list.code == 0 && list.out.contains("2 waiting"), "\(list.err)")
        #expect(list.err.hasPrefix("warning: \(damaged) cannot be looked into: "), "\(list.err)")
    }
}
