// swift-tools-version: 6.2
import PackageDescription

// The house: imports run upward in this list only. `docs/architecture.md` says what each room is for.
//
// `LINECOOK_ONLY=Execution,Journaling swift test` keeps the named rooms, what they need and their tests;
// `make sanitize` uses it to leave out everything that knows a network.

/// One room: a target, the rooms and libraries it uses, and whether it has tests of its own.
struct Room {
    var name: String
    var uses: [String] = []
    var products: [Product] = []
    var kind = Kind.library
    var testUses: [String] = []
    /// For rooms that hold C pointers: every `unsafe` is marked.
    var strictMemory = false
    /// Whether its tests compare with the files of a folder `Goldens`.
    var hasGoldens = false

    enum Kind {
        case library, program, systemLibrary(pkgConfig: String?, apt: String, brew: String), systemHeader
        /// C or C++ of our own before a system library.
        case shim(headers: [String] = [], libraries: [String])
        /// What only tests use: a library, a program in C, a program in Swift.
        case support, testServer, testProgram
    }

    struct Product {
        var name: String
        var package: String
    }
}

extension Room.Product {
    static let grdb = Self(name: "GRDB", package: "GRDB.swift")
    /// SQLite itself, for the rows that come by the thousand.
    static let sqlite = Self(name: "GRDBSQLite", package: "GRDB.swift")
    static let argumentParser = Self(name: "ArgumentParser", package: "swift-argument-parser")
    static let subprocess = Self(name: "Subprocess", package: "swift-subprocess")
    static let system = Self(name: "SystemPackage", package: "swift-system")
    static let nioCore = Self(name: "NIOCore", package: "swift-nio")
    static let nioPosix = Self(name: "NIOPosix", package: "swift-nio")
    static let nioHTTP1 = Self(name: "NIOHTTP1", package: "swift-nio")
    static let nioTLS = Self(name: "NIOTLS", package: "swift-nio")
    static let nioSSL = Self(name: "NIOSSL", package: "swift-nio-ssl")
    static let nioCompression = Self(name: "NIOHTTPCompression", package: "swift-nio-extras")
    static let logging = Self(name: "Logging", package: "swift-log")
    static let hummingbird = Self(name: "Hummingbird", package: "hummingbird")
    static let hummingbirdCore = Self(name: "HummingbirdCore", package: "hummingbird")
    static let hummingbirdTLS = Self(name: "HummingbirdTLS", package: "hummingbird")
    static let httpTypes = Self(name: "HTTPTypes", package: "swift-http-types")
}

// RE2's pkg-config file names `-pthread`, which the package manager refuses with a warning at each build; a distribution
// has its header on the compiler's own path, Homebrew has not.
// GMime's names it too: its headers are found by a distribution's own path, and glib's by glib's file.
// libpq's would link it, which is what CPQ is there to avoid; a distribution's header is found without.
#if os(macOS)
    let re2PkgConfig: String? = "re2"
    let pqPkgConfig: String? = "libpq"
    let gmimePkgConfig = "gmime-3.0"
#else
    let re2PkgConfig: String? = nil
    let pqPkgConfig: String? = nil
    let gmimePkgConfig = "glib-2.0"
#endif

