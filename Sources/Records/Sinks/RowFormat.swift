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

/// One whose header tells what the rows come to, so that it stands in the file once all of them are there. Until then
/// ``RowFormat/header`` holds its place.
package protocol SummingFormat: RowFormat {
    var sum: any RowSum { get }
}

/// What rows come to.
package protocol RowSum {
    /// Takes in the next bytes of the rows, wherever they are cut.
    mutating func add(_ bytes: UnsafeRawBufferPointer)
    var header: [UInt8] { get }
}

/// One that has rows of records that are not done, too.
package protocol ListingFormat: RowFormat {
    /// Appends one row without a separator.
    func append(_ record: ListedRecord, to buffer: inout [UInt8])
}
