// swift-tools-version: 6.3
import PackageDescription

let darwin: [Platform] = [.macOS, .macCatalyst, .iOS, .tvOS, .watchOS, .visionOS]

/// The compilation conditions that name the system.
///
/// A build without this manifest passes one of these conditions with `-D`.
let systems: [SwiftSetting] = [
  .define("METAL_LINUX", .when(platforms: [.linux, .android])),
  .define("METAL_DARWIN", .when(platforms: darwin)),
  .define("METAL_FREEBSD", .when(platforms: [.custom("freebsd")])),
  .define("METAL_NETBSD", .when(platforms: [.custom("netbsd")])),
  .define("METAL_OPENBSD", .when(platforms: [.openbsd])),
  .define("METAL_WINDOWS", .when(platforms: [.windows])),
]

/// The settings of every Swift target.
let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableExperimentalFeature("Lifetimes"),
    .enableExperimentalFeature("SuppressedAssociatedTypes"),
  ] + systems

/// The settings of the test targets.
///
/// In a debug build, each target is compiled as a whole, and the same compiler run writes its module. If a target is
/// compiled in parts, every part expands each `@Test`, and the module needs a further expansion. Tests need no index of
/// the system's modules. A failed expectation reports its line without debug information. Together, the flags save
/// about a third of the time. Remove the flags to debug a test, or to recompile single files after a change.
let tests: [SwiftSetting] =
  strict + [
    .unsafeFlags(
      [
        "-whole-module-optimization", "-num-threads", "2", "-no-emit-module-separately-wmo", "-disable-batch-mode",
        "-index-ignore-system-modules", "-Xfrontend", "-gnone", "-Xfrontend", "-sil-verify-none", "-Xfrontend",
        "-disable-llvm-verify", "-Xfrontend", "-disable-llvm-value-names",
      ],
      .when(configuration: .debug))
  ]

/// The shared suites on poll(2) and on the simulated kernel, if the variable METAL_ALL_TESTS is set.
///
/// The suites take a third of the time of a first `swift test`. On a system with another default selector, these suites
/// add little to the suites on that selector.
let otherConformance: [Target] =
  Context.environment["METAL_ALL_TESTS"] == nil
  ? []
  : [
    .testTarget(
      name: "MetalPollConformanceTests", dependencies: ["MetalCore", "MetalSystem", "MetalPoll", "CSystem"],
      swiftSettings: tests),
    .testTarget(
      name: "MetalKqueueSimConformanceTests", dependencies: ["MetalCore", "MetalKqueue", "MetalKqueueSim"],
      swiftSettings: tests),
  ]

/// The platforms with event queues.
let kqueuePlatforms = darwin + [.custom("freebsd"), .openbsd, .custom("netbsd")]

/// The platforms with poll(2).
let pollPlatforms = kqueuePlatforms + [.linux, .android]

