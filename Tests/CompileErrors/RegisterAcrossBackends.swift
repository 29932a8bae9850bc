// A source belongs to the selector that it is generic over: the registry of another backend does not take it.

import MetalCore
import MetalEpoll
import MetalPoll

func register(
  _ stream: inout TCPStream<PollSelector>, own: Registry<PollSelector>, other: Registry<EpollSelector>
) throws(IOError) {
  // expected-error: instance method 'register(_:token:interests:)' requires the types 'EpollSelector' and 'PollSelector' be equivalent
  try other.register(&stream, token: 1, interests: Interest.readable)
  // instead: try own.register(&stream, token: 1, interests: Interest.readable)
}

func wake(own: Registry<PollSelector>, other: Registry<EpollSelector>) throws(IOError) {
  // expected-error: cannot convert value of type 'Registry<EpollSelector>' to expected argument type 'Registry<PollSelector>'
  // expected-note: arguments to generic parameter 'S' ('EpollSelector' and 'PollSelector') are expected to be equal
  let waker = try Waker<PollSelector>(registry: other, token: 2)
  // instead: let waker = try Waker<PollSelector>(registry: own, token: 2)
  try waker.wake()
}

func wait(
  on poll: inout Poll<PollSelector>, own: inout Events<PollSelector>, other: inout Events<EpollSelector>
) throws(IOError) {
  // expected-error: cannot convert value of type 'Events<EpollSelector>' to expected argument type 'Events<PollSelector>'
  // expected-note: arguments to generic parameter 'S' ('EpollSelector' and 'PollSelector') are expected to be equal
  try poll.poll(&other)
  // instead: try poll.poll(&own)
}
