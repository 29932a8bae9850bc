// Calls of the C library about signals, for tests.

#pragma once

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "system_descriptors.h"

#ifdef __linux__
#include <sys/signalfd.h>
#endif

static inline sigset_t system_signal_set(int signal) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, signal);
  return set;
}

static inline uint32_t system_signal_bits(const sigset_t *set) {
  uint32_t bits = 0;
  for (int signal = 1; signal < 32; signal++) {
    if (sigismember(set, signal) == 1) bits |= UINT32_C(1) << signal;
  }
  return bits;
}

/// Has the calling thread block a signal.
static inline void system_block_signal(int signal) {
  sigset_t set = system_signal_set(signal);
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) abort();
}

/// Has the calling thread take a signal.
static inline void system_unblock_signal(int signal) {
  sigset_t set = system_signal_set(signal);
  if (pthread_sigmask(SIG_UNBLOCK, &set, NULL) != 0) abort();
}

/// The signals below 32 that the calling thread has blocked, a bit for each.
static inline uint32_t system_blocked_signals(void) {
  sigset_t set;
  if (pthread_sigmask(SIG_BLOCK, NULL, &set) != 0) abort();
  return system_signal_bits(&set);
}

/// The signals below 32 that are pending for the calling thread, a bit for each.
static inline uint32_t system_pending_signals(void) {
  sigset_t set;
  if (sigpending(&set) != 0) abort();
  return system_signal_bits(&set);
}

/// Waits for a signal that is blocked, takes it, and returns it.
static inline int system_take_signal(int signal) {
  sigset_t set = system_signal_set(signal);
  int taken = 0;
  sigwait(&set, &taken);
  return taken;
}

/// Sets a signal's default action.
static inline void system_set_default_action(int number) { signal(number, SIG_DFL); }

/// Whether a signal has its default action.
static inline bool system_has_default_action(int signal) {
  struct sigaction action;
  if (sigaction(signal, NULL, &action) != 0) abort();
  return action.sa_handler == SIG_DFL;
}

static inline void system_handle_nothing(int signal) { (void)signal; }

/// Sets a handler that does nothing, and that asks for interrupted calls to be restarted or not.
static inline int system_set_empty_handler(int signal, bool restarts) {
  struct sigaction action = {.sa_handler = system_handle_nothing, .sa_flags = restarts ? SA_RESTART : 0};
  return system_result(sigaction(signal, &action, NULL));
}

/// The calling thread, for `system_signal_thread`.
static inline uintptr_t system_thread(void) { return (uintptr_t)pthread_self(); }

/// Sends a signal to a thread of the process.
static inline int system_signal_thread(uintptr_t thread, int signal) {
  return -pthread_kill((pthread_t)thread, signal);
}

#ifdef __linux__

/// Makes a descriptor that becomes readable by a signal, which the caller has blocked.
static inline int system_signal_descriptor(int signal) {
  sigset_t set = system_signal_set(signal);
  return system_result(signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC));
}

/// Reads a signal from the descriptor that it has made readable.
static inline int system_read_signal(int descriptor) {
  struct signalfd_siginfo record;
  return read(descriptor, &record, sizeof record) == sizeof record ? (int)record.ssi_signo : -errno;
}

#endif
