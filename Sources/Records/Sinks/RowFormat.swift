package import Runs

/// How the rows of an output file are written.
///
/// The file is the header, then the rows with the separator between them, then the footer.
package protocol RowFormat: Sendable {
    var header: [UInt8] { get }
    var separator: [UInt8] { get }
    /// - Parameter isEmpty: whether there is no row before it.
    func footer(isEmpty: Bool) -> [UInt8]

    /// Appends one row without a separator.
    func append(_ record: borrowing FinishedRecord, to buffer: inout [UInt8]) throws(Failure)
}

/// One that has rows of records that are not done, too.
package protocol ListingFormat: RowFormat {
    /// Appends one row without a separator.
    func append(_ record: ListedRecord, to buffer: inout [UInt8])
}
