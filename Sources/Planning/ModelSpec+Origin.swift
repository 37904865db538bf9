internal import Diagnostics
internal import Recipes

extension ModelSpec {
    /// What people call the model: `local`, `openai gpt-x`, `http://127.0.0.1:8080/v1 small`.
    var origin: String {
        let name = model?.text
        if let url { return url.text + (name.map { " \($0)" } ?? "") }
        return provider.value + (name.map { " \($0)" } ?? "")
    }
}
