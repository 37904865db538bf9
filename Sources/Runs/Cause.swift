/// Why something failed, in a word that reports group by and `retry --cause` names.
public struct Cause: Hashable, Sendable, CustomStringConvertible {
    public var code: String

    public init(_ code: String) { self.code = code }

    public var description: String { code }
}

extension Cause {
    // The input
    /// A file or row whose bytes are not text in the encoding expected.
    public static let undecodable = Cause("undecodable")
    /// A file that could not be opened or read, or a page that is too large.
    public static let unreadable = Cause("unreadable")
    /// A row with more or fewer cells than the header.
    public static let ragged = Cause("ragged row")
    /// A line or element that is not JSON, or not an object; an answer of the web that is no HTTP.
    public static let malformed = Cause("malformed")
    /// A second record with an id that an earlier one has.
    public static let duplicateID = Cause("duplicate id")
    /// A field that is missing or not of its declared type.
    public static let field = Cause("field")

    // Answers
    /// The answer ended at the token limit.
    public static let cutOff = Cause("cut off")
    /// The model declined to answer.
    public static let refused = Cause("refused")
    public static let empty = Cause("empty")
    public static let notJSON = Cause("not JSON")
    /// The answer does not fit the schema that was sent.
    public static let schema = Cause("schema")
    /// A lookup found nothing where the recipe says that there is one.
    public static let noRow = Cause("no row")
    /// A lookup found more than the recipe says.
    public static let manyRows = Cause("too many rows")
    /// A passage that an answer quotes does not stand in the text.
    public static let quote = Cause("quote")
    /// An answer broke a rule of the recipe.
    public static let rule = Cause("rule")

    // The recipe
    /// An expression or a rule could not be evaluated: a fault of the recipe, not of the answer.
    public static let expression = Cause("expression")
    /// The prompt is longer than the model's context.
    public static let promptTooLong = Cause("prompt too long")

    /// A list with more items than an `each` takes.
    public static let tooManyItems = Cause("too many items")

    // The world
    /// A time limit passed.
    public static let timeout = Cause("time-out")
    /// No connection, or a connection that broke.
    public static let unreachable = Cause("unreachable")
    /// The other side said no, in its own words.
    public static let refusedRequest = Cause("request refused")
    /// Too many requests, an overloaded or broken server, also after the retries.
    public static let overloaded = Cause("overloaded")

    /// A program ended with another exit code than 0, or by a signal.
    public static let program = Cause("program")
    /// A path where a file may not, or cannot, be written.
    public static let path = Cause("path")

    // The run
    /// A side effect that may have happened, and that nobody knows of whether it did: a person has to say.
    public static let inDoubt = Cause("in doubt")
    /// A person is asked at a review.
    public static let review = Cause("review")
    public static let unchanged = Cause("unchanged")
    public static let superseded = Cause("superseded")
    /// A review was not answered within its time.
    public static let expired = Cause("expired")
    /// A person said no.
    public static let rejected = Cause("rejected")
}

/// One failure: the cause to group by, and what happened in words that name what to do.
public struct Failure: Hashable, Sendable, Error {
    public var cause: Cause
    /// One line or a few; never holds a secret.
    public var message: String
    /// Whether the other side may have acted on a request all the same: nobody knows whether an answer was made, and paid.
    public var mayHaveActed: Bool

    public init(_ cause: Cause, _ message: String, mayHaveActed: Bool = false) {
        self.cause = cause
        self.message = message
        self.mayHaveActed = mayHaveActed
    }
}
