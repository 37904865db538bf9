internal import Diagnostics
internal import Expressions
internal import Models
internal import Recipes
internal import Runs
internal import Steps
internal import Values

/// A text that may hold secrets beside what a row has: `Bearer {{ secrets.crm }}`.
///
/// It is rendered twice: with dots in the places of the secrets for what is kept and shown, and with the secrets
/// themselves for the one it goes to.
struct SecretTemplate: Sendable {
    private let template: Template
    private let slot: Int
    private let store: SecretStore
    /// The secrets that it reads.
    let names: [String]

    /// What it reads of the row.
    var reads: [ReadPath] { template.reads.filter { $0.slot != slot } }
    var text: String { template.source.text }
    var span: SourceSpan { template.source.span }
    /// Whether it is the same text for every record, and no secret is read in it.
    var isLiteral: Bool { template.reads.isEmpty }

    struct Rendered: Sendable {
        var shown: String
        var revealed: String
    }

    fileprivate init(_ template: Template, slot: Int, store: SecretStore) {
        self.template = template
        self.slot = slot
        self.store = store
        var names: [String] = []
        for read in template.reads where read.slot == slot {
            if let name = read.names.first, !names.contains(name) { names.append(name) }
        }
        self.names = names
    }

    /// - Throws: also where a secret is not where it was when the run began.
    func render(_ row: borrowing Slots) throws(Failure) -> Rendered {
        guard !names.isEmpty else {
            let text = try text(of: row)
            return Rendered(shown: text, revealed: text)
        }
        var slots = Slots(count: max(row.count, slot + 1))
        for index in 0..<row.count { slots[index] = row[index] }
        slots[slot] = .map(ValueMap(names.map { ($0, .string("•••")) }))
        let shown = try text(of: slots)
        var revealed: [(String, Value)] = []
        for name in names { revealed.append((name, .string(try store.secret(name).revealed))) }
        slots[slot] = .map(ValueMap(revealed))
        return Rendered(shown: shown, revealed: try text(of: slots))
    }

    private func text(of row: borrowing Slots) throws(Failure) -> String {
        do throws(EvaluationError) {
            return try template.render(row)
        } catch {
            throw Failure(error)
        }
    }
}

extension StepPlanning {
    /// Compiles a text in which `secrets` can be read: a header, a connection, a variable of a program.
    mutating func secretTemplate(_ text: LocatedText, from store: SecretStore) -> SecretTemplate? {
        let slot = scope.freeSlot
        var inner = scope
        inner.declare(
            "secrets", .object(ObjectType(recipe.secrets.map { .init($0.name.value, .string) })), slot: slot)
        guard let template = Template.compile(readable: text, in: inner, problems: &problems) else { return nil }
        // The whole map must not get into a text, nor a name that only a record knows.
        guard template.reads.allSatisfy({ $0.slot != slot || !$0.names.isEmpty }) else {
            problems.error("write which secret is meant: `{{ secrets.NAME }}`", at: text.span)
            return nil
        }
        return SecretTemplate(template, slot: slot, store: store)
    }

    /// Compiles an address. It is shown in messages and reports, so it names neither user nor password.
    mutating func address(_ text: LocatedText) -> Template? {
        guard SecretWords.hasUser(inAddress: text.text) else { return template(text, isNeeded: true) }
        problems.add(
            .error(
                "an address names neither a user nor a password, for it is shown in messages and reports; send them as a "
                    + "header, `headers: {Authorization: \"Basic {{ secrets.NAME }}\"}`", at: text.span
            ).hidingLine())
        return nil
    }

    /// Named texts in which `secrets` can be read, in their order; nil if one of them is broken.
    mutating func secretTemplates(
        _ entries: [Setting.Entry]?, from store: SecretStore
    ) -> [(name: Located<String>, value: SecretTemplate)]? {
        var all: [(name: Located<String>, value: SecretTemplate)] = []
        for entry in entries ?? [] {
            guard case .template(let text) = entry.setting, let value = secretTemplate(text, from: store) else {
                continue
            }
            all.append((entry.key, value))
        }
        return all.count == entries?.count ?? 0 ? all : nil
    }
}
