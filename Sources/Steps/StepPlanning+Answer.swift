internal import Diagnostics
internal import Recipes
internal import Runs
package import Schemas
internal import Values

extension StepPlanning {
    /// The type of an answer with named fields; reports every mistake in it. A schema file is relative to the recipe.
    ///
    /// - Parameter quotes: whether passages can be quoted; the kind then has to compare them.
    package mutating func answer(_ notation: AnswerNotation, quotes: Bool = false) -> AnswerType? {
        let folder = folder
        let context = AnswerContext(quotes: quotes) { path in
            Self.json(FilePaths.join(folder, path), named: path)
        }
        let type = AnswerType.readFields(notation, in: context, problems: &problems)
        for file in type?.schemaFiles ?? [] {
            used.append(UsedFile(path(file), "the schema of the step '\(step.name.value)'"))
        }
        return type
    }

    private static func json(_ path: String, named name: String) -> Result<Value, AnswerFileError> {
        let bytes: [UInt8]
        do throws(RecipeFileError) { bytes = try RecipeFile.read(path) } catch {
            return .failure(AnswerFileError(error.diagnostic(path: path).message))
        }
        do throws(JSONError) { return .success(try JSON.parse(bytes)) } catch {
            let place = error.place(in: bytes)
            return .failure(
                AnswerFileError("'\(name)' is no JSON, at \(place.line):\(place.column): \(error.message)"))
        }
    }
}
