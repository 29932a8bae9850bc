// swift-tools-version: 6.3
import PackageDescription

let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
  .enableExperimentalFeature("Lifetimes"),
]
let ours = strict + [.treatAllWarnings(as: .error)]

/// The library's modules for a program on some of its selectors.
func metal(_ selectors: String...) -> [Target.Dependency] {
  (["MetalCore", "MetalSystem"] + selectors).map { .product(name: $0, package: "metal-io") }
}

/// A program of ours; what several have in common is linked into the folder of each.
func program(_ name: String, in folder: String, _ dependencies: [Target.Dependency], _ defines: String...) -> Target {
  .executableTarget(
    name: name, dependencies: ["Harness"] + dependencies, path: "Sources/" + folder,
    swiftSettings: ours + defines.map { .define($0) })
}

let libraries: [Target.Dependency] = ["GenericServer", "SpecializedServer"]

let package = Package(
  name: "metal-io-benchmarks",
  platforms: [.macOS(.v26)],
  traits: [.trait(name: "LibcCalls", description: "Metal I/O makes its system calls through libc.")],
  dependencies: [
    .package(
      name: "metal-io", path: "..", traits: [.trait(name: "LibcCalls", condition: .when(traits: ["LibcCalls"]))])
  ],
  targets: [
    // The systems in C use it as well.
    .target(name: "Harness", path: "C/harness", publicHeadersPath: "."),
    program("metal-epoll", in: "MetalOnEpoll", metal("MetalEpoll") + libraries),
    program("metal-poll", in: "MetalOnPoll", metal("MetalPoll") + libraries, "ON_POLL"),
    program("metal-simulated", in: "Simulated", metal("MetalIO", "MetalSimulation") + ["Serving"]),
    .target(name: "GenericServer", dependencies: metal(), swiftSettings: ours),
    .target(
      name: "SpecializedServer", dependencies: metal("MetalEpoll", "MetalPoll"),
      swiftSettings: ours + [.define("SPECIALIZED")]),
    // The example's library, from the folder that it has there.
    .target(name: "Serving", dependencies: metal(), swiftSettings: ours),
  ]
)

// Without SwiftNIO the package needs no network.
if Context.environment["METAL_BENCHMARKS_ALONE"] == nil {
  let nio = ["NIOCore", "NIOPosix"].map { Target.Dependency.product(name: $0, package: "swift-nio") }
  package.dependencies.append(.package(url: "https://github.com/apple/swift-nio.git", from: "2.80.0"))
  // Its warnings are no errors: a later version of SwiftNIO may deprecate what it uses.
  package.targets.append(
    .executableTarget(
      name: "swift-nio-system", dependencies: ["Harness"] + nio, path: "Sources/NIO", swiftSettings: strict))
}
