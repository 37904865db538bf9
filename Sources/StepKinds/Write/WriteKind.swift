internal import Diagnostics
internal import Digests
internal import Expressions
package import Recipes
internal import Records
internal import Runs
package import Steps
internal import Values

/// `write`: writes a file into the output folder.
package struct WriteKind: StepKind {
    private let files: WrittenFiles

    package init(files: WrittenFiles) { self.files = files }

    package var grammar: KindGrammar {
        KindGrammar("write", .keys(Self.keys), about: "Writes a text into a file of the output folder.")
    }

    private static let keys = [
        Key(
            "path", .template, required: true,
            about: "The file, relative to the output folder, which it never leaves; folders are made.",
            example: "\"{{ input.name }}.md\""),
        Key("text", .template, required: true, about: "What stands in it.", example: "\"{{ draft.body }}\""),
    ]

    package func plan(_ planning: inout StepPlanning) -> PreparedStep? {
        guard case .fields(let fields) = planning.step.body else { return nil }
        let path = fields.template("path").flatMap { planning.template($0, isNeeded: true) }
        let text = fields.template("text").flatMap { planning.template($0) }
        guard let path, let text else { return nil }
        if path.reads.isEmpty {
            planning.problems.error(
                "every record would write the same file; put what tells records apart into 'path', such as "
                    + "\"{{ record.id }}.md\"", at: path.source.span)
            return nil
        }
        if let item = planning.item, !path.reads.contains(where: { $0.slot >= item.slot }) {
            planning.problems.error(
                "every item would write the same file; put what tells items apart into 'path', such as what is read of "
                    + "'\(item.name)'", at: path.source.span)
            return nil
        }
        let own = planning.recipe.outputs.compactMap { output in
            output.fields.text(output.kind.value).flatMap { OutputPath($0.text) }
        }
        let step = WriteStep(
            name: planning.step.name.value, path: path, text: text, files: files, folder: planning.files.outputFolder,
            reserved: Set(own.flatMap(\.files).map { $0.lowercased() }), source: planning.files.source,
            used: planning.recipeFiles)
        var prepared = PreparedStep(action: .answered(step), answer: WriteStep.type, reads: path.reads + text.reads)
        prepared.exposures = [
            Exposure("path", .destination("path"), reads: path.reads, span: path.source.span, isBounded: true)
        ]
        prepared.bounds = "files in \(planning.files.outputFolder)"
        return prepared
    }
}

/// Writes one file a record.
struct WriteStep: AnsweredStep {
    let name: String
    let path: Template
    let text: Template
    let files: WrittenFiles
    let folder: String
    /// The run's own files in the folder, in small letters.
    let reserved: Set<String>
    let source: (any RecordSource)?
    /// What the recipe uses, itself included.
    var used: [UsedFile]

    static let type = ValueType.object(
        ObjectType([.init("path", .string), .init("bytes", .int), .init("sha256", .string)]))

    private struct Order: Sendable {
        var file: FileInFolder
        var text: [UInt8]
    }

    func sparing(_ files: [UsedFile]) -> any AnsweredStep {
        var step = self
        step.used += files
        return step
    }

    /// The same bytes in the same place, as often as you like.
    var effect: StepEffect { .acts(isRepeatable: true) }

    var parts: [QuestionPart] {
        [QuestionPart("path", path.source.text), QuestionPart("text", text.source.text)]
    }

    func question(for row: borrowing Slots, about record: Record, attempt: Attempt) throws(Failure) -> Question {
        let rendered: (path: String, text: String)
        do throws(EvaluationError) {
            rendered = (try path.render(row), try text.render(row))
        } catch {
            throw Failure(error)
        }
        let file = try FileInFolder(rendered.path, in: folder)
        var hash = SHA256Stream()
        hash.addPart("write".utf8)
        hash.addPart(folder.utf8)
        hash.addPart(rendered.path.utf8)
        hash.addPart(rendered.text.utf8)
        return Question(
            key: hash.digest, shown: "write \(rendered.path)\n\n\(rendered.text)",
            content: Order(file: file, text: Array(rendered.text.utf8)))
    }

    func perform(_ question: Question, in context: StepContext) async -> Reply {
        guard let order = question.content as? Order else {
            preconditionFailure("a question is performed by the step that made it")
        }
        let writer = FileWriter(record: context.record.id, step: name, item: context.item)
        if let other = files.claim(order.file.path, for: writer.name) {
            return .failed(writer.refusal(of: order.file.path, writtenBy: other), nil)
        }
        let sweeps = files.isFirst(in: order.file.place)
        let result = await files.run(context.record.ordinal) { () -> Result<Void, Failure> in
            do throws(Failure) {
                try refuseOthersFile(order.file)
                return .success(try order.file.write(order.text, sweeps: sweeps))
            } catch {
                return .failure(error)
            }
        }
        switch result {
        case .success:
            let kept = KeptWrite(
                path: order.file.path, bytes: order.text.count, sha256: SHA256Digest(of: order.text).hex,
                writer: writer.name)
            return .answered(Answer(body: kept.body, usage: Usage()))
        case .failure(let failure):
            files.release(order.file.path, of: writer.name)
            return .failed(failure, nil)
        }
    }

    private func refuseOthersFile(_ file: FileInFolder) throws(Failure) {
        guard !reserved.contains(file.path.lowercased()) else {
            throw Failure(.path, "'\(file.path)' is a file of the run's own outputs; give it another name")
        }
        let place = FilePlace("\(file.folder)/\(file.path)")
        if let other = used.first(where: { FilePlace($0.path).isSame(as: place) }) {
            throw Failure(.path, "'\(file.path)' would replace \(other.use); give it another name")
        }
        if let source, source.includes(place) {
            throw Failure(
                .path,
                "'\(file.path)' would be a part of this run's own input, \(source.description); give it another name")
        }
    }

    func read(_ answer: Answer, to question: Question) -> Reading {
        guard let kept = KeptWrite(answer.body) else {
            return .unusable(Failure(.notJSON, "the kept answer is not that of a written file"))
        }
        return .value(kept.answer)
    }

    func words(of answer: Answer) -> String { KeptWrite(answer.body)?.path ?? "" }
}
