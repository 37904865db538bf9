package import Diagnostics

extension ModelSpec {
    init(_ entry: Setting.Entry, problems: inout Problems) {
        let isFine = entry.key.value.utf8.allSatisfy {
            $0.isNameByte || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: ".")
        }
        if !isFine || entry.key.value.isEmpty {
            problems.add(
                .badName(
                    LocatedText(entry.key.value, span: entry.key.span), what: "the name of a model",
                    wanted: "letters, digits, '-', '_' and '.'", mend: entry.key.value.made(dash: "-")))
        }
        switch entry.setting {
        case .choice(let provider):
            self.init(name: entry.key, provider: provider, span: provider.span)
        case .kind(let kind):
            self.init(name: entry.key, provider: kind.kind, span: kind.span)
            let keys = kind.fields
            fields = keys
            url = keys.text("url")
            if let url, let problem = Self.problem(withURL: url.text) {
                problems.add(.error(problem, at: url.span).hidingLine())
            }
            model = keys.text("model")
            keyVariable = keys.fields("key")?.text("env").flatMap { $0.asVariable(problems: &problems) }
            if let price = keys.fields("price"), let input = price.number("input"), let output = price.number("output")
            {
                self.price = Located(Price(input: input.value, output: output.value), at: price.span)
            }
            maxTokens = keys.integer("max_tokens")
            temperature = keys.number("temperature")
            let limits = keys.fields("limits")
            self.limits = Limits(
                inFlight: limits?.width("in_flight"), requestsPerMinute: limits?.integer("requests_per_minute"),
                tokensPerMinute: limits?.integer("tokens_per_minute"))
        default:
            self.init(name: entry.key, provider: Located("", at: entry.setting.span), span: entry.setting.span)
        }
    }

    /// Why a URL cannot be a model's, in words that do not repeat it: it goes into messages, journals and reports, so
    /// nothing that may be a key is taken in it.
    private static func problem(withURL url: String) -> String? {
        let authority = (url.split(separator: "://", maxSplits: 1).last ?? "").prefix { $0 != "/" }
        guard authority.contains("@") || url.contains("?") || url.contains("#") else { return nil }
        return "the `url` of a model has neither a user, a query ('?') nor a fragment ('#'): it is shown in messages "
            + "and reports; a key belongs under `key: {env: NAME}`"
    }

    init(name: Located<String>, provider: Located<String>, span: SourceSpan) {
        self.init(
            name: name, provider: provider, url: nil, model: nil, keyVariable: nil, price: nil, maxTokens: nil,
            temperature: nil, limits: Limits(), fields: Fields([], span: span), span: span)
    }

    /// Reads what a command line says of a model: `local`, `URL#model`, `anthropic#model`, each with `?key=ENV_NAME`.
    ///
    /// - Parameters:
    ///   - option: what a problem names as its file, such as `--model writer`.
    ///   - problems: the places in them count from the start of the specification.
    package static func specification(
        _ text: String, name: String, option: String, problems: inout Problems
    ) -> ModelSpec? {
        func span(_ from: Int, _ to: Int) -> SourceSpan {
            SourceSpan(
                file: option, start: SourcePosition(line: 1, column: from + 1),
                end: SourcePosition(line: 1, column: to + 1))
        }
        let whole = span(0, text.unicodeScalars.count)
        var rest = Substring(text)
        var key: LocatedText?
        var price: Located<Price>?
        if let mark = ["?key=", "?price="].compactMap({ rest.offset(of: $0) }).min() {
            let behind = rest.dropFirst(mark + 1)
            let end = behind.unicodeScalars.firstIndex(of: "#") ?? behind.endIndex
            var column = mark + 1
            for item in behind[..<end].split(separator: "&", omittingEmptySubsequences: false) {
                let place = span(column, column + item.unicodeScalars.count)
                column += item.unicodeScalars.count + 1
                if item.hasPrefix("price=") {
                    guard let told = Price(option: item.dropFirst(6)) else {
                        problems.add(
                            .error("'price=' takes two amounts per million tokens, such as price=0.25/2", at: place)
                                .hidingLine())
                        return nil
                    }
                    price = Located(told, at: place)
                    continue
                }
                let variable = item.hasPrefix("key=") ? item.dropFirst(4) : ""
                guard !variable.isEmpty, variable.utf8.allSatisfy(\.isNameByte) else {
                    // What stands there may be the key itself, so it is not shown.
                    problems.add(
                        .error("'?key=' names an environment variable, and that is no name of one", at: place)
                            .hidingLine())
                    return nil
                }
                key = LocatedText(String(variable), span: place)
            }
            rest = Substring(rest.prefix(mark) + behind[end...])
        }
        let parts = rest.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        let head = parts[0]
        let model = parts.count > 1 && !parts[1].isEmpty ? LocatedText(parts[1], span: whole) : nil
        let isURL = head.hasPrefix("http://") || head.hasPrefix("https://")
        let provider = isURL ? "openai" : head
        if Self.problem(withURL: head) != nil {
            problems.add(
                .error(
                    "a URL of --model has neither a user nor a query beside '?key=ENV_NAME': it is shown in messages "
                        + "and reports; a key belongs into a variable of the environment", at: whole
                ).hidingLine())
            return nil
        }
        guard LanguageKinds.providers.contains(provider), isURL || provider != "openai" else {
            problems.error("a model is 'local', 'URL#model' or 'anthropic#model', not '\(text)'", at: whole)
            return nil
        }
        if provider == "local" {
            guard parts.count == 1, key == nil, price == nil else {
                problems.error("'local' takes neither a model nor a key nor a price", at: whole)
                return nil
            }
        } else if model == nil {
            problems.error("the model's name is missing; write '\(head)#MODEL'", at: whole)
            return nil
        }
        var spec = ModelSpec(
            name: Located(name, at: whole), provider: Located(provider, at: whole), span: whole)
        spec.url = isURL ? LocatedText(head, span: whole) : nil
        spec.model = model
        spec.keyVariable = key
        spec.price = price
        return spec
    }
}

extension ModelSpec.Price {
    /// Of `0.25/2`: what a million tokens of the prompt and of the answer cost.
    fileprivate init?(option text: Substring) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Double($0) }
        guard parts.count == 2, let input = parts[0], let output = parts[1], input.isFinite, output.isFinite,
            input >= 0, output >= 0
        else { return nil }
        self.init(input: input, output: output)
    }
}

extension Substring {
    fileprivate func offset(of part: String) -> Int? { String(self).offset(of: part) }
}
