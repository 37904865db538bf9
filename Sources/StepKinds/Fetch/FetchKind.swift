internal import Diagnostics
internal import Expressions
package import Recipes
internal import Runs
package import Steps
internal import Transport
internal import Values

/// `fetch`: asks for a page of the web, and gives its text.
package struct FetchKind: StepKind {
    private let web: WebAccess

    package init(web: WebAccess) { self.web = web }

    package var grammar: KindGrammar {
        KindGrammar("fetch", .keys(Self.keys), about: "Gets a page by HTTP; HTML becomes text.")
    }

    private static let keys = [
        Key("url", .template, required: true, about: "The page's address.", example: "\"https://{{ input.domain }}/\""),
        Key(
            "allow", .oneOrList(of: .text), required: true,
            about: "The hosts that may be asked, also by a redirect; `*` is every public one.",
            example: "[\"*.example.com\"]"),
        Key(
            "headers", .map(of: .template), about: "Headers of the request; a secret may stand in them.",
            example: "{Authorization: \"Bearer {{ secrets.site }}\"}"),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let secrets = SecretStore(planning.recipe, folder: planning.folder)
        let headers = HeaderTemplates(fields, key: "headers", &planning, from: secrets)
        let url = fields.template("url").flatMap { planning.address($0) }
        guard let allow = readAllowed(fields, &planning), let url, let headers else { return nil }
        let step = FetchStep(web: web, url: url, allow: allow, headers: headers, secrets: secrets)
        var prepared = PreparedStep(action: .answered(step), answer: FetchStep.type, reads: url.reads + headers.reads)
        prepared.exposures = [
            Exposure("url", .destination("host"), reads: url.reads, span: url.source.span, isBounded: true)
        ]
        prepared.bounds = "hosts in allow: \(allow.entries.map(\.description).joined(separator: ", "))"
        return prepared
    }

    private func readAllowed(_ fields: Fields, _ planning: inout StepPlanning) -> AllowList? {
        guard let texts = fields.texts("allow") else { return nil }
        var entries: [AllowList.Entry] = []
        for text in texts {
            do throws(WebURL.Mistake) {
                entries.append(try AllowList.Entry(text.text))
            } catch {
                planning.problems.error("'\(text.text)' \(error.words)", at: text.span)
            }
        }
        if texts.isEmpty, let span = fields.keySpan("allow") {
            planning.problems.error("'allow' names no host; '*' is every public one", at: span)
        }
        return !entries.isEmpty && entries.count == fields.list("allow")?.count ? AllowList(entries) : nil
    }
}
