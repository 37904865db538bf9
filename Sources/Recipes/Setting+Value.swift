internal import Diagnostics
internal import Schemas
package import Values

extension Setting {
    /// What it says, freed from where and how it is written: for telling whether two recipes say the same.
    package var plainValue: Value {
        switch self {
        case .text(let text), .expression(let text), .template(let text): .string(text.text)
        case .integer(let it): .int(Int64(it.value))
        case .number(let it): .double(it.value)
        case .boolean(let it): .bool(it.value)
        case .duration(let it): .duration(it.value)
        case .share(let it): .string("\(it.value)")
        case .width(let it): .string("\(it.value)")
        case .choice(let it): .string(it.value)
        case .answer(let notation): notation.plainValue
        case .value(let it): it.value
        case .list(let items, _): .list(items.map(\.plainValue))
        case .map(let entries, _): .map(ValueMap(entries.map { ($0.key.value, $0.setting.plainValue) }))
        case .fields(let fields): fields.plainValue(without: [])
        case .kind(let kind): kind.fields.plainValue(without: [])
        case .broken: .null
        }
    }
}

extension Fields {
    /// See ``Setting/plainValue``. The order of keys does not count.
    package func plainValue(without names: Set<String>) -> Value {
        let kept = all.filter { !names.contains($0.key.value) }.sorted { $0.key.value.precedesByBytes($1.key.value) }
        return .map(ValueMap(kept.map { ($0.key.value, $0.setting.plainValue) }))
    }
}

extension AnswerNotation {
    fileprivate var plainValue: Value {
        switch self {
        case .word(let text): .string(text.text)
        case .list(let items, _): .list(items.map(\.plainValue))
        case .map(let entries, _): .map(ValueMap(entries.map { ($0.key.value, $0.value.plainValue) }))
        }
    }
}

extension Recipe {
    /// Everything in the recipe that can change what becomes of a record: its input, its steps, its models. Not what the
    /// recipe is called, what it says about itself, where its outputs go and what stands in them, nor what limits a run.
    package var resultValue: Value {
        let input = input.map { $0.fields.plainValue(without: ["only"]) } ?? .null
        let steps = steps.map { step -> Value in
            .list([.string(step.kind.value), step.body.plainValue, step.common.plainValue(without: ["about"])])
        }
        let models = models.map { model -> Value in
            [
                "name": .string(model.name.value), "provider": .string(model.provider.value),
                "url": .string(model.url?.text ?? ""), "model": .string(model.model?.text ?? ""),
                "temperature": model.temperature.map { .double($0.value) } ?? .null,
                "max_tokens": model.maxTokens.map { .int(Int64($0.value)) } ?? .null,
            ]
        }
        return ["input": input, "steps": .list(steps), "models": .list(models)]
    }
}
