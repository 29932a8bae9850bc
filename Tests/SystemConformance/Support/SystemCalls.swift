import CSystem
import MetalCore
import MetalSystem

/// Returns the result of a call of CSystem, which is a negated error number if the call has failed.
@discardableResult
func checked<Result: FixedWidthInteger & SignedInteger>(_ result: Result) throws(IOError) -> Result {
  guard result >= 0 else { throw IOError(errno: Int32(-result)) }
  return result
}

/// Returns the descriptor that a call of CSystem has opened.
func opened(_ result: SystemKernel.Descriptor) throws(IOError) -> OwnedDescriptor {
  OwnedDescriptor(adopting: try checked(result))
}

#if !METAL_WINDOWS
/// Makes a terminal: the end for the keyboard, and the one for the program.
func openTerminal() throws(IOError) -> Pair<OwnedDescriptor, OwnedDescriptor> {
  var (keyboard, terminal): (Int32, Int32) = (-1, -1)
  // Safety: the call writes two numbers.
  try checked(unsafe system_open_terminal(&keyboard, &terminal))
  return Pair(OwnedDescriptor(adopting: keyboard), OwnedDescriptor(adopting: terminal))
}
#endif
