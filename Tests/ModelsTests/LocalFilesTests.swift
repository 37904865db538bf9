import Digests
import Runs
import TestSupport
import Testing

@testable import Models

@Suite struct LocalFilesTests {
    private func find(
        _ environment: [String: String], server: String? = nil, weights: String? = nil
    ) throws(Failure) -> LocalFiles {
        try LocalFiles(server: server, weights: weights) { environment[$0] }
    }

    private func message(_ environment: [String: String], server: String? = nil, weights: String? = nil) -> String? {
        do throws(Failure) {
            _ = try find(environment, server: server, weights: weights)
            return nil
        } catch {
            return error.message
        }
    }

    @Test func `the recipe comes first, then the environment, the PATH and the data folder`() throws {
        let folder = try TemporaryFolder()
        let own = try folder.writeProgram("linecook/runtime/llama-server", "")
        let onPath = try folder.writeProgram("bin/llama-server", "")
        let named = try folder.writeProgram("named", "")
        let inRecipe = try folder.writeProgram("in-recipe", "")
        let weights = try folder.write("linecook/models/\(LocalFiles.embeddedModel).gguf", "w")
        var environment = ["XDG_DATA_HOME": folder.path, "PATH": "/nowhere"]
        #expect(try find(environment) == LocalFiles(testServer: own, weights))
        environment["PATH"] = "/nowhere:\(folder.path)/bin"
        #expect(try find(environment).server == onPath)
        environment["LINECOOK_LLAMA_SERVER"] = named
        #expect(try find(environment).server == named)
        #expect(try find(environment, server: inRecipe).server == inRecipe)
        let other = try folder.write("other.gguf", "o")
        environment["LINECOOK_MODEL"] = other
        #expect(try find(environment).weights == other)
    }

    @Test func `what is missing is told with where it was looked for and what mends it`() throws {
        let folder = try TemporaryFolder()
        let home = ["HOME": folder.path, "PATH": "/nowhere"]
        let data = folder.path + "/.local/share/linecook"
        #expect(
            message(home)
                == "there is no llama-server to run the local model, neither on the PATH nor at \(data)/runtime/llama-server; `make setup` in Linecook's folder fetches it, or set LINECOOK_LLAMA_SERVER"
        )
        let server = try folder.writeProgram("server", "")
        #expect(
            message(home, server: server)
                == "the local model is not at \(data)/models/\(LocalFiles.embeddedModel).gguf; `make setup` in Linecook's folder fetches it, or set LINECOOK_MODEL to a GGUF file"
        )
        #expect(
            message(["LINECOOK_LLAMA_SERVER": "/no/server"])
                == "LINECOOK_LLAMA_SERVER names '/no/server' as the model server, and no program is there")
        #expect(
            message(home, server: server, weights: "/no/model.gguf")
                == "the recipe names '/no/model.gguf' as the model, and no file is there that can be read")
    }
}

extension LocalFiles {
    fileprivate init(testServer server: String, _ weights: String) throws(Failure) {
        try self.init(server: server, weights: weights) { _ in nil }
    }
}

@Suite struct WeightsHashTests {
    @Test func `reading that nobody waits for ends, and nothing is remembered`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("other.gguf", "weights")
        let reading = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            return try await WeightsHash(dataFolder: folder.path).hash(of: path)
        }
        let failure = await #expect(throws: Failure.self) { try await reading.value }
        #expect(failure?.message == "nobody waited until '\(path)' was read")
        #expect(throws: (any Error).self) { try folder.read("weights.jsonl") }
    }

    @Test func `a file that set-up named after its hash is believed`() async throws {
        let folder = try TemporaryFolder()
        let hash = LocalFiles.embeddedModel
        let path = try folder.write("models/\(hash).gguf", "not these bytes")
        #expect(try await WeightsHash(dataFolder: folder.path).hash(of: path).hex == hash)
    }

    @Test func `any other file is read once and remembered until it changes`() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("model.gguf", "weights")
        let hashes = WeightsHash(dataFolder: folder.path + "/share/data")
        #expect(try await hashes.hash(of: path) == SHA256Digest(of: "weights"))
        let notes = try folder.read("share/data/weights.jsonl")
        #expect(notes.contains(SHA256Digest(of: "weights").hex))
        // The note is what is read the second time: with another hash in it, that one comes back.
        let other = SHA256Digest(of: "other").hex
        _ = try folder.write(
            "share/data/weights.jsonl", "cut off\n" + notes.replacing(SHA256Digest(of: "weights").hex, with: other))
        #expect(try await hashes.hash(of: path).hex == other)
        _ = try folder.write("model.gguf", "changed weights")
        #expect(try await hashes.hash(of: path) == SHA256Digest(of: "changed weights"))
    }

    @Test func `a file that is not there is named`() async {
        let failure = await #expect(throws: Failure.self) {
            try await WeightsHash(dataFolder: "/nowhere").hash(of: "/no/model.gguf")
        }
        #expect(failure?.message == "the model '/no/model.gguf' cannot be read: No such file or directory")
    }
}
