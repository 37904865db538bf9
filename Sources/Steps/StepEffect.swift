/// What performing a step does to the world.
package enum StepEffect: Hashable, Sendable {
    /// It asks: done twice, it costs money at most.
    case asks
    /// It changes something, such as a program that is run. Done again only where that is known to be harmless; once for
    /// each run.
    case acts(isRepeatable: Bool)
    /// Something goes out to others, once and for all: not even a later run sends it again for the same record.
    case sends

    package var acts: Bool { self != .asks }

    /// Whether it may be done again without knowing whether it happened.
    package var isRepeatable: Bool {
        switch self {
        case .asks: true
        case .acts(let isRepeatable): isRepeatable
        case .sends: false
        }
    }
}