let package = Package(
  name: "metal-io",
  platforms: [.macOS(.v26), .iOS(.v26), .tvOS(.v26), .watchOS(.v26), .visionOS(.v26)],
  products: [
    .library(name: "MetalIO", targets: ["MetalIO"]),
    .library(name: "MetalCore", targets: ["MetalCore"]),
    .library(name: "MetalSystem", targets: ["MetalSystem"]),
    .library(name: "MetalEpoll", targets: ["MetalEpoll"]),
    .library(name: "MetalPoll", targets: ["MetalPoll"]),
    .library(name: "MetalKqueue", targets: ["MetalKqueue"]),
    .library(name: "MetalAFD", targets: ["MetalAFD"]),
    .library(name: "MetalKqueueSim", targets: ["MetalKqueueSim"]),
    .library(name: "MetalSimulation", targets: ["MetalSimulation"]),
    .library(name: "MetalSimulationTesting", targets: ["MetalSimulationTesting"]),
  ],
  traits: [
    .trait(name: "ForcePoll", description: "MetalIO uses poll(2) on every platform but Windows."),
    .trait(name: "Simulated", description: "MetalIO uses the simulated kernel, even with ForcePoll."),
    .trait(name: "LibcCalls", description: "All system calls go through libc's functions."),
  ],
  targets: [
    .target(name: "MetalCore", swiftSettings: strict),
    .target(name: "CMetalLibcCalls"),
    .target(
      name: "CMetalSystem",
      dependencies: [.target(name: "CMetalLibcCalls", condition: .when(traits: ["LibcCalls"]))],
      linkerSettings: ["ws2_32", "ntdll"].map { .linkedLibrary($0, .when(platforms: [.windows])) }),
    .target(name: "MetalSystem", dependencies: ["MetalCore", "CMetalSystem"], swiftSettings: strict),
    .target(
      name: "MetalEpoll", dependencies: ["MetalCore", "MetalSystem", "CMetalSystem"], swiftSettings: strict),
    .target(
      name: "MetalPoll", dependencies: ["MetalCore", "MetalSystem", "CMetalSystem"], swiftSettings: strict),
    .target(
      name: "MetalKqueue",
      dependencies: [
        "MetalCore",
        .target(name: "MetalSystem", condition: .when(platforms: kqueuePlatforms)),
        .target(name: "CMetalSystem", condition: .when(platforms: kqueuePlatforms)),
      ], swiftSettings: strict),
    .target(
      name: "MetalAFD", dependencies: ["MetalCore", "MetalSystem", "CMetalSystem"], swiftSettings: strict),
    .target(name: "MetalKqueueSim", dependencies: ["MetalCore", "MetalKqueue"], swiftSettings: strict),
    .target(
      name: "MetalSimulation", dependencies: ["MetalCore", "MetalSystem", "MetalKqueue", "MetalKqueueSim"],
      swiftSettings: strict),
    .target(name: "CMetalCrashNotes"),
    .target(
      name: "MetalSimulationTesting", dependencies: ["MetalSimulation", "MetalSystem", "CMetalCrashNotes"],
      swiftSettings: strict),
    .target(
      name: "MetalIO",
      dependencies: [
        "MetalCore", "MetalSystem",
        .target(name: "MetalPoll", condition: .when(platforms: pollPlatforms)),
        .target(name: "MetalEpoll", condition: .when(platforms: [.linux, .android])),
        .target(name: "MetalAFD", condition: .when(platforms: [.windows])),
        .target(name: "MetalKqueue", condition: .when(platforms: kqueuePlatforms)),
        // It brings MetalKqueue along on every platform.
        .target(name: "MetalKqueueSim", condition: .when(traits: ["Simulated"])),
        .target(name: "MetalSimulation", condition: .when(traits: ["Simulated"])),
      ], swiftSettings: strict),
    .target(
      name: "Serving", dependencies: ["MetalCore"], path: "Examples/Serving", swiftSettings: strict),
    .target(
      name: "EchoServer", dependencies: ["MetalIO", "Serving"], path: "Examples/EchoServer",
      swiftSettings: strict),
    .target(name: "ExampleSupport", path: "Examples/ExampleSupport", swiftSettings: strict),
    .executableTarget(
      name: "quickstart", dependencies: ["MetalIO"], path: "Examples/quickstart", swiftSettings: strict),
    .executableTarget(
      name: "echo-server", dependencies: ["MetalIO", "EchoServer", "ExampleSupport"],
      path: "Examples/echo-server",
      swiftSettings: strict),
    .target(name: "UDPEcho", dependencies: ["MetalIO"], path: "Examples/UDPEcho", swiftSettings: strict),
    .executableTarget(
      name: "udp-echo", dependencies: ["MetalIO", "UDPEcho", "ExampleSupport"], path: "Examples/udp-echo",
      swiftSettings: strict),
    .target(
      name: "UnixChat", dependencies: ["MetalIO", "Serving"], path: "Examples/UnixChat",
      swiftSettings: strict),
    .executableTarget(
      name: "unix-chat", dependencies: ["MetalIO", "UnixChat", "ExampleSupport"], path: "Examples/unix-chat",
      swiftSettings: strict),
    .target(
      name: "TCPProxy", dependencies: ["MetalIO", "Serving"], path: "Examples/TCPProxy",
      swiftSettings: strict),
    .executableTarget(
      name: "tcp-proxy", dependencies: ["MetalIO", "TCPProxy", "ExampleSupport"], path: "Examples/tcp-proxy",
      swiftSettings: strict),
    .target(
      name: "KeyValueServer", dependencies: ["MetalIO", "Serving"], path: "Examples/KeyValueServer",
      swiftSettings: strict),
    .executableTarget(
      name: "key-value-server", dependencies: ["MetalIO", "KeyValueServer", "ExampleSupport"],
      path: "Examples/key-value-server",
      swiftSettings: strict),
    // A program to fuzz, without the testing library, built for release.
    .executableTarget(
      name: "fuzz-probe", dependencies: ["MetalCore", "MetalSystem", "MetalIO", "ExampleSupport", "CSystem"],
      path: "Tests/Probes/FuzzProbe", swiftSettings: strict),
    // The C library, for the tests.
    .target(
      name: "CSystem", path: "Tests/CSystem",
      linkerSettings: [.linkedLibrary("iphlpapi", .when(platforms: [.windows]))]),
    .testTarget(name: "MetalCoreTests", dependencies: ["MetalCore"], swiftSettings: tests),
    .testTarget(name: "FoundationTests", dependencies: ["MetalIO"], swiftSettings: tests),
    .testTarget(
      name: "GuideTests", dependencies: ["MetalIO", "MetalSimulationTesting", "KeyValueServer"], swiftSettings: tests),
    .testTarget(
      name: "MetalEpollTests", dependencies: ["MetalCore", "MetalSystem", "MetalEpoll", "CSystem"], swiftSettings: tests
    ),
    .testTarget(
      name: "MetalPollTests", dependencies: ["MetalCore", "MetalSystem", "MetalPoll", "CSystem"], swiftSettings: tests),
    .testTarget(
      name: "MetalKqueueTests", dependencies: ["MetalCore", "MetalKqueue", "MetalKqueueSim"],
      swiftSettings: tests),
    .testTarget(
      name: "MetalKqueueSimTests",
      dependencies: [
        "MetalCore", "MetalKqueue", "MetalKqueueSim", "MetalSimulation", "Serving", "EchoServer", "TCPProxy",
        "UnixChat",
      ],
      swiftSettings: tests),
    .testTarget(
      name: "MetalSimulationTests", dependencies: ["MetalSimulation", "EchoServer", "TCPProxy", "UnixChat"],
      swiftSettings: tests),
    .testTarget(
      name: "MetalSimulationTestingTests", dependencies: ["MetalSystem", "MetalSimulationTesting", "EchoServer"],
      swiftSettings: tests),
    .testTarget(
      name: "KeyValueServerTests", dependencies: ["MetalSimulationTesting", "KeyValueServer"], swiftSettings: tests),
    .testTarget(
      name: "DifferentialTests",
      dependencies: ["MetalCore", "MetalSystem", "MetalEpoll", "MetalPoll", "MetalKqueue", "MetalKqueueSim"],
      swiftSettings: tests),
    .testTarget(
      name: "BothBackendsTests",
      dependencies: ["MetalCore", "MetalSystem", "MetalEpoll", "MetalPoll", "EchoServer", "CSystem"],
      swiftSettings: tests),
  ] + otherConformance
)

