internal import ArgumentParser

/// What the process ends with. Where several apply, the highest in the order of `precedence` counts.
enum ExitStatus: Int32, CaseIterable {
    case success = 0
    case someFailed = 1
    case badRecipe = 2
    case someWait = 3
    case stopped = 4
    case usage = 64
    case internalError = 70
    case cannotWrite = 74
    case interrupted = 130
    case terminated = 143

    var code: ExitCode { ExitCode(rawValue) }

    init(signal: Int32) {
        self = signal == 15 ? .terminated : .interrupted
    }

    /// From the weightiest on.
    static let precedence: [ExitStatus] = [
        .internalError, .cannotWrite, .interrupted, .terminated, .stopped, .someFailed, .someWait, .success,
    ]

    /// The weightiest of those that apply.
    static func weightiest(_ all: [ExitStatus]) -> ExitStatus {
        precedence.first(where: all.contains) ?? all.first ?? .success
    }
}
