internal import Pages

extension Figures {
    /// See ``Figures/duration(microseconds:)``.
    static func duration(seconds: Double) -> String { duration(microseconds: Int64(seconds * 1e6)) }

    /// `320/s`, `4.5/s`, `12/min`.
    static func rate(_ perSecond: Double) -> String {
        switch perSecond {
        case 9.95...: "\(count(Int(perSecond.rounded())))/s"
        case 0.995...: "\(Double(Int((perSecond * 10).rounded())) / 10)/s"
        default: "\(Int((perSecond * 60).rounded()))/min"
        }
    }
}
