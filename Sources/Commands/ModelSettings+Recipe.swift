internal import Diagnostics
internal import Models
internal import Recipes
internal import Values

extension ModelSettings {
    /// What a recipe says of a model; nil where its provider is none that exists, which is told elsewhere.
    init?(_ spec: ModelSpec) {
        guard let provider = Provider(rawValue: spec.provider.value) else { return nil }
        self.init(
            provider: provider, url: spec.url?.text, model: spec.model?.text, keyVariable: spec.keyVariable?.text,
            price: spec.price.map { Price(input: $0.value.input, output: $0.value.output) })
        if case .count(let width)? = spec.limits.inFlight?.value { inFlight = width }
        requestsPerMinute = spec.limits.requestsPerMinute?.value
        tokensPerMinute = spec.limits.tokensPerMinute?.value
    }

    /// The providers as the language knows them, with the keys that each takes beside those of every model.
    static let grammars = [
        KindGrammar(
            "local", .text, siblings: Grammar.modelKeys,
            about: "The embedded model: a server of our own on this machine."),
        KindGrammar(
            "openai", .text, siblings: Grammar.modelKeys, about: "Anything that speaks OpenAI's chat completions."),
        KindGrammar("anthropic", .text, siblings: Grammar.modelKeys, about: "Anthropic's Messages API."),
    ]
}
