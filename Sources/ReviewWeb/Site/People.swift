internal import Digests
internal import Locks
internal import Values

/// Who may answer: a link of each person, that can be followed once, and the sessions that came of links.
///
/// Only hashes of tokens are kept, and looked up by, so that neither memory nor time tells one.
package final class People: Sendable {
    struct Session: Sendable {
        var name: String
        /// What every form of the session carries.
        var formToken: String
        var lastSeen: Timestamp
    }

    private struct State {
        var links: [SHA256Digest: String] = [:]
        var sessions: [SHA256Digest: Session] = [:]
    }

    private let state = Guarded(State())

    /// Seconds after which a session that asked for nothing is over.
    package static let patience: Int64 = 12 * 3600

    package init() {}

    /// A new token for a person's link.
    package func invite(_ name: String) -> String {
        let token = Self.token()
        state.withLock { $0.links[SHA256Digest(of: token)] = name }
        return token
    }

    /// Uses a link up.
    ///
    /// - Returns: the token of a new session; nil for a link that was used, or never was one.
    func enter(_ token: String, at now: Timestamp) -> String? {
        let (session, formToken) = (Self.token(), Self.token())
        return state.withLock { state in
            guard let name = state.links.removeValue(forKey: SHA256Digest(of: token)) else { return nil }
            state.sessions[SHA256Digest(of: session)] = Session(name: name, formToken: formToken, lastSeen: now)
            return session
        }
    }

    /// - Parameter keeps: whether this counts as a sign of life.
    func session(_ token: String, at now: Timestamp, keeps: Bool) -> Session? {
        state.withLock { state in
            let key = SHA256Digest(of: token)
            guard let session = state.sessions[key] else { return nil }
            guard now.seconds - session.lastSeen.seconds <= Self.patience else {
                state.sessions[key] = nil
                return nil
            }
            if keeps { state.sessions[key]?.lastSeen = now }
            return session
        }
    }

    /// 256 bits that nobody can guess.
    private static func token() -> String {
        var generator = SystemRandomNumberGenerator()
        return (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.utf8.count) + digits
        }.joined()
    }
}
