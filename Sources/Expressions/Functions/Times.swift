import Values

extension Function {
    static let times: [Function] = parts.flatMap { name, part in
        [
            .method(
                name, [([.timestamp], .int)] + lengths(name),
                .one { value, _ throws(Fault) in
                    switch value {
                    case .timestamp(let moment): return .int(part(moment, 0))
                    case .duration(let length):
                        guard let number = length.part(name) else { throw unsupported(name, value) }
                        return .int(number)
                    default: throw unsupported(name, value)
                    }
                }),
            .method(
                name, [([.timestamp, .string], .int)],
                .two { value, zone, _ throws(Fault) in
                    guard case .timestamp(let moment) = value, case .string(let zone) = zone else {
                        throw unsupported(name, value, zone)
                    }
                    guard let seconds = TimeZones.secondsAhead(zone, at: moment.seconds) else {
                        throw Fault(
                            "'\(zone.excerpt(40))' is no time zone; write +02:00 or a name such as Europe/Berlin")
                    }
                    return .int(part(moment, seconds))
                }),
        ]
    }

    /// What each function reads from a moment where clocks are so many seconds ahead.
    private static let parts: [(String, @Sendable (Timestamp, Int) -> Int64)] = [
        ("getFullYear", { Int64($0.calendar(secondsAhead: $1).day.year) }),
        ("getMonth", { Int64($0.calendar(secondsAhead: $1).day.month - 1) }),
        ("getDate", { Int64($0.calendar(secondsAhead: $1).day.day) }),
        ("getDayOfMonth", { Int64($0.calendar(secondsAhead: $1).day.day - 1) }),
        ("getDayOfWeek", { Int64($0.calendar(secondsAhead: $1).day.dayOfWeek) }),
        ("getDayOfYear", { Int64($0.calendar(secondsAhead: $1).day.dayOfYear - 1) }),
        ("getHours", { Int64($0.calendar(secondsAhead: $1).secondOfDay / 3600) }),
        ("getMinutes", { Int64($0.calendar(secondsAhead: $1).secondOfDay / 60 % 60) }),
        ("getSeconds", { Int64($0.calendar(secondsAhead: $1).secondOfDay % 60) }),
        ("getMilliseconds", { moment, _ in Int64(moment.nanoseconds / 1_000_000) }),
    ]

    private static func lengths(_ name: String) -> [(parameters: [ValueType], result: ValueType)] {
        Duration(seconds: 0).part(name) == nil ? [] : [([.duration], .int)]
    }
}

extension Duration {
    /// All of it in hours, minutes or seconds; of milliseconds only those beyond the last second, as CEL has it.
    fileprivate func part(_ name: String) -> Int64? {
        switch name {
        case "getHours": seconds / 3600
        case "getMinutes": seconds / 60
        case "getSeconds": seconds
        case "getMilliseconds": Int64(nanoseconds / 1_000_000)
        default: nil
        }
    }
}
