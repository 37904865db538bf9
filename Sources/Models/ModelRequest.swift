package import Values

/// One question to a model: all that the model gets to see, and what it may spend on the answer.
package struct ModelRequest: Sendable {
    package struct Message: Hashable, Sendable {
        package enum Role: String, Sendable { case user, assistant }

        package var role: Role
        package var text: String

        package init(_ role: Role, _ text: String) {
            self.role = role
            self.text = text
        }
    }

    package var system: String?
    package var messages: [Message]
    /// The JSON Schema of the answer; nil asks for plain text.
    package var schema: Value?
    /// What providers call the schema: letters, digits, `_` and `-`. One name stands for one schema throughout a run.
    package var schemaName: String
    package var temperature: Double
    package var maxTokens: Int
    /// Requests with one number are about one thing: a record's ordinal. The local model reads the prompt cache that an
    /// earlier request of the record left; nobody else looks at it, and it is no part of the question.
    package var affinity: Int

    package init(
        system: String? = nil, messages: [Message], schema: Value? = nil, schemaName: String = "answer",
        temperature: Double = 0, maxTokens: Int, affinity: Int = 0
    ) {
        self.system = system
        self.messages = messages
        self.schema = schema
        self.schemaName = schemaName
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.affinity = affinity
    }

    /// How many characters its texts have together, counted as expressions count them.
    var characters: Int {
        messages.reduce(system?.unicodeScalars.count ?? 0) { $0 + $1.text.unicodeScalars.count }
    }
}
