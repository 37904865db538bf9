internal import Diagnostics
internal import Expressions
internal import Processes
internal import Recipes
internal import Runs
internal import Steps
internal import Values

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

// What a recipe uses, so that no step writes over it.

extension StepPlanning {
    /// A program as it is looked for: one with a slash in its name relative to the recipe, any other on the `PATH`.
    func program(_ name: String) -> String { name.utf8.contains(UInt8(ascii: "/")) ? path(name) : name }

    /// Notes the file that holds the address of a database, where one does.
    mutating func use(addressAt setting: Setting) {
        guard case .fields(let fields) = setting, let file = fields.text("file") else { return }
        used.append(UsedFile(SecretStore.resolve(file.text, in: folder), "the file with the address of a database"))
    }

    /// Notes a program and the files that its arguments name.
    ///
    /// - Parameters:
    ///   - arguments: as far as no record has a part in them.
    ///   - scripts: texts in which files may be named, such as what a shell is to do; of these, only what is there counts.
    ///   - place: where the program is at work.
    mutating func use(program: String, arguments: [String], scripts: [String], at place: String) {
        let name = step.name.value
        used.append(UsedFile(ProgramSearch.find(program) ?? program, "the program of the step '\(name)'"))
        let folders = place == folder ? [place] : [place, folder]
        let use = "a file that the program of the step '\(name)' is given"
        for folder in folders {
            used += arguments.map { UsedFile(FilePaths.join(folder, $0), use) }
            let words = (arguments + scripts).flatMap { $0.split { " \t\n\"'`=:;,()&|<>".contains($0) } }
            used += words.map { UsedFile(FilePaths.join(folder, String($0)), use) }.filter {
                access($0.path, F_OK) == 0
            }
        }
    }

    /// What a template says where no record and no answer has a part in it; nil where one has.
    func settled(_ template: Template) -> String? {
        guard let slot = scope.slot(of: "settings"), template.reads.allSatisfy({ $0.slot == slot }) else { return nil }
        var row = Slots(count: slot + 1)
        row[slot] = settings
        do throws(EvaluationError) {
            return try template.render(row)
        } catch {
            // What fails with the settings alone fails with every record, too: nothing is ever done with this text.
            return nil
        }
    }

    /// What the recipe uses beside its steps.
    var recipeFiles: [UsedFile] {
        var files = [UsedFile(recipe.file, "the recipe")]
        for secret in recipe.secrets {
            guard case .file(let file)? = secret.source else { continue }
            let place = SecretStore.resolve(file.text, in: folder)
            files.append(UsedFile(place, "the file of the secret '\(secret.name.value)'"))
        }
        for model in recipe.models where model.provider.value == "local" {
            if let file = model.model { files.append(UsedFile(file.text, "the model '\(model.name.value)'")) }
        }
        if case .fields(let fields)? = recipe.input?.fields["postgres"], let file = fields.text("file") {
            let place = SecretStore.resolve(file.text, in: folder)
            files.append(UsedFile(place, "the file with the address of the input's database"))
        }
        return files
    }
}