/// The targets that the host system cannot build, and the products of the same names.
var absent: Set<String> = []

// These tests need epoll, or calls that only Linux has.
#if !os(Linux)
absent = ["MetalEpollTests", "MetalPollTests", "MetalPollConformanceTests", "BothBackendsTests", "DifferentialTests"]
#endif

// The project has not yet built or run the package on Windows. These targets need poll(2), or the signals of POSIX.
#if os(Windows)
absent.formUnion(["MetalEpoll", "MetalPoll", "CMetalCrashNotes", "MetalSimulationTesting", "fuzz-probe"])
absent.formUnion(["FoundationTests", "GuideTests", "MetalSimulationTestingTests", "KeyValueServerTests"])
package.targets.append(
  .testTarget(
    name: "MetalAFDTests", dependencies: ["MetalCore", "MetalSystem", "MetalAFD", "CMetalSystem", "CSystem"],
    exclude: ["SystemConformance/Unix", "SystemConformance/Support/Unix"], swiftSettings: tests))
#endif

package.targets.removeAll { absent.contains($0.name) }
for target in package.targets {
  target.dependencies.removeAll { dependency in
    if case .targetItem(let name, _) = dependency { return absent.contains(name) }
    if case .byNameItem(let name, _) = dependency { return absent.contains(name) }
    return false
  }
}
package.products.removeAll { absent.contains($0.name) }
