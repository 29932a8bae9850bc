// A selector has one wait at a time: the right to wait is the poll's, which cannot be copied.

import MetalIO

func reachSelector(of registry: Registry) {
  // expected-error: 'selector' is inaccessible due to 'package' protection level
  _ = registry.selector
  // instead: _ = registry
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
