// Source: sigaction(2), signal-safety(7), raise(3); POSIX.1-2024.

#include "metal_crash_notes.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

// The signals of traps, of bad memory accesses and of abort(3).
static const int signals[] = {SIGILL, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGABRT};
enum { COUNT = sizeof signals / sizeof *signals };

static struct sigaction previous[COUNT];

// A handler may read values that its own thread has written before.
static _Thread_local const char *volatile note_bytes;
static _Thread_local volatile size_t note_count;

void metal_crash_note_set(const void *bytes, size_t count) {
  note_bytes = NULL;
  note_count = count;
  note_bytes = bytes;
}

static void write_note(void) {
  const char *bytes = note_bytes;
  size_t count = note_count;
  // A crash can raise a second signal, so this function writes the note only once.
  note_bytes = NULL;
  while (bytes != NULL && count > 0) {
    ssize_t written = write(STDERR_FILENO, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    bytes += written;
    count -= (size_t)written;
  }
}

static void handle(int number, siginfo_t *info, void *context) {
  int saved = errno;
  write_note();
  errno = saved;
  for (int index = 0; index < COUNT; index++) {
    if (signals[index] != number) continue;
    const struct sigaction *before = &previous[index];
    if ((before->sa_flags & SA_SIGINFO) != 0) return before->sa_sigaction(number, info, context);
    if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) return before->sa_handler(number);
    // After the return, the failed instruction runs again, and fails with the previous action. A signal that a process
    // has sent does not repeat, so the handler raises it again.
    sigaction(number, before, NULL);
    if (info->si_code <= 0 || info->si_code == SI_USER || info->si_code == SI_QUEUE) raise(number);
    return;
  }
}

void metal_crash_notes_install(void) {
  for (int index = 0; index < COUNT; index++) {
    if (sigaction(signals[index], NULL, &previous[index]) != 0) continue;
    struct sigaction action = previous[index];
    action.sa_sigaction = handle;
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    sigaction(signals[index], &action, NULL);
  }
}
