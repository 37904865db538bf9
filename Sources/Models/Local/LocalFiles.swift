internal import Processes
package import Runs

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where the embedded model's two parts lie: the program that runs it, and its weights.
package struct LocalFiles: Hashable, Sendable {
    package var server: String
    package var weights: String

    /// Qwen2.5-Coder-1.5B-Instruct, quantised to 4 bits; the SHA-256 of the official file.
    package static let embeddedModel = "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"

    package static let serverVariable = "LINECOOK_LLAMA_SERVER"
    package static let modelVariable = "LINECOOK_MODEL"

    /// What makes up for a missing part.
    static let mend = "`make setup` in Linecook's folder fetches it"

    /// Looks for both. What the recipe or the environment names must be there; nothing else is taken in its place.
    package init(
        server: String? = nil, weights: String? = nil,
        environment: (String) -> String? = { environmentValue($0) }
    ) throws(Failure) {
        self.server = try Self.findServer(named: server, environment)
        self.weights = try Self.findWeights(named: weights, environment)
    }

    /// `${XDG_DATA_HOME:-~/.local/share}/linecook`
    package static func dataFolder(_ environment: (String) -> String? = { environmentValue($0) }) -> String {
        if let folder = environment("XDG_DATA_HOME"), folder.hasPrefix("/") { return folder + "/linecook" }
        return (environment("HOME") ?? "") + "/.local/share/linecook"
    }

    private static func findServer(named: String?, _ environment: (String) -> String?) throws(Failure) -> String {
        let said = named.map { ("the recipe", $0) } ?? environment(serverVariable).map { (serverVariable, $0) }
        if let (who, name) = said {
            if let path = ProgramSearch.find(name, path: environment("PATH")) { return path }
            throw Failure(.unreachable, "\(who) names '\(name)' as the model server, and no program is there")
        }
        let own = dataFolder(environment) + "/runtime/llama-server"
        if let path = ProgramSearch.find("llama-server", path: environment("PATH")) { return path }
        if ProgramSearch.isProgram(own) { return own }
        throw Failure(
            .unreachable,
            "there is no llama-server to run the local model, neither on the PATH nor at \(own); \(mend), or set \(serverVariable)"
        )
    }

    /// The model's file alone.
    static func findWeights(named: String?, _ environment: (String) -> String?) throws(Failure) -> String {
        let said = named.map { ("the recipe", $0) } ?? environment(modelVariable).map { (modelVariable, $0) }
        if let (who, path) = said {
            if access(path, R_OK) == 0 { return path }
            throw Failure(.unreachable, "\(who) names '\(path)' as the model, and no file is there that can be read")
        }
        let own = dataFolder(environment) + "/models/\(embeddedModel).gguf"
        if access(own, R_OK) == 0 { return own }
        throw Failure(.unreachable, "the local model is not at \(own); \(mend), or set \(modelVariable) to a GGUF file")
    }
}
