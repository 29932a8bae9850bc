// The system's headers, and system calls. In optimised builds on Linux, these functions make their calls in place,
// without libc's functions.
//
// The guide "Architecture" describes the gain and the limits under "System calls in place". The kernel keeps the
// numbers and arguments of its calls stable (syscalls(2), syscall(2)). Either all calls of a build use libc, or no call
// uses libc. A library that replaces libc's functions therefore sees all calls or none. The package trait LibcCalls
// sends all calls through libc. The trait is for programs that run under a library that replaces libc's functions, and
// for optimised builds under the thread sanitizer. Code for processors with SVE also uses libc. A system call clears
// parts of the SVE registers, and code that is compiled without SVE cannot declare these registers as clobbered. Every
// build reads the clock through libc, because libc's function needs no kernel call (vdso(7)).

#pragma once

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

// This header belongs to a target that only the trait LibcCalls adds.
#if __has_include(<metal_libc_calls.h>)
#define METAL_LIBC_CALLS 1
#endif

#ifdef __linux__
#include <sys/syscall.h>
#define METAL_IS_LINUX 1
#else
#define METAL_IS_LINUX 0
#endif

#if defined(__linux__) && !defined(__ANDROID__) && defined(__OPTIMIZE__) && !defined(METAL_LIBC_CALLS) && \
    ((defined(__x86_64__) && !defined(__ILP32__)) || (defined(__aarch64__) && !defined(__ARM_FEATURE_SVE)))
#define METAL_CALLS_IN_PLACE 1
#else
#define METAL_CALLS_IN_PLACE 0
#endif

#if defined(__linux__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#define METAL_HAS_ACCEPT4_PIPE2_PPOLL 1
#ifndef __USE_GNU
// glibc has these functions, but hides their declarations from programs that do not request GNU extensions.
int accept4(int fd, struct sockaddr *_Nullable restrict address, socklen_t *_Nullable restrict length, int flags);
int pipe2(int fds[_Nonnull 2], int flags);
int ppoll(struct pollfd *_Nonnull entries, nfds_t count, const struct timespec *_Nullable timeout,
          const sigset_t *_Nullable signals);
#endif
#endif

// Swift code compares an error with only one of these two numbers.
_Static_assert(EAGAIN == EWOULDBLOCK, "EAGAIN and EWOULDBLOCK differ");

// Numbers that Swift code uses on every system. On Windows, sockets have other numbers than those of <errno.h>.
enum {
  METAL_EAGAIN = EAGAIN,
  METAL_EINVAL = EINVAL,
  METAL_EAFNOSUPPORT = EAFNOSUPPORT,
};

// The result of a libc function that sets `errno`, or the negated errno. If a replacement of a libc function fails
// without setting `errno`, the result is still negative. Therefore the compiler knows that a failure is negative, and
// checks once.
static inline long metal_result(long result) {
  if (result >= 0) return result;
  long number = errno;
  return number > 0 ? -number : -EIO;
}

static inline struct timespec metal_timespec(int64_t nanoseconds) {
  return (struct timespec){.tv_sec = (time_t)(nanoseconds / 1000000000), .tv_nsec = (long)(nanoseconds % 1000000000)};
}

// METAL_CALL(IN_PLACE, LIBC) evaluates to one of its arguments. In place, the kernel itself returns the negated errno.
#if METAL_CALLS_IN_PLACE
#define METAL_CALL(in_place, libc) (in_place)
#else
#define METAL_CALL(in_place, libc) metal_result(libc)
#endif

#if METAL_CALLS_IN_PLACE

// metal_callN makes the system call with a number and N arguments. The caller passes pointers as numbers. The clobber
// "memory" stops the compiler from keeping values of memory across the call. The functions are unsafe, because the
// kernel may write to memory.

#define METAL_UNSAFE __attribute__((swift_attr("unsafe")))

#ifdef __x86_64__

#define METAL_CALL_CLOBBERS "rcx", "r11", "memory"

METAL_UNSAFE static inline long metal_call1(long number, long a) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a) : METAL_CALL_CLOBBERS);
  return result;
}

METAL_UNSAFE static inline long metal_call3(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : METAL_CALL_CLOBBERS);
  return result;
}

METAL_UNSAFE static inline long metal_call4(long number, long a, long b, long c, long d) {
  register long r10 __asm__("r10") = d;
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10) : METAL_CALL_CLOBBERS);
  return result;
}

METAL_UNSAFE static inline long metal_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : METAL_CALL_CLOBBERS);
  return result;
}

#else  // __aarch64__

METAL_UNSAFE static inline long metal_call1(long number, long a) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8) : "memory");
  return x0;
}

METAL_UNSAFE static inline long metal_call3(long number, long a, long b, long c) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory");
  return x0;
}

METAL_UNSAFE static inline long metal_call4(long number, long a, long b, long c, long d) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}

METAL_UNSAFE static inline long metal_call6(long number, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = number;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return x0;
}

#endif
#endif
