internal import CMetalSystem

/// Returns the value of an environment variable; `nil` if the variable is not set.
///
/// Source: getenv(3); POSIX.1-2024. GetEnvironmentVariableW; Microsoft's documentation.
package func environmentValue(_ name: String) -> String? {
  // Safety: the bytes end with a zero, and `String` copies them at once.
  unsafe metal_environment(name).map { unsafe String(cString: $0) }
}
