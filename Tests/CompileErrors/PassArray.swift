// Bytes are passed as spans. For an array, the compiler's error names the span to pass.

import MetalIO

func read(_ stream: borrowing TCPStream, into array: inout [UInt8]) throws(IOError) -> Int? {
  // expected-error: conformance of 'Array<Element>' to 'MutableIOBytes' is unavailable: Pass the array's mutableSpan.
  try stream.read(into: array)
  // instead: try stream.read(into: array.mutableSpan)
}

func readInPlace(_ stream: borrowing TCPStream, into array: inout [UInt8]) throws(IOError) -> Int? {
  // expected-error: '&' used with non-inout argument of type '[UInt8]'
  try stream.read(into: &array)
  // instead: try stream.read(into: array.mutableSpan)
}

func write(_ array: [UInt8], to stream: borrowing TCPStream) throws(IOError) -> Int? {
  // expected-error: conformance of 'Array<Element>' to 'IOBytes' is unavailable: Pass the array's span.
  try stream.write(array)
  // instead: try stream.write(array.span)
}
