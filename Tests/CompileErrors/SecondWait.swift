// A selector has one wait at a time: the right to wait is the poll's, which cannot be copied.

import MetalIO

func wait(on registry: Registry) throws(IOError) {
  var events = Events(capacity: 8)
  // expected-error: 'selector' is inaccessible due to 'package' protection level
  try registry.selector.select(into: &events, timeout: nil)
  // instead: events.removeAll()
}

func makePermit(for selector: DefaultSelector) {
  // expected-error: 'WaitPermit<S>' initializer is inaccessible due to 'internal' protection level
  let permit = WaitPermit(selector)
  // instead: let permit = selector
  _ = consume permit
}

func waitTwice(_ poll: borrowing Poll, _ events: inout Events) throws(IOError) {
  // expected-error: cannot use mutating member on immutable value: 'poll' is a 'let' constant
  try poll.wait(into: &events)
  // instead: _ = poll.registry
}
