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
                LookupKind(stopping: models.stopping),
                SplitKind(),
                EachKind(),
                ReviewKind(),
                FetchKind(web: models.web),
                RunKind(programs: models.programs),
                WriteKind(files: models.files),
                SendKind(web: models.web, programs: models.programs),
            ],
            inputs: [
                FolderInput(),
                CSVInput(),
                JSONLInput(),
                JSONInput(),
                SQLiteInput(),
                PostgresInput(),
            ],
            outputs: [
                CSVOutput(),
                JSONLOutput(),
                JSONOutput(),
                JUnitOutput(),
            ],
            providers: ModelSettings.grammars)
    }
}