let rooms: [Room] = [
    Room(name: "CLibYAML", kind: .systemLibrary(pkgConfig: "yaml-0.1", apt: "libyaml-dev", brew: "libyaml")),
    Room(name: "CNettle", kind: .systemLibrary(pkgConfig: "nettle", apt: "nettle-dev", brew: "nettle")),
    Room(name: "CXXHash", kind: .systemLibrary(pkgConfig: "libxxhash", apt: "libxxhash-dev", brew: "xxhash")),
    Room(name: "CLibRE2", kind: .systemLibrary(pkgConfig: re2PkgConfig, apt: "libre2-dev", brew: "re2")),
    Room(name: "CLibPQ", kind: .systemLibrary(pkgConfig: pqPkgConfig, apt: "libpq-dev", brew: "libpq")),
    Room(name: "CLibXML2", kind: .systemLibrary(pkgConfig: "libxml-2.0", apt: "libxml2-dev", brew: "libxml2")),
    Room(name: "CIconv", kind: .systemHeader),
    Room(name: "CMalloc", kind: .systemHeader),
    Room(name: "CLibGMime", kind: .systemLibrary(pkgConfig: gmimePkgConfig, apt: "libgmime-3.0-dev", brew: "gmime")),
    Room(name: "CZlib", kind: .systemLibrary(pkgConfig: "zlib", apt: "zlib1g-dev", brew: "zlib")),
    Room(name: "CRE2", uses: ["CLibRE2"], kind: .shim(libraries: ["re2"])),
    Room(name: "CPQ", uses: ["CLibPQ"], kind: .shim(libraries: [])),
    Room(
        name: "CMail", uses: ["CLibGMime"],
        kind: .shim(headers: ["/usr/include/gmime-3.0"], libraries: ["gmime-3.0", "gobject-2.0", "glib-2.0"])),

    Room(name: "Locks"),
    Room(name: "Diagnostics"),
    Room(name: "Digests", uses: ["CNettle", "CXXHash"]),
    Room(name: "Values"),
    Room(name: "Patterns", uses: ["CRE2", "Locks"], strictMemory: true),
    Room(name: "YAMLNodes", uses: ["CLibYAML", "Diagnostics"], strictMemory: true),
    Room(name: "Expressions", uses: ["Values", "Patterns", "Diagnostics", "Locks"]),
    Room(name: "Schemas", uses: ["Values", "Patterns", "Diagnostics"]),
    Room(name: "Runs", uses: ["Values", "Digests"]),
    Room(
        name: "Recipes", uses: ["YAMLNodes", "Expressions", "Schemas", "Diagnostics", "Values"], hasGoldens: true),
    Room(
        name: "Steps",
        uses: ["Recipes", "Runs", "Expressions", "Schemas", "Diagnostics", "Values", "Digests"]),
    Room(
        name: "Planning",
        uses: ["Recipes", "Steps", "Runs", "Expressions", "Schemas", "Diagnostics", "Values", "Digests"],
        hasGoldens: true),
    Room(
        name: "Journaling", uses: ["Runs", "Values", "Digests", "Locks"], products: [.grdb, .sqlite],
        testUses: ["journal-crasher"]),
    Room(name: "journal-crasher", uses: ["Journaling", "Values"], kind: .testProgram),
    Room(name: "journal-load", uses: ["Digests", "Journaling", "Values"], kind: .testProgram),
    Room(
        name: "Execution",
        uses: [
            "Planning", "Steps", "Recipes", "Journaling", "Runs", "Values", "Expressions", "Schemas", "Diagnostics",
            "Digests", "Locks",
        ]),

    Room(name: "Calls", uses: ["Values", "Locks"]),

    // Nothing above this line knows a network or a process.

    Room(name: "HTMLText", uses: ["CLibXML2", "CIconv"], strictMemory: true),
    Room(name: "ZipFiles", uses: ["CZlib"], testUses: ["ZipSamples"], strictMemory: true),
    Room(name: "MailText", uses: ["CMail", "HTMLText", "Values"], strictMemory: true),
    Room(name: "Processes", products: [.subprocess, .system], testUses: ["guarded-server-owner"]),
    Room(
        name: "Transport", uses: ["Calls"],
        products: [.nioCore, .nioHTTP1, .nioPosix, .nioSSL, .nioTLS, .nioCompression],
        testUses: ["model-server"]),
    Room(
        name: "Databases", uses: ["CPQ", "Runs", "Schemas", "Calls", "Values", "Locks"], products: [.sqlite]),
    Room(
        name: "Records",
        uses: [
            "Databases", "Steps", "Recipes", "Runs", "Processes", "Expressions", "Schemas", "Values", "Digests",
            "Diagnostics", "YAMLNodes", "HTMLText", "MailText", "ZipFiles", "Locks",
        ], testUses: ["ZipSamples"]),
    Room(
        name: "Models",
        uses: ["Schemas", "Runs", "Calls", "Transport", "Processes", "Values", "Digests"],
        testUses: ["model-server"]),
    Room(
        name: "StepKinds",
        uses: [
            "Steps", "Models", "Databases", "Records", "Calls", "Transport", "Processes", "Locks", "Runs", "Recipes",
            "Expressions", "Schemas", "Values", "Diagnostics", "Digests", "HTMLText",
        ], products: [.grdb],
        testUses: ["model-server"]),
    Room(name: "Pages", uses: ["Values", "Digests"]),
    Room(name: "Reporting", uses: ["Journaling", "Pages", "Runs", "Values", "Digests"], hasGoldens: true),
    Room(
        name: "Reviewing",
        uses: ["Journaling", "Expressions", "Schemas", "Diagnostics", "Runs", "Values", "Digests", "Locks"],
        testUses: ["review-crasher"]),
    Room(name: "review-room", uses: ["Journaling", "Runs", "Values", "Digests"], kind: .testProgram),
    Room(name: "review-crasher", uses: ["Reviewing", "Journaling", "Values"], kind: .testProgram),
    Room(
        name: "ReviewWeb", uses: ["Reviewing", "Pages", "Journaling", "Schemas", "Values", "Digests", "Locks"],
        products: [.hummingbird, .hummingbirdCore, .hummingbirdTLS, .httpTypes, .nioCore, .nioSSL, .logging]),
    Room(
        name: "Commands",
        uses: [
            "CMalloc",
            "Diagnostics", "Values", "Digests", "YAMLNodes", "Expressions", "Schemas", "Runs", "Recipes", "Steps",
            "Planning",
            "Journaling", "Execution", "Processes", "Calls", "Transport", "Databases", "Records", "Models", "StepKinds",
            "Pages", "Reporting", "Reviewing", "ReviewWeb",
        ],
        products: [.argumentParser, .logging],
        testUses: ["linecook", "model-server", "review-room"]),
    Room(name: "linecook", uses: ["Commands"], kind: .program),

    Room(name: "TestSupport", uses: ["Diagnostics", "Locks"], kind: .support),
    Room(name: "ZipSamples", uses: ["CZlib"], kind: .support),
    Room(name: "model-server", kind: .testServer),
    Room(name: "guarded-server-owner", uses: ["Processes"], kind: .testProgram),
]

