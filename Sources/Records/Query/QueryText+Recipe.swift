package import Databases
package import Diagnostics
package import Recipes

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

extension QueryText {
    /// The query that stands in a recipe, or nil with what is wrong with it told at its place.
    package static func read(
        _ text: LocatedText, dialect: Dialect, problems: inout Problems
    ) -> QueryText? {
        do throws(Fault) {
            return try QueryText(text.text, dialect: dialect)
        } catch {
            problems.error(error.message, at: text.span(of: error.range))
            return nil
        }
    }
}

extension PostgresAddress {
    /// What stands at `postgres:`.
    package static let form = Form.anyOf([
        .text,
        .keys([
            Key("env", .text, about: "The environment variable that holds the address.", example: "CRM_DATABASE"),
            Key("file", .text, about: "The file that holds the address.", example: "~/.secrets/crm"),
        ]),
    ])

    package enum Finding {
        case address(PostgresAddress)
        /// Nothing may be opened now, so what is secret was not looked up.
        case unopened
        /// Told.
        case broken
    }

    /// The address that a recipe means: the name of a secret, `{env: NAME}`, `{file: PATH}`, or an address without a
    /// password.
    ///
    /// - Parameter opens: whether environment and files may be looked at.
    package static func find(
        _ setting: Setting, secrets: [SecretSpec], folder: String, opens: Bool, problems: inout Problems
    ) -> Finding {
        switch setting {
        case .text(let text): return find(text, secrets, folder: folder, opens, &problems)
        case .fields(let fields):
            var variable = fields.text("env")
            if let named = variable {
                variable = named.asVariable(problems: &problems)
                guard variable != nil else { return .broken }
            }
            let places = [
                variable.map(SecretSpec.Source.environment), fields.text("file").map(SecretSpec.Source.file),
            ].compactMap(\.self)
            guard places.count == 1, let place = places.first else {
                if !fields.isBroken("env"), !fields.isBroken("file") {
                    problems.error("an address is kept in one place: `{env: NAME}` or `{file: PATH}`", at: fields.span)
                }
                return .broken
            }
            return read(place, folder: folder, opens, at: fields.span, &problems)
        default: return .broken
        }
    }

    private static func find(
        _ text: LocatedText, _ secrets: [SecretSpec], folder: String, _ opens: Bool, _ problems: inout Problems
    ) -> Finding {
        let name = text.text.hasPrefix("secrets.") ? String(text.text.dropFirst(8)) : text.text
        if let secret = secrets.first(where: { $0.name.value == name }) {
            guard let source = secret.source else { return .broken }
            return read(source, folder: folder, opens, at: text.span, &problems)
        }
        guard text.text.contains("=") || text.text.contains("://") else {
            problems.error(
                "there is no secret '\(name)'; declare it (`secrets: {\(name): {env: NAME}}`), or write "
                    + "`postgres: {env: NAME}`", at: text.span)
            return .broken
        }
        guard let address = make(text.text, at: text.span, &problems) else { return .broken }
        guard !address.hasPassword else {
            problems.error(
                "a password never stands in a recipe; keep the address in an environment variable: "
                    + "`postgres: {env: NAME}`", at: text.span)
            return .broken
        }
        return .address(address)
    }

    private static func read(
        _ source: SecretSpec.Source, folder: String, _ opens: Bool, at span: SourceSpan, _ problems: inout Problems
    ) -> Finding {
        guard opens else { return .unopened }
        let found: String
        switch source {
        case .environment(let name):
            guard let value = getenv(name.text), value.pointee != 0 else {
                problems.error(
                    "the environment variable '\(name.text)' is not set; it holds the address of the database: "
                        + "export \(name.text)=postgresql://USER@HOST/DATABASE", at: name.span)
                return .broken
            }
            found = String(cString: value)
        case .file(let path):
            let home = getenv("HOME").map { String(cString: $0) } ?? "."
            let place =
                path.text.hasPrefix("~/")
                ? home + path.text.dropFirst() : path.text.hasPrefix("/") ? path.text : Paths.joined(folder, path.text)
            do throws(FileError) {
                let file = try File.reading(place)
                found = String(decoding: try FolderFiles.content(of: file, as: file.status()), as: UTF8.self)
            } catch {
                problems.error("the address of the database cannot be read: \(error.message)", at: path.span)
                return .broken
            }
        }
        var line = found[...]
        while let last = line.last, last.isWhitespace { line.removeLast() }
        return make(String(line), at: span, &problems).map(Finding.address) ?? .broken
    }

    private static func make(_ text: String, at span: SourceSpan, _ problems: inout Problems) -> PostgresAddress? {
        do throws(DatabaseProblem) {
            return try PostgresAddress(text)
        } catch {
            problems.error(error.message, at: span)
            return nil
        }
    }
}
