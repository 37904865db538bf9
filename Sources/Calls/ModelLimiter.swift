internal import Locks

/// What one model's requests wait for: a place within the model's width, then the endpoint's leave.
///
/// The place comes first, so that who has the endpoint's leave goes at once and the rate is what was reckoned.
package final class ModelLimiter: CallLimiter {
    package enum Width: Hashable, Sendable {
        case fixed(Int)
        /// Found while the model is asked.
        case found(most: Int)
    }

    private let endpoint: EndpointLimits
    private let places: InFlightLimiter
    private let controller: Guarded<WidthController?>
    private let listeners = Guarded<[@Sendable () -> Void]>([])

    package init(_ width: Width, endpoint: EndpointLimits) {
        self.endpoint = endpoint
        switch width {
        case .fixed(let width):
            places = InFlightLimiter(width: width)
            controller = Guarded(nil)
        case .found(let most):
            let first = WidthController(most: most)
            places = InFlightLimiter(width: first.width)
            controller = Guarded(first)
        }
    }

    /// The width before anything was found.
    package static var firstWidth: Int { Int(WidthController.first) }

    /// Requests that may be open at once now.
    package var width: Int { places.width }

    /// Calls back after each change of ``width``, from any thread.
    package func whenWidthChanges(_ tell: @escaping @Sendable () -> Void) {
        listeners.withLock { $0.append(tell) }
    }

    package var isOutOfReach: Bool { endpoint.isOutOfReach }
    package var countsTokens: Bool { endpoint.countsTokens }

    package func struggles(_ does: Bool) { endpoint.struggles(does) }
    package func answersNobody(since first: CallPass) -> Bool { endpoint.answersNobody(since: first.start) }
    package var isGivenUp: Bool { endpoint.isGivenUp }

    package func enter(tokens: Int) async throws(HTTPFault) -> CallPass {
        do {
            try await places.enter()
        } catch {
            throw .cancelled
        }
        do throws(HTTPFault) {
            let looking = try await endpoint.enter(tokens: tokens)
            let company = controller.withLock { $0?.started() } ?? 0
            return CallPass(tokens: tokens, start: endpoint.now, company: company, looking: looking)
        } catch {
            places.leave()
            throw error
        }
    }

    package func leave(_ pass: CallPass, after result: Result<HTTPReply, HTTPFault>, tokens: Int?) {
        let now = endpoint.now
        endpoint.ended(
            result, tokens: pass.tokens, used: tokens, looking: pass.looking, start: pass.start, now: now)
        let width = controller.withLock { controller -> Int? in
            controller?.ended(result.ending, company: pass.company, start: pass.start, now: now)
            return controller?.width
        }
        let changed = width.map { places.resize(to: $0) } ?? false
        places.leave()
        if changed { for tell in listeners.withLock({ $0 }) { tell() } }
    }
}

extension Result<HTTPReply, HTTPFault> {
    /// What it says of the load.
    fileprivate var ending: WidthController.Ending {
        guard case .success(let reply) = self else { return .other }
        return switch reply.status {
        case 200: .answered(bytes: reply.body.count)
        case 429, 503, 529: .overloaded
        default: .other
        }
    }
}
