internal import Models
internal import Recipes
internal import Records
internal import StepKinds
internal import Steps

extension Catalog {
    /// Every kind that this version knows. A new kind is its folder and one line here.
    static func all(models: ModelPool) -> Catalog {
        Catalog(
            steps: [
                AskKind { models.model($0) },
                SetKind(),
                CheckKind(),
                SplitKind(),
                EachKind(),
                ReviewKind(),
            ],
            inputs: [
                FolderInput(),
                CSVInput(),
                JSONLInput(),
                JSONInput(),
            ],
            outputs: [
                CSVOutput(),
                JSONLOutput(),
                JSONOutput(),
            ],
            providers: ModelSettings.grammars)
    }
}
