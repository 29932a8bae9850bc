// Signals that a thread waits for. A set of signals is a word: bit n - 1 stands for signal n.

#pragma once

#include <signal.h>

#include "metal_calls.h"

// Whether a thread can wait for a signal. libc keeps some numbers for its own use.
static inline _Bool metal_signal_is_usable(int signal) {
  sigset_t set;
  sigemptyset(&set);
  return signal >= 1 && signal <= 64 && sigaddset(&set, signal) == 0;
}

static inline void metal_signal_set(uint64_t signals, sigset_t *_Nonnull set) {
  sigemptyset(set);
  for (int signal = 1; signal <= 64; signal++) {
    if (signals >> (signal - 1) & 1) sigaddset(set, signal);
  }
}

// The signals of the set that the calling thread blocks already.
static inline uint64_t metal_signals_blocked(uint64_t signals) {
  sigset_t set;
  uint64_t blocked = 0;
  pthread_sigmask(SIG_BLOCK, NULL, &set);
  for (int signal = 1; signal <= 64; signal++) {
    if ((signals >> (signal - 1) & 1) && sigismember(&set, signal) == 1) blocked |= 1ull << (signal - 1);
  }
  return blocked;
}

// Blocks the signals in the calling thread, or unblocks them.
static inline void metal_signals_block(uint64_t signals, _Bool blocks) {
  sigset_t set;
  metal_signal_set(signals, &set);
  pthread_sigmask(blocks ? SIG_BLOCK : SIG_UNBLOCK, &set, NULL);
}

// Takes one of the signals, and returns its number. If none of the signals is pending, the function waits.
static inline int metal_signals_wait(uint64_t signals) {
  sigset_t set;
  int signal = 0;
  metal_signal_set(signals, &set);
  // On some systems, another signal ends the call, contrary to POSIX.
  while (sigwait(&set, &signal) != 0) {}
  return signal;
}
