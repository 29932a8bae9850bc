// swift-tools-version: 6.3
import PackageDescription

let package = Package(
  name: "hello",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(url: "https://github.com/metal-io/metal-io.git", .upToNextMinor(from: "0.1.0"))
  ],
  targets: [
    .executableTarget(name: "hello", dependencies: [.product(name: "MetalIO", package: "metal-io")])
  ]
)
