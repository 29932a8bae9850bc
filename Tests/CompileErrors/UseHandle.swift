// What a source is made of does not leave it: a descriptor goes over as one, by its owner.

import MetalIO

func convert(_ reader: consuming PipeReader) -> TCPStream {
  // expected-error: incorrect argument label in call (have 'handle:', expected 'adopting:')
  // expected-error: value of type 'PipeReader' (aka 'PipeReader<EpollSelector>') has no member 'takeHandle'
  TCPStream(handle: reader.takeHandle())
  // instead: TCPStream(adopting: reader.releaseDescriptor())
}

func descriptor(of reader: borrowing PipeReader) -> Int32 {
  // expected-error: 'handle' is inaccessible due to 'package' protection level
  reader.handle.descriptor
  // instead: reader.rawDescriptor
}
