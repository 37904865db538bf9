package import Diagnostics

/// A model by the name that steps call it.
package struct ModelSpec: Sendable {
    /// Per million tokens.
    package struct Price: Hashable, Sendable {
        package var input: Double
        package var output: Double

        package init(input: Double, output: Double) {
            self.input = input
            self.output = output
        }
    }

    package struct Limits: Sendable {
        package var inFlight: Located<Width>?
        package var requestsPerMinute: Located<Int>?
        package var tokensPerMinute: Located<Int>?
    }

    package var name: Located<String>
    /// Empty where the recipe gives none that exists.
    package var provider: Located<String>
    package var url: LocatedText?
    package var model: LocatedText?
    /// The environment variable that holds the key.
    package var keyVariable: LocatedText?
    package var price: Located<Price>?
    package var maxTokens: Located<Int>?
    package var temperature: Located<Double>?
    package var limits: Limits
    /// Every key as it was read, also those above; empty for the short form.
    package var fields: Fields
    package var span: SourceSpan

    /// Whether asking it costs something that nobody has said. The embedded model costs nothing.
    package var isUnpriced: Bool { provider.value != "local" && price == nil }
}
