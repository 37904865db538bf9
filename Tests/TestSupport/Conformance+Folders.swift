#if canImport(Glibc)
    internal import Glibc
#else
    internal import Darwin
#endif

extension Conformance {
    /// The paths of the files in one of its folders that end in `suffix`, sorted; nil where the folder is not there.
    public static func files(in folder: String, suffix: String = ".json") -> [String]? {
        for root in folders {
            guard let directory = opendir("\(root)/\(folder)") else { continue }
            defer { closedir(directory) }
            var names: [String] = []
            while let entry = readdir(directory) {
                let name = withUnsafePointer(to: &entry.pointee.d_name) { field in
                    field.withMemoryRebound(to: CChar.self, capacity: 1) { String(cString: $0) }
                }
                if name.hasSuffix(suffix) { names.append("\(folder)/\(name)") }
            }
            return names.sorted()
        }
        return nil
    }
}
