// swift-tools-version: 6.3
import PackageDescription

/// What every Swift target is compiled with.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .strictMemorySafety(),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("ExistentialAny"),
]

/// Whether to do without SwiftNIO, and so without any network.
let isAlone = Context.environment["METAL_BENCHMARKS_ALONE"] != nil

/// The library's modules that a system on one of its selectors uses.
func metal(_ selector: String) -> [Target.Dependency] {
  ["MetalCore", "MetalSystem", selector].map { .product(name: $0, package: "metal-io") }
}

let package = Package(
  name: "metal-io-benchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [.package(name: "metal-io", path: "..")],
  targets: [
    // Both are the sources in `Metal`, linked into each, and a file that chooses the selector.
    .executableTarget(
      name: "metal-epoll", dependencies: metal("MetalEpoll"), path: "Sources/MetalOnEpoll",
      swiftSettings: strict),
    .executableTarget(
      name: "metal-poll", dependencies: metal("MetalPoll"), path: "Sources/MetalOnPoll", swiftSettings: strict
    ),
  ]
)

if !isAlone {
  package.dependencies.append(.package(url: "https://github.com/apple/swift-nio.git", from: "2.80.0"))
  package.targets.append(
    .executableTarget(
      name: "swift-nio-system",
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
      ], path: "Sources/NIO", swiftSettings: strict))
}
