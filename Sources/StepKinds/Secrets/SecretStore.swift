internal import Diagnostics
internal import Models
internal import Processes
internal import Recipes
internal import Runs
internal import Synchronization

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The secrets of a recipe: read when they are needed, from where the recipe says that they are.
final class SecretStore: Sendable {
    private let places: [String: Place]
    private let known = Mutex<[String: Secret]>([:])

    private enum Place {
        case variable(String)
        case file(String)
    }

    private static let longest = 64 << 10

    /// - Parameter folder: that of the recipe; paths are relative to it, and `~` is one's own.
    init(_ recipe: Recipe, folder: String) {
        var places: [String: Place] = [:]
        for secret in recipe.secrets {
            switch secret.source {
            case .environment(let name)?: places[secret.name.value] = .variable(name.text)
            case .file(let path)?: places[secret.name.value] = .file(Self.resolve(path.text, in: folder))
            case nil: break
            }
        }
        self.places = places
    }

    func secret(_ name: String) throws(Failure) -> Secret {
        if let secret = known.withLock({ $0[name] }) { return secret }
        let text: String
        switch places[name] {
        case .variable(let variable)?:
            guard let value = environmentValue(variable), !value.isEmpty else {
                throw Failure(.refusedRequest, "the secret '\(name)' is not set: the environment has no \(variable)")
            }
            text = value
        case .file(let path)?: text = try Self.read(path, as: name)
        case nil: throw Failure(.refusedRequest, "the recipe has no secret '\(name)'")
        }
        let secret = Secret(text)
        known.withLock { $0[name] = secret }
        return secret
    }

    /// The first of some secrets that is not where it should be.
    func lack(of names: [String]) -> Failure? {
        for name in names {
            do throws(Failure) {
                _ = try secret(name)
            } catch {
                return error
            }
        }
        return nil
    }

    /// A text from elsewhere without any of the secrets that were read.
    func scrubbed(from text: String) -> String {
        known.withLock { Array($0.values) }.reduce(text) { $1.scrubbed(from: $0) }
    }

    func scrubbed(_ failure: Failure) -> Failure {
        Failure(failure.cause, scrubbed(from: failure.message), mayHaveActed: failure.mayHaveActed)
    }

    static func resolve(_ path: String, in folder: String) -> String {
        if path.hasPrefix("~/") { return (environmentValue("HOME") ?? "") + path.dropFirst() }
        return FilePaths.join(folder, path)
    }

    /// A secret's file: its text without the line end that editors put there.
    private static func read(_ path: String, as name: String) throws(Failure) -> String {
        guard let file = fopen(path, "rb") else {
            throw Failure(
                .refusedRequest,
                "the secret '\(name)' cannot be read from \(path): \(String(cString: strerror(errno)))")
        }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: longest)
        bytes.removeLast(longest - fread(&bytes, 1, longest, file))
        while let last = bytes.last, last == 0x0A || last == 0x0D { bytes.removeLast() }
        guard !bytes.isEmpty, let text = String(validating: bytes, as: UTF8.self) else {
            throw Failure(.refusedRequest, "the secret '\(name)' is empty or no text: \(path)")
        }
        return text
    }
}
