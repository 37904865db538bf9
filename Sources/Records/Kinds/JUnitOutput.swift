internal import Diagnostics
internal import Expressions
package import Recipes
package import Runs
package import Steps
internal import Values

/// `output: [{junit: …, pass: …}]`.
package struct JUnitOutput: OutputKind {
    package init() {}

    package var grammar: KindGrammar {
        KindGrammar(
            "junit", .text,
            siblings: [
                Key(
                    "pass", .expression, default: "every done record passes",
                    about: "Whether a done record passes; where it does not, its findings are the failure.",
                    example: "verdict.pass")
            ], about: "A JUnit XML file that lists every record read, for build servers.")
    }

    package func plan(_ planning: inout OutputPlanning) -> (any RecordSink)? {
        let fields = planning.output.fields
        var pass: Expression?
        if let text = fields.expression("pass") {
            pass = planning.compile(text)
            switch pass?.type {
            case .bool?, .any?, nil: break
            case let type?:
                planning.problems.error("'pass' must be true or false, and this is \(type)", at: text.span)
                return nil
            }
        }
        guard !fields.isBroken("pass"), (fields["pass"] == nil) == (pass == nil), let text = fields.text("junit") else {
            return nil
        }
        guard let path = OutputPath(text.text) else {
            planning.problems.error(OutputPath.problem(with: text.text) ?? "no file path", at: text.span)
            return nil
        }
        let judging = pass
        let checks = planning.answers.filter(\.hasFindings).map(\.slot)
        let format = JUnitRows(suite: Paths.split(name: Paths.name(of: text.text)).stem) { record throws(Failure) in
            guard let judging, try !judging.judges(record) else { return nil }
            var findings = checks.flatMap { slot in
                record.slots[slot]["findings"]?.list?.compactMap { $0["message"]?.string } ?? []
            }
            for flag in record.flags where !findings.contains(where: { flag.contains($0) }) { findings.append(flag) }
            return findings.isEmpty ? ["\(judging.source.text) is false"] : findings
        }
        return FileSink(folder: planning.folder, path: path, format: format)
    }
}

extension OutputPlanning.Answer {
    /// Whether it is what a `check` answers.
    fileprivate var hasFindings: Bool {
        guard case .object(let fields) = type.withoutNull else { return false }
        return fields["findings"] != nil && fields["passed"] != nil
    }
}

extension Expression {
    fileprivate func judges(_ record: borrowing FinishedRecord) throws(Failure) -> Bool {
        do throws(EvaluationError) {
            return try isTrue(record.slots)
        } catch {
            throw Failure(.expression, "\(error.place): \(error.message)")
        }
    }
}
