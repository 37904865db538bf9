import Diagnostics
import Foundation
import Recipes
import Testing

@Suite struct RecipeFileTests {
    private let folder: String

    init() throws {
        folder = NSTemporaryDirectory() + "recipe-files-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    private func message(_ path: String) -> String? {
        var problems = Problems()
        do {
            let bytes = try RecipeFile.read(path)
            #expect(Recipe.read(bytes, file: path, grammar: .sample, problems: &problems) == nil)
        } catch {
            problems.add(error.diagnostic(path: path))
        }
        #expect(problems.all.count == 1)
        return problems.all.first?.message.replacingOccurrences(of: folder, with: "FOLDER")
    }

    private func message(of bytes: [UInt8]) throws -> String? {
        let path = folder + "/recipe.yaml"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        return message(path)
    }

    @Test func `a recipe that is missing, a folder or a pipe is told as what it is`() throws {
        defer { clear() }
        #expect(message(folder + "/none.yaml") == "there is no file 'FOLDER/none.yaml'")
        #expect(message(folder) == "'FOLDER' is a folder; name the recipe in it")
        mkfifo(folder + "/pipe", 0o600)
        #expect(message(folder + "/pipe") == "'FOLDER/pipe' is no plain file")
        #expect(message("/dev/null") == "'/dev/null' is no plain file")
    }

    @Test func `a recipe of ten megabytes is not read`() throws {
        defer { clear() }
        #expect(
            try message(of: [UInt8](repeating: 0x20, count: 10 << 20))
                == "'FOLDER/recipe.yaml' has 10 MB, and a recipe has at most 1 MB; is this the right file?")
    }

    @Test func `an empty, a binary and a wrongly encoded recipe are told apart`() throws {
        defer { clear() }
        #expect(try message(of: []) == "the recipe is empty; it needs 'recipe', 'input' and 'steps'")
        #expect(try message(of: [0x7F, 0x45, 0x4C, 0x46, 0, 1]) == "this is no text file; a recipe is YAML")
        #expect(try message(of: [0xFF, 0xFE, 0x61, 0x00]) == "the file is UTF-16; save it as UTF-8")
        #expect(
            try message(of: Array("recipe: na".utf8) + [0xEF, 0x76, 0x65])
                == "the file is not UTF-8: byte 0xEF cannot stand here; save the file as UTF-8")
    }

    @Test func `a recipe that may not be read says so`() throws {
        defer { clear() }
        // The superuser may read everything.
        guard getuid() != 0 else { return }
        let path = folder + "/recipe.yaml"
        try Data().write(to: URL(fileURLWithPath: path))
        chmod(path, 0)
        #expect(message(path) == "'FOLDER/recipe.yaml' may not be read; check its permissions")
    }

    private func clear() {
        do {
            try FileManager.default.removeItem(atPath: folder)
        } catch {
            Issue.record(error)
        }
    }
}
