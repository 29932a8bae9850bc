internal import Glibc

/// Nanoseconds of wall-clock time since some fixed moment.
public var wallNanoseconds: Int { nanoseconds(of: CLOCK_MONOTONIC) }

/// Nanoseconds that all threads of this process have spent on processors.
public var processorNanoseconds: Int { nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID) }

private func nanoseconds(of clock: clockid_t) -> Int {
  var time = timespec()
  // Safety: the call writes to the local only.
  unsafe clock_gettime(clock, &time)
  return time.tv_sec * 1_000_000_000 + time.tv_nsec
}
