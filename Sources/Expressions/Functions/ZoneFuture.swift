import Values

/// How a time zone goes on after its last change, in the notation of POSIX: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneFuture: Sendable {
    private var standard: Int
    /// Seconds ahead in summer, and when summer begins and ends; nil for a zone without.
    private var summer: (secondsAhead: Int, start: YearlyMoment, end: YearlyMoment)?

    init?(_ text: String) {
        var reader = Reader(text)
        guard reader.skipName(), let standard = reader.offset() else { return nil }
        self.standard = -standard
        guard !reader.isAtEnd else { return }
        guard reader.skipName() else { return nil }
        let secondsAhead = reader.isAt(",") ? self.standard + 3600 : reader.offset().map { -$0 }
        guard let secondsAhead, reader.take(","), let start = reader.yearlyMoment(), reader.take(","),
            let end = reader.yearlyMoment(), reader.isAtEnd
        else { return nil }
        summer = (secondsAhead, start, end)
    }

    func secondsAhead(at moment: Int64) -> Int {
        guard let summer else { return standard }
        let year = Timestamp(seconds: moment).calendar(secondsAhead: standard).day.year
        let start = summer.start.seconds(in: year) - Int64(standard)
        let end = summer.end.seconds(in: year) - Int64(summer.secondsAhead)
        // South of the equator summer goes over the end of the year.
        let isSummer = start < end ? (start..<end).contains(moment) : !(end..<start).contains(moment)
        return isSummer ? summer.secondsAhead : standard
    }

    /// A moment of local time that comes every year.
    private struct YearlyMoment {
        enum Day {
            /// 1 up to 365; February 29 is never counted.
            case julian(Int)
            /// 0 up to 365.
            case ordinal(Int)
            /// The `week`th (5: the last) such weekday of a month.
            case weekday(month: Int, week: Int, weekday: Int)
        }

        var day: Day
        var secondOfDay: Int

        /// Seconds since 1970, in local time.
        func seconds(in year: Int) -> Int64 {
            Int64(daysSince1970(in: year) * 86_400 + secondOfDay)
        }

        private func daysSince1970(in year: Int) -> Int {
            let newYear = first(ofMonth: 1, year)
            switch day {
            case .ordinal(let number): return newYear + number
            case .julian(let number):
                let isLeap = first(ofMonth: 3, year) - newYear == 60
                return newYear + number - (isLeap && number >= 60 ? 0 : 1)
            case .weekday(let month, let week, let weekday):
                let first = first(ofMonth: month, year)
                let next = month == 12 ? self.first(ofMonth: 1, year + 1) : self.first(ofMonth: month + 1, year)
                var day = first + (weekday - CalendarDay(daysSince1970: first).dayOfWeek + 7) % 7 + (week - 1) * 7
                while day >= next { day -= 7 }
                return day
            }
        }

        private func first(ofMonth month: Int, _ year: Int) -> Int {
            CalendarDay(year: year, month: month, day: 1)?.daysSince1970 ?? 0
        }
    }

    private struct Reader {
        private var rest: Substring.UTF8View

        init(_ text: String) { rest = text[...].utf8 }

        var isAtEnd: Bool { rest.isEmpty }

        func isAt(_ scalar: Unicode.Scalar) -> Bool { rest.first == scalar }

        mutating func take(_ scalar: Unicode.Scalar) -> Bool {
            guard isAt(scalar) else { return false }
            rest.removeFirst()
            return true
        }

        /// `CET`, or anything between `<` and `>`.
        mutating func skipName() -> Bool {
            if take("<") {
                rest = rest.drop { $0 != UInt8(ascii: ">") }
                return take(">")
            }
            let name = rest.prefix(while: \.isLetter)
            rest = rest.dropFirst(name.count)
            return !name.isEmpty
        }

        mutating func number() -> Int? {
            let digits = rest.prefix(while: \.isDigit)
            rest = rest.dropFirst(digits.count)
            return Int(String(Substring(digits)))
        }

        /// `-1`, `3:30`, `+02:00:00` in seconds.
        mutating func offset() -> Int? {
            let isNegative = take("-")
            if !isNegative { _ = take("+") }
            guard let hours = number() else { return nil }
            var seconds = hours * 3600
            if take(":") {
                guard let minutes = number() else { return nil }
                seconds += minutes * 60
                if take(":") {
                    guard let rest = number() else { return nil }
                    seconds += rest
                }
            }
            return isNegative ? -seconds : seconds
        }

        /// `M3.5.0/2`, `J60`, `59/0`.
        mutating func yearlyMoment() -> YearlyMoment? {
            guard let day = day() else { return nil }
            guard take("/") else { return YearlyMoment(day: day, secondOfDay: 7200) }
            return offset().map { YearlyMoment(day: day, secondOfDay: $0) }
        }

        private mutating func day() -> YearlyMoment.Day? {
            if take("J") { return number().map { .julian($0) } }
            guard take("M") else { return number().map { .ordinal($0) } }
            guard let month = number(), (1...12).contains(month), take("."), let week = number(),
                (1...5).contains(week), take("."), let weekday = number(), (0...6).contains(weekday)
            else { return nil }
            return .weekday(month: month, week: week, weekday: weekday)
        }
    }
}
