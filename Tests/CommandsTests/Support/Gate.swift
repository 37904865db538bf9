import Synchronization
import Testing

/// Lets so many in at once; the others wait their turn, the first first.
///
/// Every test of this target starts programs. All at once they would only get in each other's way.
final class Gate: Sendable {
    private struct State {
        var free: Int
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>

    /// How many tests of this target run at once.
    static let programs = Gate(4)

    init(_ width: Int) { state = Mutex(State(free: width)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let entered = state.withLock { state in
                guard state.free == 0 else {
                    state.free -= 1
                    return true
                }
                state.waiters.append(continuation)
                return false
            }
            if entered { continuation.resume() }
        }
    }

    func leave() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiters.isEmpty else {
                state.free += 1
                return nil
            }
            return state.waiters.removeFirst()
        }
        next?.resume()
    }
}

/// Lets a test begin when there is room for the programs that it starts. The cases of one test come one after another.
///
/// The wait is no part of a test's time limit, so that a limit says something of the test and not of the machine.
struct StartsPrograms: SuiteTrait, TestTrait, TestScoping {
    let isRecursive = true

    func scopeProvider(for test: Test, testCase: Test.Case?) -> Self? {
        test.isSuite || testCase != nil ? nil : self
    }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @concurrent @Sendable () async throws -> Void
    ) async throws {
        await Gate.programs.enter()
        defer { Gate.programs.leave() }
        try await function()
    }
}

extension Trait where Self == StartsPrograms {
    static var startsPrograms: Self { StartsPrograms() }
}
