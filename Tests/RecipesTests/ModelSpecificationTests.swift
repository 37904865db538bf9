import Diagnostics
import Recipes
import Testing

@Suite struct ModelSpecificationTests {
    @Test(
        arguments: [
            ("local", "local", nil, nil, nil),
            ("http://localhost:8080/v1#llama", "openai", "http://localhost:8080/v1", "llama", nil),
            (
                "https://models.example/v1?key=MODEL_KEY#small", "openai", "https://models.example/v1", "small",
                "MODEL_KEY"
            ),
            (
                "https://models.example/v1#small?key=MODEL_KEY", "openai", "https://models.example/v1", "small",
                "MODEL_KEY"
            ),
            ("https://models.example/v1#org/small:2", "openai", "https://models.example/v1", "org/small:2", nil),
            ("anthropic#large", "anthropic", nil, "large", nil),
            ("anthropic#large?key=OTHER", "anthropic", nil, "large", "OTHER"),
        ] as [(String, String, String?, String?, String?)])
    func `a model can be told in a word`(text: String, provider: String, url: String?, model: String?, key: String?) {
        var problems = Problems()
        let spec = ModelSpec.specification(text, name: "writer", option: "--model writer", problems: &problems)
        #expect(problems.all.isEmpty)
        #expect(spec?.name.value == "writer")
        #expect(spec?.provider.value == provider)
        #expect(spec?.url?.text == url)
        #expect(spec?.model?.text == model)
        #expect(spec?.keyVariable?.text == key)
    }

    @Test(arguments: ["https://x.example/v1?key=K&price=0.25/2#m", "https://x.example/v1#m?price=0.25/2&key=K"])
    func `a model on the command line has its price with it`(text: String) {
        var problems = Problems()
        let spec = ModelSpec.specification(text, name: "writer", option: "--model writer", problems: &problems)
        #expect(problems.all.isEmpty)
        #expect(spec?.price?.value == ModelSpec.Price(input: 0.25, output: 2))
        #expect(spec?.keyVariable?.text == "K" && spec?.model?.text == "m")
        #expect(spec?.url?.text == "https://x.example/v1")
    }

    @Test(arguments: [
        "https://user:sk-123@gw.example/v1#m", "https://gw.example/v1?api_key=sk-123#m", "user:sk-123@gw.example/v1#m",
        "https://gw.example/v1?key=sk-123#m", "https://gw.example/v1?price=x&key=sk-123#m",
        "gw.example/v1?api_key=sk-123#m",
    ])
    func `a key in a model's URL is refused and not shown`(text: String) {
        var problems = Problems()
        #expect(ModelSpec.specification(text, name: "w", option: "--model w", problems: &problems) == nil)
        let shown = DiagnosticRenderer(sources: ["--model w": text]).render(problems.sorted)
        #expect(problems.hasErrors && !shown.contains("sk-123"), "\(shown)")
    }

    @Test(arguments: [
        "https://user:sk-123@gw.example/v1", "https://gw.example/v1?api_key=sk-123", "https://gw.example/v1#sk-123",
    ])
    func `a key in a recipe's URL is refused and not shown`(url: String) {
        let text = "recipe: a\nmodels: {w: {provider: openai, url: '\(url)', model: m, colour: blue}}\nsteps: []\n"
        var problems = Problems()
        _ = Recipe.read(Array(text.utf8), file: "r.yaml", grammar: .sample, problems: &problems)
        #expect(problems.all.contains { $0.message.contains("a key belongs under `key: {env: NAME}`") })
        let shown = DiagnosticRenderer(sources: ["r.yaml": text]).render(problems.sorted)
        #expect(!shown.contains("sk-123"), "\(shown)")
    }

    @Test(arguments: [
        ("", "a model is 'local', 'URL#model' or 'anthropic#model', not ''"),
        ("openai#x", "a model is 'local', 'URL#model' or 'anthropic#model', not 'openai#x'"),
        ("ftp://x#y", "a model is 'local', 'URL#model' or 'anthropic#model', not 'ftp://x#y'"),
        ("https://x/v1", "the model's name is missing; write 'https://x/v1#MODEL'"),
        ("https://x/v1#", "the model's name is missing; write 'https://x/v1#MODEL'"),
        ("local#x", "'local' takes neither a model nor a key nor a price"),
        ("anthropic#x?price=0.25", "'price=' takes two amounts per million tokens, such as price=0.25/2"),
        ("anthropic#x?price=1/-2&key=K", "'price=' takes two amounts per million tokens, such as price=0.25/2"),
        ("anthropic#x?key=sk-123", "'?key=' names an environment variable, and that is no name of one"),
    ])
    func `what is no model is told with what is`(text: String, message: String) {
        var problems = Problems()
        #expect(ModelSpec.specification(text, name: "w", option: "--model w", problems: &problems) == nil)
        #expect(problems.all.map(\.message) == [message])
        #expect(problems.all.first?.span?.file == "--model w")
    }
}
