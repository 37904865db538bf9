/// Just enough of paths: no file is touched.
enum FilePaths {
    static func folder(of file: String) -> String {
        guard let slash = file.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == file.utf8.startIndex ? "/" : String(file[..<slash])
    }

    static func join(_ folder: String, _ path: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") || folder == "." { return path }
        return folder + "/" + path
    }
}
