/// Why a run cannot be taken up where earlier processes left it: then every record is taken up again, with kept answers.
package enum TakingUpObstacle: Hashable, Sendable, CustomStringConvertible {
    case recipe, input
    /// The outputs cannot be opened where they were. A run that was over has given them their own names and keeps nothing
    /// beside them.
    case rows

    package var description: String {
        switch self {
        case .recipe: "the recipe or its options are not what they were"
        case .input: "the input is not what it was"
        case .rows: "the rows that were kept for the outputs are not there any more"
        }
    }
}
