// Calls of the C library about processes and what the kernel allows them, for tests.

#pragma once

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "system_descriptors.h"

#ifdef __linux__
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#endif

/// Starts a program without arguments and environment, whose standard input and output are copies of descriptors.
///
/// Returns the process.
static inline int system_spawn(const char *path, int input, int output) {
  posix_spawn_file_actions_t actions;
  if (posix_spawn_file_actions_init(&actions) != 0) abort();
  if (posix_spawn_file_actions_adddup2(&actions, input, STDIN_FILENO) != 0) abort();
  if (posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO) != 0) abort();
  char *arguments[] = {(char *)path, NULL}, *environment[] = {NULL};
  pid_t process;
  int result = posix_spawn(&process, path, &actions, NULL, arguments, environment);
  posix_spawn_file_actions_destroy(&actions);
  return result == 0 ? process : -result;
}

/// Ends a child process, and waits for its end.
static inline void system_end_process(int process) {
  kill(process, SIGKILL);
  waitpid(process, NULL, 0);
}

/// Whether the system's release is at least a version.
static inline bool system_has_release(int major, int minor) {
  struct utsname name;
  int numbers[2] = {0, 0};
  if (uname(&name) < 0 || sscanf(name.release, "%d.%d", &numbers[0], &numbers[1]) != 2) return false;
  return numbers[0] > major || (numbers[0] == major && numbers[1] >= minor);
}

#ifdef __linux__

/// The numbers of system calls, which differ by architecture.
static const int system_call_pwritev2 = SYS_pwritev2;
static const int system_call_pipe2 = SYS_pipe2;

/// Source: seccomp(2), `SECCOMP_SET_MODE_FILTER`. The headers of the kernel, which have names for it, may be missing.
static inline int system_filter(int number, uint32_t action) {
  struct instruction {
    uint16_t code;
    uint8_t if_true, if_false;
    uint32_t value;
  } instructions[] = {
      {.code = 0x20, .value = 0},  // load the number of the call
      {.code = 0x15, .if_false = 1, .value = (uint32_t)number},
      {.code = 0x06, .value = action},
      {.code = 0x06, .value = 0x7FFF0000},  // allow
  };
  struct {
    uint16_t count;
    const struct instruction *instructions;
  } program = {4, instructions};
  // PR_SET_NO_NEW_PRIVS, which a filter requires, and PR_SET_SECCOMP.
  if (prctl(38, 1ul, 0ul, 0ul, 0ul) != 0) return -errno;
  return system_result(prctl(22, 2ul, &program, 0ul, 0ul));
}

/// Has the kernel answer a system call with an error, in this thread and for good.
static inline int system_refuse_call(int number, int code) {
  return system_filter(number, 0x00050000u | (uint32_t)code);
}

/// Has the kernel end the process at a system call, in this thread and for good.
static inline int system_forbid_call(int number) { return system_filter(number, 0x80000000u); }

/// Has the calling thread enter a network that nobody else uses, in which the system chooses ports from a range.
///
/// Source: network_namespaces(7); netdevice(7), `SIOCSIFFLAGS`.
static inline int system_enter_network(int first_port, int last_port) {
  // CLONE_NEWNET, which <sched.h> names for programs with _GNU_SOURCE alone.
  if (syscall(SYS_unshare, 0x40000000) != 0) return -errno;
  struct ifreq request = {.ifr_name = "lo"};
  request.ifr_flags = IFF_UP;
  int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (descriptor < 0) return -errno;
  int result = system_result(ioctl(descriptor, SIOCSIFFLAGS, &request));
  close(descriptor);
  if (result < 0) return result;
  descriptor = system_open("/proc/sys/net/ipv4/ip_local_port_range", O_WRONLY);
  if (descriptor < 0) return descriptor;
  result = system_result(dprintf(descriptor, "%d %d", first_port, last_port));
  close(descriptor);
  return result;
}

#endif
