// The code of the article "Choosing a backend".

import MetalCore
import MetalPoll

enum ChoosingABackend {
  typealias Poll = PosixPollSelector.Poll
  typealias Events = PosixPollSelector.Events
  typealias TCPStream = PosixPollSelector.TCPStream
}
