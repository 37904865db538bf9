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

    @Test(arguments: [
        ("", "a model is 'local', 'URL#model' or 'anthropic#model', not ''"),
        ("openai#x", "a model is 'local', 'URL#model' or 'anthropic#model', not 'openai#x'"),
        ("ftp://x#y", "a model is 'local', 'URL#model' or 'anthropic#model', not 'ftp://x#y'"),
        ("https://x/v1", "the model's name is missing; write 'https://x/v1#MODEL'"),
        ("https://x/v1#", "the model's name is missing; write 'https://x/v1#MODEL'"),
        ("local#x", "'local' takes neither a model nor a key"),
        ("anthropic#x?key=sk-123", "'?key=' names an environment variable, and that is no name of one"),
    ])
    func `what is no model is told with what is`(text: String, message: String) {
        var problems = Problems()
        #expect(ModelSpec.specification(text, name: "w", option: "--model w", problems: &problems) == nil)
        #expect(problems.all.map(\.message) == [message])
        #expect(problems.all.first?.span?.file == "--model w")
    }
}
