// Where a day and a moment stand in the calendar.

extension CalendarDay {
    /// 1 on 1 January.
    public var dayOfYear: Int {
        var first = self
        (first.month, first.day) = (1, 1)
        return daysSince1970 - first.daysSince1970 + 1
    }

    /// 0 on Sundays, 6 on Saturdays.
    public var dayOfWeek: Int {
        // 1970-01-01 was a Thursday.
        let day = (daysSince1970 + 4) % 7
        return day < 0 ? day + 7 : day
    }
}

extension Timestamp {
    /// The day and the seconds since its midnight where clocks are this many seconds ahead of Greenwich.
    public func calendar(secondsAhead: Int = 0) -> (day: CalendarDay, secondOfDay: Int) {
        let local = Int(seconds) + secondsAhead
        let days = local >= 0 ? local / 86_400 : (local - 86_399) / 86_400
        return (CalendarDay(daysSince1970: days), local - days * 86_400)
    }
}
