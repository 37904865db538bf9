internal import Subprocess

/// What a child gets to see of our environment: what programs need to find their way, never a key of ours.
package struct ChildEnvironment: Hashable, Sendable {
    /// Passed on when we have them.
    package static let passedOn = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "TMPDIR", "TZ", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "LC_MESSAGES",
        "LC_NUMERIC", "LC_TIME", "XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_CONFIG_HOME", "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
    ]

    /// In addition, or instead.
    package var variables: [String: String]

    package init(_ variables: [String: String] = [:]) {
        self.variables = variables
    }

    var environment: Environment {
        var all: [Environment.Key: String] = [:]
        for name in Self.passedOn {
            if let key = Environment.Key(rawValue: name), let value = environmentValue(name) { all[key] = value }
        }
        for (name, value) in variables {
            if let key = Environment.Key(rawValue: name) { all[key] = value }
        }
        return .custom(all)
    }
}
