// swift-tools-version: 6.3
import PackageDescription

// A program that imports MetalIO alone, as a package that depends on this one. A trait of its own has MetalIO use the
// simulated kernel, because the command line names the traits of the package that is built, and not of those below it.

let package = Package(
  name: "dependent",
  platforms: [.macOS(.v26)],
  traits: [
    .trait(name: "SimulatedTests", description: "The tests run on simulated machines."),
    .trait(name: "PollTests", description: "The tests run on poll(2), unless they run on simulated machines."),
  ],
  dependencies: [
    .package(
      name: "metal-io", path: "../..",
      traits: [
        .trait(name: "Simulated", condition: .when(traits: ["SimulatedTests"])),
        .trait(name: "ForcePoll", condition: .when(traits: ["PollTests"])),
      ])
  ],
  targets: [
    .target(name: "Daytime", dependencies: [.product(name: "MetalIO", package: "metal-io")]),
    .testTarget(name: "DaytimeTests", dependencies: ["Daytime", .product(name: "MetalIO", package: "metal-io")]),
  ]
)
