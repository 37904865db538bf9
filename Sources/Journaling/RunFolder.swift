/// The folder of one run, and what lies in it.
package struct RunFolder: Hashable, Sendable {
    package var path: String

    package init(_ path: String) { self.path = path }

    package var journal: String { path + "/journal.sqlite" }
}
