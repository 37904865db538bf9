internal import Locks
import Values

/// How far the clocks of a time zone are ahead of Greenwich, from the rules that the system keeps.
///
/// Read by ourselves, because a program that is linked statically knows no zones but its own.
enum TimeZones {
    /// Seconds ahead at a moment, for `+02:00`, `-09:30`, `02:00` or a name such as `Europe/Berlin`; nil for all else.
    static func secondsAhead(_ zone: String, at moment: Int64) -> Int? {
        fixed(zone) ?? rules(zone)?.secondsAhead(at: moment)
    }

    private static func fixed(_ zone: String) -> Int? {
        var bytes = Array(zone.utf8)[...]
        let isBehind = bytes.first == "-"
        if isBehind || bytes.first == "+" { bytes.removeFirst() }
        guard bytes.count == 5, bytes[bytes.startIndex + 2] == ":",
            let hours = Int(String(decoding: bytes.prefix(2), as: UTF8.self)), (0..<24).contains(hours),
            let minutes = Int(String(decoding: bytes.suffix(2), as: UTF8.self)), (0..<60).contains(minutes),
            bytes.allSatisfy({ $0.isDigit || $0 == UInt8(ascii: ":") })
        else { return nil }
        let seconds = (hours * 60 + minutes) * 60
        return isBehind ? -seconds : seconds
    }

    /// Each zone is read once. Names may come from records, so only so many that do not exist are remembered.
    private static let known = Guarded<[ByteText: ZoneRules?]>([:])

    private static func rules(_ zone: String) -> ZoneRules? {
        let key = ByteText(zone)
        if let rules = known.withLock({ $0[key] }) { return rules }
        let rules = isName(zone) ? read(zone) : nil
        known.withLock { known in
            if known.count >= 1000 { known.removeAll() }
            known[key] = .some(rules)
        }
        return rules
    }

    /// Whether this can be the name of a zone: never a path that leads out of the system's folder of zones.
    private static func isName(_ zone: String) -> Bool {
        zone.utf8.count <= 64
            && zone.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).allSatisfy { part in
                part.first.map(\.isLetter) == true
                    && part.allSatisfy { $0.isNamePart || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") }
            }
    }

    private static func read(_ zone: String) -> ZoneRules? {
        if zone == "UTC" || zone == "GMT" || zone == "Z" { return .greenwich }
        for folder in ["/usr/share/zoneinfo", "/var/db/timezone/zoneinfo", "/usr/lib/zoneinfo"] {
            if let bytes = readFile("\(folder)/\(zone)"), let rules = ZoneRules(file: bytes) { return rules }
        }
        return nil
    }
}
