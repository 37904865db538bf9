@testable import Calls

/// A server and one who asks it without pause, in time of its own: events in order, nothing waits.
struct ServerSimulation {
    enum Server {
        /// Answers so many at once, and lets the rest stand in line.
        case slots(Int)
        /// Refuses what passes so many a second, but for a burst.
        case bucket(rate: Double, burst: Double)
    }

    struct Outcome {
        var answers = 0
        var refusals = 0
        /// At the end.
        var width = 0
    }

    private struct Request {
        var company: Int
        var start: Double
        var bytes: Int
        var isRefused = false
    }

    /// How long an answer takes, in seconds.
    private static let time = 0.2

    private let server: Server
    private let scatter: Double
    private let sizes: [Int]
    private let fixed: Int?
    private let slowFrom: Double
    private var controller: WidthController
    private var random = SeededGenerator(state: 42)
    private var events = Timeline<Request>()
    private var line: [Request] = []
    private var lineHead = 0
    private var served = 0
    private var open = 0
    private var bucket: (level: Double, at: Double) = (0, 0)
    private var now = 0.0
    private var outcome = Outcome()

    /// - Parameters:
    ///   - scatter: how far an answer's time may be from the usual, as a share.
    ///   - sizes: of answers in bytes; times grow with them.
    ///   - width: a fixed one instead of the one that is found.
    ///   - slowFrom: when answers begin to take three times as long, in seconds.
    init(
        _ server: Server, scatter: Double = 0.1, sizes: [Int] = [1_000], width: Int? = nil,
        slowFrom: Double = .infinity, most: Int = 1_024
    ) {
        (self.server, self.scatter, self.sizes, fixed, self.slowFrom) = (server, scatter, sizes, width, slowFrom)
        controller = WidthController(most: most)
        if case .bucket(_, let burst) = server { bucket.level = burst }
    }

    /// - Parameter seconds: from the start on.
    func run(seconds: Double = 60) -> Outcome {
        var simulation = self
        simulation.fill()
        while let (time, request) = simulation.events.next(), time <= seconds {
            simulation.end(request, at: time)
            simulation.fill()
        }
        simulation.outcome.width = simulation.fixed ?? simulation.controller.width
        return simulation.outcome
    }

    private mutating func fill() {
        while open < fixed ?? controller.width {
            open += 1
            let bytes = sizes[Int(random.next() % UInt64(sizes.count))]
            receive(Request(company: controller.started(), start: now, bytes: bytes))
        }
    }

    private mutating func receive(_ request: Request) {
        switch server {
        case .slots(let slots):
            if served < slots { serve(request) } else { line.append(request) }
        case .bucket(let rate, let burst):
            bucket = (min(burst, bucket.level + (now - bucket.at) * rate), now)
            if bucket.level >= 1 {
                bucket.level -= 1
                serve(request)
            } else {
                var refused = request
                refused.isRefused = true
                events.add(refused, at: now + 0.001)
            }
        }
    }

    private mutating func serve(_ request: Request) {
        served += 1
        let share = 1 + scatter * Double.random(in: -1...1, using: &random)
        let size = Double(request.bytes) / Double(sizes[0])
        events.add(request, at: now + Self.time * share * size * (now >= slowFrom ? 3 : 1))
    }

    private mutating func end(_ request: Request, at time: Double) {
        now = time
        open -= 1
        if request.isRefused {
            outcome.refusals += 1
            return controller.ended(.overloaded, company: request.company, start: request.start, now: now)
        }
        outcome.answers += 1
        served -= 1
        controller.ended(.answered(bytes: request.bytes), company: request.company, start: request.start, now: now)
        if lineHead < line.count {
            lineHead += 1
            serve(line[lineHead - 1])
        }
    }
}

/// What will happen, the next first: a heap.
private struct Timeline<Event> {
    private var events: [(time: Double, event: Event)] = []

    mutating func add(_ event: Event, at time: Double) {
        events.append((time, event))
        var place = events.count - 1
        while place > 0, events[(place - 1) / 2].time > events[place].time {
            events.swapAt(place, (place - 1) / 2)
            place = (place - 1) / 2
        }
    }

    mutating func next() -> (time: Double, event: Event)? {
        guard let first = events.first else { return nil }
        let last = events.removeLast()
        guard !events.isEmpty else { return first }
        events[0] = last
        var place = 0
        while true {
            let children = [2 * place + 1, 2 * place + 2].filter { $0 < events.count }
            guard let least = children.min(by: { events[$0].time < events[$1].time }),
                events[least].time < events[place].time
            else { return first }
            events.swapAt(place, least)
            place = least
        }
    }
}
