internal import Processes

/// How llama-server is started: options, key, and what its log says.
struct LlamaLaunch: Hashable, Sendable {
    /// Tokens of prompt and answer together, for each slot.
    static let contextTokens = 4_096

    var files: LocalFiles
    var slots: Int
    /// Options that a build may not know, each with its value. One that is refused is left out and the server started
    /// again: the model on the PATH may be older or newer than ours.
    private(set) var niceties: [[String]] = [
        // By default up to 8 GB of memory would go to prompts that no record comes back to.
        ["--cache-ram", "0"],
        ["--no-webui"], ["--no-slots"], ["--offline"],
    ]

    init(files: LocalFiles, slots: Int) {
        self.files = files
        self.slots = slots
    }

    var arguments: [String] {
        [
            "-m", files.weights, "--host", "127.0.0.1", "--port", "0", "--parallel", String(slots), "-c",
            String(slots * Self.contextTokens),
        ] + niceties.flatMap { $0 }
    }

    /// The key in the environment, where `ps` does not show it.
    func environment(key: Secret) -> ChildEnvironment {
        ChildEnvironment(["LLAMA_API_KEY": key.revealed])
    }

    /// The address in a line of its log; it stands there once the model is loaded.
    static func address(in line: String) -> String? {
        guard let start = line.range(of: "listening on http://127.0.0.1:") else { return nil }
        let port = line[start.upperBound...].prefix { $0.isASCII && $0.isNumber }
        return Int(port).map { "http://127.0.0.1:\($0)" }
    }

    /// Leaves out the option that a build complained of; false if it was another complaint.
    mutating func adapt(to lastLines: [String]) -> Bool {
        let complaint = lastLines.first { $0.contains("invalid argument") || $0.contains("unknown argument") }
        guard let complaint, let index = niceties.firstIndex(where: { complaint.contains($0[0]) }) else { return false }
        niceties.remove(at: index)
        return true
    }
}

extension String {
    /// Where a text stands in this one.
    fileprivate func range(of text: String) -> Range<String.Index>? {
        ranges(of: text).first
    }
}

/// What the embedded model can hold.
package enum LlamaContext {
    /// Prompt and answer together.
    package static let tokens = LlamaLaunch.contextTokens
}
