internal import MetalCore

final class UDPSocket: IPSocket {}
