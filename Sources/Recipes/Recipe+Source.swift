package import Diagnostics

extension Recipe {
    /// A stretch of the recipe's file as it is written, without white space around it. For comparing parts of recipes.
    package func source(of span: SourceSpan) -> String {
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false)
        guard span.start.line >= 1, span.start.line <= lines.count, span.start <= span.end else { return "" }
        var kept: [String] = []
        for number in span.start.line...min(span.end.line, lines.count) {
            var line = lines[number - 1]
            if number == span.end.line { line = line.prefix(max(0, span.end.column - 1)) }
            if number == span.start.line { line = line.dropFirst(max(0, span.start.column - 1)) }
            kept.append(String(String.UnicodeScalarView(line)))
        }
        while let last = kept.last, last.utf8.allSatisfy({ $0 <= UInt8(ascii: " ") }) { kept.removeLast() }
        return kept.joined(separator: "\n")
    }
}
