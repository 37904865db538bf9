internal import MailText

/// What a file says, once it is read as the kind of document that its name promises.
struct Document: Sendable {
    var text: String
    /// What the document itself gives for its title; nil where its text has to.
    var title: String?
    /// Front matter, document properties, header lines; of several with one name the first stands.
    var properties: [Property.Entry] = []
    /// An e-mail's own fields.
    var mail: Mail?
    /// Whether its bytes were taken for Windows-1252, because they are nothing else.
    var isWindows1252 = false
}

/// Something that a document says of itself, before it is read as the type that the recipe declares.
indirect enum Property: Hashable, Sendable {
    struct Entry: Hashable, Sendable {
        var name: String
        var value: Property

        init(_ name: String, _ value: Property) {
            self.name = name
            self.value = value
        }
    }

    /// Nothing, said out loud: `title:` in front matter.
    case nothing
    case text(String)
    case list([Property])
    case map([Entry])
}
