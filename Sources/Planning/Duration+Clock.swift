internal import Values

extension Values.Duration {
    /// As clocks take it.
    var swiftDuration: Swift.Duration {
        .seconds(seconds) + .nanoseconds(Int64(nanoseconds))
    }
}
