internal import Calls
package import Runs
internal import Synchronization
internal import Values

/// A model of a recipe: known by its settings while the plan is made, made ready when the run starts, and shared by
/// every step that names it.
package final class SharedModel: Sendable {
    private struct Live {
        var model: any LanguageModel
        var identity: [UInt8]
    }

    package let settings: ModelSettings
    private let factory: ModelFactory
    private let live = Mutex<Live?>(nil)
    /// See ``identify()``.
    private let known = Mutex<[UInt8]?>(nil)
    private let earlier = Mutex<[Swift.Duration]>([])
    private let tell: @Sendable (String) -> Void

    /// - Parameter tell: is told what takes long while it is made ready.
    package init(_ settings: ModelSettings, factory: ModelFactory, tell: @escaping @Sendable (String) -> Void) {
        self.settings = settings
        self.factory = factory
        self.tell = tell
    }

    /// Lets `requests_per_minute` count what an earlier process asked. Only before ``prepare()``.
    ///
    /// - Parameter requests: how long ago each left.
    package func remember(_ requests: [Swift.Duration]) { earlier.withLock { $0 = requests } }

    /// Makes the model and makes it ready to answer; later calls return at once. Only one caller at a time.
    package func prepare() async throws(Failure) {
        guard live.withLock({ $0 == nil }) else { return }
        let model = try await factory.model(settings, earlier: earlier.withLock { $0 })
        // Kept before it is ready, so that it is closed if it never gets there.
        live.withLock { $0 = Live(model: model, identity: JSON.bytes(of: model.identity)) }
        try await model.prepare(progress: tell)
    }

    /// Finds out who the model is and makes nothing else ready: enough to make questions that nobody is asked.
    package func identify() async throws(Failure) {
        guard known.withLock({ $0 == nil }) else { return }
        let identity = JSON.bytes(of: try await factory.identity(of: settings))
        known.withLock { $0 = identity }
    }

    /// What makes its answers its own, as JSON. Known after ``identify()`` or ``prepare()``.
    package var identity: [UInt8] {
        get throws(Failure) {
            if let live = live.withLock({ $0 }) { return live.identity }
            if let known = known.withLock({ $0 }) { return known }
            return try ready().identity
        }
    }

    /// - Parameter repeats: see ``LanguageModel/reply(to:timeout:repeats:)``.
    package func reply(
        to request: ModelRequest, timeout: Swift.Duration?,
        repeats: @escaping @Sendable () async -> Bool = { true }
    ) async -> ModelOutcome {
        do throws(Failure) {
            let model = try ready().model
            return await model.reply(to: request, timeout: timeout ?? model.defaultTimeout, repeats: repeats)
        } catch {
            return .failed(error, nil)
        }
    }

    package func close() async {
        let model = live.withLock { live in
            defer { live = nil }
            return live?.model
        }
        await model?.close()
    }

    /// Requests that it may have open now.
    package var width: Int {
        if let width = settings.inFlight { return width }
        if settings.provider == .local { return ModelFactory.localSlots }
        return live.withLock { $0?.model.width } ?? ModelLimiter.firstWidth
    }

    /// Whether the width is found while it is asked, and so changes.
    package var findsWidth: Bool { settings.inFlight == nil && settings.provider != .local }

    /// Calls back after each change of ``width``, from any thread. Only for a model that was made ready.
    package func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) {
        live.withLock { $0?.model }?.whenWidthChanges(tell)
    }

    private func ready() throws(Failure) -> Live {
        guard let live = live.withLock({ $0 }) else {
            throw Failure(.unreachable, "the model was not made ready before it was asked")
        }
        return live
    }
}
