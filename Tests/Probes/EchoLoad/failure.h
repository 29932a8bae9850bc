#ifndef ECHO_LOAD_FAILURE_H
#define ECHO_LOAD_FAILURE_H

enum {
  // When nothing has moved for so long, the program fails.
  STALL_SECONDS = 10,
};

/// Ends the program with 1 and says what the last call failed with.
_Noreturn void fail(const char *what);

#endif
