internal import Digests
internal import Locks
internal import MailText
internal import Runs
internal import Values

/// Files whose bytes are there, and which are not decoded yet.
struct FolderBatch: RecordBatch {
    let first: Int
    var files: [ReadFile]
    let records: FolderRecords
    let stamp: Fingerprint?

    var count: Int { files.count }
    var end: InputPosition { InputPosition(ordinal: first + count, offset: Int64(first + count), line: 1) }

    /// Of the names and contents together.
    var content: Fingerprint {
        let hash = FingerprintStream()
        for file in files {
            Array(file.path.utf8).withUnsafeBytes { hash.add($0) }
            withUnsafeBytes(of: (file.fingerprint.high, file.fingerprint.low)) { hash.add($0) }
        }
        return hash.fingerprint
    }

    func forEach(_ body: (ReadRecord) throws -> Void) rethrows {
        for (index, file) in files.enumerated() { try body(records.record(of: file, ordinal: first + index)) }
    }

    /// Has the files converted that need it, several at once.
    func prepared(_ wanted: Set<Int>?) async -> any RecordBatch {
        let places = files.indices.filter { place in
            guard case .bytes = files[place].content, wanted?.contains(first + place) ?? true else { return false }
            return !files[place].kind.converters.isEmpty
        }
        guard !places.isEmpty else { return self }
        var batch = self
        await withTaskGroup(of: (Int, ReadFile.Content).self) { group in
            for place in places {
                let file = files[place]
                group.addTask { [records] in (place, await records.converted(file)) }
            }
            for await (place, content) in group { batch.files[place].content = content }
        }
        return batch
    }
}

/// How the files of one folder become records: their fields, and what was noticed on the way.
struct FolderRecords: Sendable {
    let reader: DocumentReader
    let mail: MailFields
    let meta: MetaFields?
    let remarks = FolderRemarks()
    private let shape: MapShape

    init(reader: DocumentReader, mail: MailFields, meta: MetaFields?) {
        self.reader = reader
        self.mail = mail
        self.meta = meta
        shape = MapShape(fields: Self.type(mail: mail, meta: meta).names)
    }

    static func type(mail: MailFields, meta: MetaFields?) -> ObjectType {
        var fields: [ObjectType.Field] = [
            .init("path", .string), .init("name", .string), .init("title", .string), .init("text", .string),
            .init("bytes", .int),
        ]
        fields += mail.fields
        if let meta { fields.append(.init("meta", meta.type)) }
        return ObjectType(fields)
    }

    func converted(_ file: ReadFile) async -> ReadFile.Content {
        guard case .bytes(let bytes) = file.content else { return file.content }
        do throws(Failure) {
            return .document(try await reader.convert(bytes, as: file.kind, name: file.path))
        } catch {
            return .failure(error)
        }
    }

    func record(of file: ReadFile, ordinal: Int) -> ReadRecord {
        let origin = RecordOrigin(source: file.path, content: file.fingerprint)
        do throws(Failure) {
            let document = try document(of: file)
            if document.isWindows1252 { remarks.noteWindows1252(ordinal, file.path) }
            return .record(
                Record(
                    ordinal: ordinal, id: file.path, origin: origin,
                    input: .map(ValueMap(shape: shape, values: try values(of: document, file)))))
        } catch {
            return .unreadable(UnreadableRecord(ordinal: ordinal, id: file.path, origin: origin, failure: error))
        }
    }

    private func document(of file: ReadFile) throws(Failure) -> Document {
        switch file.content {
        case .failure(let failure): throw failure
        case .document(let document): return document
        case .bytes(let bytes): return try reader.read(bytes, as: file.kind, name: file.path)
        }
    }

    private func values(of document: Document, _ file: ReadFile) throws(Failure) -> [Value] {
        let name = Paths.name(of: file.path)
        let title = DocumentTitle.of(
            document.text, isMarkdown: file.kind == .markdown, stem: Paths.split(name: name).stem, own: document.title)
        var values: [Value] = [
            .string(file.path), .string(name), .string(title), .string(document.text), .int(Int64(file.size)),
        ]
        values += mail.values(of: document.mail)
        if let meta { values.append(try meta.value(of: document.properties, name: file.path)) }
        return values
    }
}

/// The fields that e-mails have beside those of every file.
enum MailFields: Sendable {
    /// No file that matches is an e-mail.
    case none
    /// Some may be: the fields are null for the others.
    case some
    case all

    var fields: [ObjectType.Field] {
        let attachment = ObjectType([.init("name", .string), .init("type", .string), .init("bytes", .int)])
        let fields: [ObjectType.Field] = [
            .init("from", .string), .init("to", .list(.string)), .init("cc", .list(.string)), .init("subject", .string),
            .init("date", .nullable(.timestamp)), .init("message_id", .nullable(.string)),
            .init("attachments", .list(.object(attachment))),
        ]
        switch self {
        case .none: return []
        case .some: return fields.map { .init($0.name, $0.type.orNull) }
        case .all: return fields
        }
    }

    private static let attachment = MapShape(fields: ["name", "type", "bytes"])

    func values(of mail: Mail?) -> [Value] {
        if case .none = self { return [] }
        guard let mail else { return Array(repeating: .null, count: fields.count) }
        return [
            .string(mail.from), .list(mail.to.map(Value.string)), .list(mail.cc.map(Value.string)),
            .string(mail.subject), mail.date.map(Value.timestamp) ?? .null, mail.messageID.map(Value.string) ?? .null,
            .list(
                mail.attachments.map { file in
                    .map(
                        ValueMap(
                            shape: Self.attachment,
                            values: [.string(file.name), .string(file.type), .int(Int64(file.bytes))]))
                }),
        ]
    }
}

/// What was noticed while files were read, each file once, however often it is read.
final class FolderRemarks: Sendable {
    private struct State {
        var ordinals: Set<Int> = []
        var examples: [String] = []
    }

    /// Beyond so many they are no longer told apart, which bounds the memory.
    private static let most = 10_000
    private let windows1252 = Guarded(State())

    func noteWindows1252(_ ordinal: Int, _ path: String) {
        windows1252.withLock { state in
            guard state.ordinals.count < Self.most, state.ordinals.insert(ordinal).inserted else { return }
            if state.examples.count < 3 { state.examples.append(path) }
        }
    }

    var sentences: [String] {
        let (count, examples) = windows1252.withLock { ($0.ordinals.count, $0.examples) }
        guard count > 0 else { return [] }
        let files = count == 1 ? "1 file is" : count < Self.most ? "\(count) files are" : "\(count) files or more are"
        let some = examples.joined(separator: ", ")
        return ["\(files) not UTF-8 and read as Windows-1252, such as \(some); save as UTF-8 what reads wrong"]
    }
}