let packages: [String: Package.Dependency] = [
    "GRDB.swift": .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    "swift-argument-parser": .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
    "swift-subprocess": .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    "swift-system": .package(url: "https://github.com/apple/swift-system", from: "1.5.0"),
    "swift-nio": .package(url: "https://github.com/apple/swift-nio", from: "2.90.0"),
    "swift-nio-ssl": .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.30.0"),
    "swift-nio-extras": .package(url: "https://github.com/apple/swift-nio-extras", from: "1.26.0"),
    "swift-log": .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    "hummingbird": .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.10.0"),
    "swift-http-types": .package(url: "https://github.com/apple/swift-http-types", from: "1.4.0"),
]

let swiftSettings: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .unsafeFlags(["-cross-module-optimization"], .when(configuration: .release)),
]

// MARK: From rooms to targets

let byName = Dictionary(uniqueKeysWithValues: rooms.map { ($0.name, $0) })

/// The rooms asked for with `LINECOOK_ONLY` and all they use; every room without it.
let kept: Set<String> = {
    guard let only = Context.environment["LINECOOK_ONLY"] else { return Set(rooms.map(\.name)) }
    var kept: Set<String> = []
    var open = only.split(separator: ",").map(String.init) + ["TestSupport"]
    while let name = open.popLast() {
        guard let room = byName[name], kept.insert(name).inserted else { continue }
        open += room.uses + room.testUses
    }
    return kept
}()

func dependencies(_ room: Room) -> [Target.Dependency] {
    room.uses.map { .target(name: $0) }
        + room.products.map { .product(name: $0.name, package: $0.package) }
}

func targets(_ room: Room) -> [Target] {
    switch room.kind {
    case .systemLibrary(let pkgConfig, let apt, let brew):
        return [.systemLibrary(name: room.name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])]
    case .systemHeader:
        return [.systemLibrary(name: room.name)]
    case .shim(let headers, let libraries):
        // Where no pkg-config file says it, the library that the shim stands before is found by its name.
        return [
            .target(
                name: room.name, dependencies: dependencies(room), publicHeadersPath: "include",
                cSettings: headers.isEmpty
                    ? [] : [.unsafeFlags(headers.map { "-I\($0)" }, .when(platforms: [.linux]))],
                linkerSettings: libraries.map { .linkedLibrary($0, .when(platforms: [.linux])) })
        ]
    case .program:
        return [.executableTarget(name: room.name, dependencies: dependencies(room), swiftSettings: swiftSettings)]
    case .testServer:
        return [.executableTarget(name: room.name, path: "Tests/Programs/\(room.name)")]
    case .testProgram:
        return [
            .executableTarget(
                name: room.name, dependencies: dependencies(room), path: "Tests/Programs/\(room.name)",
                swiftSettings: swiftSettings)
        ]
    case .support:
        return [
            .target(
                name: room.name, dependencies: dependencies(room), path: "Tests/\(room.name)",
                swiftSettings: swiftSettings)
        ]
    case .library:
        return [
            .target(
                name: room.name, dependencies: dependencies(room),
                swiftSettings: swiftSettings + (room.strictMemory ? [.strictMemorySafety()] : [])),
            .testTarget(
                name: room.name + "Tests",
                dependencies: [.target(name: room.name), .target(name: "TestSupport")] + dependencies(room)
                    + room.testUses.map { .target(name: $0) },
                exclude: room.hasGoldens ? ["Goldens"] : [],
                swiftSettings: swiftSettings),
        ]
    }
}

let keptRooms = rooms.filter { kept.contains($0.name) }
let keptPackages = Set(keptRooms.flatMap(\.products).map(\.package)).sorted()

let package = Package(
    name: "linecook",
    platforms: [.macOS(.v15)],
    products: kept.contains("linecook") ? [.executable(name: "linecook", targets: ["linecook"])] : [],
    dependencies: keptPackages.compactMap { packages[$0] },
    targets: keptRooms.flatMap(targets),
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
