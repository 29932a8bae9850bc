// A source belongs to the selector that it is generic over: the registry of another backend does not take it.

import MetalCore
import MetalEpoll
import MetalPoll

func register(
  _ stream: inout PosixPollSelector.TCPStream, own: PosixPollSelector.Registry, other: EpollSelector.Registry
) throws(IOError) {
  // expected-error: instance method 'register(_:token:interests:)' requires the types 'EpollSelector' and 'PosixPollSelector' be equivalent
  try other.register(&stream, token: 1, interests: Interests.readable)
  // instead: try own.register(&stream, token: 1, interests: Interests.readable)
}

func wake(own: PosixPollSelector.Registry, other: EpollSelector.Registry) throws(IOError) {
  // expected-error: cannot assign value of type 'Waker<EpollSelector>' to type 'PosixPollSelector.Waker' (aka 'Waker<PosixPollSelector>')
  // expected-note: arguments to generic parameter 'S' ('EpollSelector' and 'PosixPollSelector') are expected to be equal
  let waker: PosixPollSelector.Waker = try other.makeWaker(token: 2)
  // instead: let waker: PosixPollSelector.Waker = try own.makeWaker(token: 2)
  try waker.wake()
}

func wait(
  on poll: inout PosixPollSelector.Poll, own: inout PosixPollSelector.Events,
  other: inout EpollSelector.Events
) throws(IOError) {
  // expected-error: cannot convert value of type 'EpollSelector.Events' (aka 'Events<EpollSelector>') to expected argument type 'Events<PosixPollSelector>'
  // expected-note: arguments to generic parameter 'S' ('EpollSelector' and 'PosixPollSelector') are expected to be equal
  try poll.wait(into: &other)
  // instead: try poll.wait(into: &own)
}
