internal import Values

/// What an answer's headers say of when the next request may leave: for everybody who asks there with the same key.
package enum RateHeaders {
    /// An hour: a server that asks for more is asked again by then.
    private static let longest = Swift.Duration.seconds(3_600)

    /// How long nobody should leave; nil where nothing is said.
    ///
    /// `Retry-After` counts with 429, 503 and 529. Of requests or tokens that are used up
    /// (`x-ratelimit-remaining-requests`, `anthropic-ratelimit-tokens-remaining` and their like are 0) the reset counts.
    ///
    /// - Parameter now: seconds since 1970, where the answer tells no time of its own.
    package static func hold(in reply: HTTPReply, now: Int64) -> Swift.Duration? {
        var hold: Swift.Duration?
        func take(_ time: Swift.Duration?) {
            guard let time, time > .zero else { return }
            hold = max(hold ?? .zero, min(time, longest))
        }
        if [429, 503, 529].contains(reply.status) { take(RetryAfter.pause(in: reply, now: now)) }
        for field in reply.headers.fields where field.value.utf8.elementsEqual("0".utf8) {
            let name = field.name.lowercased()
            if name.hasPrefix("x-ratelimit-remaining-") {
                let what = name.dropFirst("x-ratelimit-remaining-".count)
                take(reply.headers["x-ratelimit-reset-\(what)"].flatMap(duration))
            } else if name.hasPrefix("anthropic-ratelimit-"), name.hasSuffix("-remaining") {
                let date = reply.headers["\(name.dropLast("remaining".count))reset"]
                take(date.flatMap { until($0, in: reply, now: now) })
            }
        }
        return hold
    }

    /// `1s`, `6m0s`, `12ms`, `1h2m3.5s`; a bare number is seconds.
    static func duration(_ text: String) -> Swift.Duration? {
        var rest = Substring(text)
        var seconds = 0.0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let letters = rest.prefix { $0.isASCII && $0.isLetter }
            rest = rest.dropFirst(letters.count)
            guard let number = Double(digits), let unit = units[String(letters)] else { return nil }
            seconds += number * unit
        }
        guard seconds.isFinite else { return nil }
        return .milliseconds(Int64((min(seconds, 86_400) * 1_000).rounded(.up)))
    }

    private static let units = [
        "": 1, "ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1, "m": 60, "h": 3_600, "d": 86_400,
    ]

    private static func until(_ text: String, in reply: HTTPReply, now: Int64) -> Swift.Duration? {
        guard let reset = Timestamp(rfc3339: text) else { return nil }
        // The other side's clock tells how far away its date is, whatever ours says. It shows whole seconds.
        let now = reply.headers["date"].flatMap(RetryAfter.seconds(ofDate:)) ?? now
        let seconds = min(max(0, reset.seconds - now), 86_400)
        return .seconds(seconds) + .nanoseconds(Int64(reset.nanoseconds))
    }
}
