import Foundation
import Runs
import Testing

@testable import Records

/// Places that cannot be written.
extension FileSinkTests {
    @Test func `a folder in the target's place is told before anything is written`() throws {
        try scratch.write("out/a.csv/x", "x")
        #expect(
            whyNotOpen(try sink("a.csv"))
                == "cannot write '\(scratch.at("out/a.csv"))': it is a folder; move it away or choose another name")
        #expect(try scratch.names(in: "out") == ["a.csv"])
    }

    @Test func `a file in the place of the output folder is told`() throws {
        try scratch.write("out", "x")
        #expect(
            whyNotOpen(try sink("a.csv"))
                == "cannot create '\(scratch.at("out"))': a part of the path is a file, not a folder")
    }

    @Test(
        .enabled(if: getuid() != 0, "the superuser may write everywhere"))
    func `a folder that may not be written is told`() throws {
        try scratch.write("out/old.txt", "x")
        #expect(chmod(scratch.at("out"), 0o555) == 0)
        defer { chmod(scratch.at("out"), 0o755) }
        #expect(
            whyNotOpen(try sink("a.csv"))
                == "cannot create '\(scratch.at("out/.a.csv.spool"))': permission denied; choose another output folder "
                + "with --output, or change its rights")
    }

    @Test func `a full disk and a read-only one are told with what to do`() {
        #expect(
            FileError(.write, "out/a.csv", ENOSPC).message
                == "cannot write 'out/a.csv': no space is left on the disk; make room, then run again to go on")
        #expect(
            FileError(.create, "out/a.csv", EROFS).message
                == "cannot create 'out/a.csv': the disk is read-only; choose another output folder with --output, or "
                + "change its rights")
    }

    @Test(arguments: [
        ("", "an output needs a file name"),
        (
            "/tmp/a.csv",
            "'/tmp/a.csv' is absolute; outputs are relative to the output folder, which `out` or --output names"
        ),
        ("../a.csv", "'../a.csv' leaves the output folder; outputs stay inside it"),
        ("x/../../a.csv", "'x/../../a.csv' leaves the output folder; outputs stay inside it"),
        ("x//a.csv", "'x//a.csv' is no plain file path; write it like tables/a.csv"),
        ("x/", "'x/' is no plain file path; write it like tables/a.csv"),
    ])
    func `a path out of the output folder is none`(path: String, problem: String) {
        #expect(OutputPath.problem(with: path) == problem)
        #expect(OutputPath(path) == nil)
    }
}
