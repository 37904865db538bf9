internal import ArgumentParser
internal import Diagnostics
internal import Digests
internal import Journaling
internal import Pages
internal import Reviewing
internal import Values

/// Answers that a script gives.
struct ReviewScriptArguments: ParsableArguments {
    @Flag(help: "With --list or --show: JSON, one object a line, on standard output.")
    var json = false

    @Option(help: ArgumentHelp("Show all of one record, and end.", valueName: "record"))
    var show: String?

    @Option(
        help: ArgumentHelp(
            "Answer --record: approve, accept, write, happened, again or reject, as it allows.", valueName: "word"))
    var answer: Decision.Word?

    @Option(help: ArgumentHelp("The record that --answer is about.", valueName: "id"))
    var record: String?

    @Option(
        help: ArgumentHelp(
            "What was seen: the hash, or its first 12 digits, that --list --json and --show tell.", valueName: "hash"))
    var seen: String?

    @Option(help: ArgumentHelp("A note; to reject, the reason.", valueName: "text"))
    var note: String?

    @Option(help: ArgumentHelp("A new value for a field; may be given more than once.", valueName: "name=value"))
    var edit: [String] = []

    @Option(help: ArgumentHelp("Approve every open review that this rule in CEL is true of.", valueName: "rule"))
    var approveWhere: String?

    @Flag(help: "With --approve-where: do not ask before approving.")
    var yes = false

    func validateTogether() throws {
        guard answer != nil else {
            guard record == nil, seen == nil, note == nil, edit.isEmpty else {
                throw ValidationError("--record, --seen, --note and --edit belong to --answer")
            }
            return
        }
        guard record != nil else { throw ValidationError("--answer needs --record, the record it is about") }
        guard let seen, seen.utf8.count >= 12 else {
            throw ValidationError(
                "--answer needs --seen, the hash of what was seen (12 digits or more): 'linecook review --show RECORD' tells it"
            )
        }
        guard edit.allSatisfy({ $0.contains("=") }) else { throw ValidationError("--edit is NAME=VALUE") }
    }
}

/// One answer, or many by a rule, without a screen.
struct ScriptedReview {
    var store: ReviewStore
    var arguments: ReviewScriptArguments
    var step: String?
    var terminal: Terminal

    private let reviewer = Reviewer.ofSystem(from: "script")

    init(store: ReviewStore, arguments: ReviewScriptArguments, step: String?, terminal: Terminal) {
        self.store = store
        self.arguments = arguments
        self.step = step
        self.terminal = terminal
    }

    func run() async throws -> ExitStatus {
        if let rule = arguments.approveWhere { return try await approve(rule) }
        guard let word = arguments.answer, let record = arguments.record, let seen = arguments.seen else {
            return .usage
        }
        guard let item = try store.only(record, step: step, terminal) else { return .someFailed }
        guard item.seen.hex.hasPrefix(seen.lowercased()) else { return say(.changed, about: record) }
        guard let detail = try store.detail(item.number) else { return say(.over, about: record) }
        var texts: [String: String] = [:]
        let form = EditForm(detail.wait.fields)
        for edit in arguments.edit {
            let name = String(edit.prefix { $0 != "=" })
            guard form.items.contains(where: { $0.name.hasSameBytes(as: name) }) else {
                let names = form.items.map(\.name).joined(separator: ", ")
                terminal.write(
                    "error: '\(name)' is nothing that may be edited here\(names.isEmpty ? "" : ", only \(names)")\n"
                        .printable)
                return .usage
            }
            texts[name] = String(edit.dropFirst(name.count + 1))
        }
        let edits: ValueMap
        do throws(EditProblems) {
            edits = try form.edits(texts, of: detail.wait.fields)
        } catch {
            return say(.refused(error.all), about: record)
        }
        let answer = ReviewAnswer(word, seen: item.seen, note: arguments.note, edits: edits)
        return say(try await store.answer(answer, about: item.number, by: reviewer), about: record)
    }

    private func say(_ receipt: ReviewReceipt, about record: String) -> ExitStatus {
        let isGood = receipt == .counts
        terminal.write("\(isGood ? "" : "error: ")\(receipt.words(about: record, for: reviewer))\n".printable)
        return isGood ? .success : .someFailed
    }

    // MARK: By a rule

    private func approve(_ rule: String) async throws -> ExitStatus {
        let matches: BulkMatches
        do {
            matches = try store.matches(rule)
        } catch let problem as BulkRule.Unusable {
            terminal.write("error: the rule cannot be used: \(problem.message)\n".printable)
            return .usage
        }
        for item in matches.items { terminal.write("  \(item.record)  \(item.headline)\n".printable) }
        for unjudged in matches.unjudged {
            terminal.write("  not judged: \(unjudged.record): \(unjudged.message)\n".printable)
        }
        let count = matches.items.count
        let words = Figures.count(count, "record")
        terminal.write("The rule is true of \(words), and false of \(Figures.count(matches.others)).\n")
        guard count > 0 else { return try standing() }
        if !arguments.yes {
            guard terminal.isTerminal else {
                terminal.write("Nothing is approved: say --yes to approve them without being asked.\n")
                return .someWait
            }
            terminal.write("Approve \(words)? [y/N] ")
            guard let answer = readLine(), ["y", "yes"].contains(answer.lowercased()) else {
                terminal.write("Nothing is approved.\n")
                return .someWait
            }
        }
        let receipts = try await store.approve(matches, by: reviewer)
        for (item, receipt) in zip(matches.items, receipts) where receipt != .counts {
            terminal.write("\(receipt.words(about: item.record, for: reviewer))\n".printable)
        }
        terminal.write("\(Figures.count(receipts.count { $0 == .counts })) approved by the rule \(rule)\n".printable)
        return try standing()
    }

    /// Whether records still wait.
    private func standing() throws(JournalError) -> ExitStatus {
        let open = try store.counts().open
        guard open > 0 else { return .success }
        terminal.write("\(Figures.count(open)) still wait\n")
        return .someWait
    }
}
