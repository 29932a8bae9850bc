// What a program of Embedded Swift needs besides the system's C library.

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/// The Swift program.
int program_main(int count, char **arguments);

char **program_arguments;

#if defined(_WIN32)
/// Windows/runtime.c defines this function.
void prepare_program(void);
#else
static void prepare_program(void) { setvbuf(stdout, NULL, _IOLBF, 0); }
#endif

int main(int count, char **arguments) {
  program_arguments = arguments;
  prepare_program();
  return program_main(count, arguments);
}

#if defined(__linux__)
#include <sys/random.h>

void arc4random_buf(void *buffer, size_t count) {
  if (getrandom(buffer, count, 0) != (ssize_t)count) abort();
}
#endif
