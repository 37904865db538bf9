public import Diagnostics

/// A text with places marked in it: `name: «1»'unclosed` is the text without the marks, and `[1]` the place of the mark.
public struct MarkedText {
    public let text: String
    private let places: [Int: SourcePosition]

    public init(_ marked: String) {
        var text = ""
        var places: [Int: SourcePosition] = [:]
        var position = SourcePosition(line: 1, column: 1)
        var digits: String?
        for scalar in marked.unicodeScalars {
            switch (scalar, digits) {
            case ("«", nil): digits = ""
            case ("»", let number?):
                places[Int(number) ?? 0] = position
                digits = nil
            case (_, let number?): digits = number + String(scalar)
            default:
                text.unicodeScalars.append(scalar)
                if scalar == "\n" {
                    position = SourcePosition(line: position.line + 1, column: 1)
                } else {
                    position.column += 1
                }
            }
        }
        self.text = text
        self.places = places
    }

    /// - Precondition: the text has this mark.
    public subscript(mark: Int) -> SourcePosition {
        guard let place = places[mark] else { preconditionFailure("the text has no mark «\(mark)»") }
        return place
    }
}
