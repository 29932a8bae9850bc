#include "testing.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/// runtime.c sets the variable.
extern char **program_arguments;

const char *testing_argument(int position) { return program_arguments[position]; }

static int read_number(const char *name) {
  const char *text = getenv(name);
  return text == NULL ? 0 : atoi(text);
}

int testing_only_test(void) { return read_number("METAL_ONLY_TEST"); }

int testing_only_exit(void) { return read_number("METAL_ONLY_EXIT"); }

#if defined(__wasi__)

int testing_start_anew(int test, int exit, char *text, int capacity) { return TESTING_NO_PROCESSES; }

#elif !defined(_WIN32)

#include <sys/wait.h>

static void set_number(const char *name, int value) {
  char text[16];
  snprintf(text, sizeof text, "%d", value);
  setenv(name, text, 1);
}

int testing_start_anew(int test, int exit, char *text, int capacity) {
  int ends[2];
  if (pipe(ends) != 0) abort();
  pid_t child = fork();
  if (child < 0) abort();
  if (child == 0) {
    set_number("METAL_ONLY_TEST", test);
    set_number("METAL_ONLY_EXIT", exit);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(ends[0]);
    close(ends[1]);
    // The argument of the program is the emulator that runs the program, if there is one.
    char *emulator = program_arguments[1];
    char *command[] = {emulator, program_arguments[0], emulator, NULL};
    char **first = emulator == NULL ? command + 1 : command;
    execvp(first[0], first);
    _exit(127);
  }
  close(ends[1]);
  int count = 0;
  for (;;) {
    char rest[256];
    int room = capacity - 1 - count;
    ssize_t result = room > 0 ? read(ends[0], text + count, (size_t)room) : read(ends[0], rest, sizeof rest);
    if (result <= 0) break;
    if (room > 0) count += (int)result;
  }
  text[count] = 0;
  close(ends[0]);
  int status;
  if (waitpid(child, &status, 0) != child) abort();
  return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

#endif

void testing_exit(int code) {
  fflush(stdout);
  _exit(code);
}
