// System calls made in place, without libc's functions in between, on Linux in optimised builds.
//
// What that wins is measured in Docs/Performance.md. A function of libc that waits or moves bytes is a cancellation point
// (pthreads(7)), so in a process of several threads it marks the thread before the call and unmarks it after. And it
// returns right after the kernel does, which was measured to be expensive; a call made in place has no such return.
//
// The kernel keeps numbers and arguments of its calls for ever (syscalls(2), syscall(2)). These functions set no `errno`
// and cancel no thread, and whoever stands in for libc's functions, such as a sanitizer or a preloaded library, does not see
// them. Debug builds go through libc, and with METAL_LIBC_CALLS defined (swift build -Xcc -DMETAL_LIBC_CALLS) all do:
// optimised builds under the thread sanitizer want that. Code for processors with SVE goes through libc as well: a system
// call clears parts of its registers, which the instruction cannot declare in code that may be compiled without them.

#ifndef METAL_CALLS_H
#define METAL_CALLS_H

#include <errno.h>

#if defined(__linux__) && !defined(__ANDROID__) && defined(__OPTIMIZE__) && !defined(METAL_LIBC_CALLS) && \
    ((defined(__x86_64__) && !defined(__ILP32__)) || (defined(__aarch64__) && !defined(__ARM_FEATURE_SVE)))
#define METAL_CALLS_IN_PLACE 1
#include <sys/syscall.h>
#else
#define METAL_CALLS_IN_PLACE 0
#endif

// METAL_CALL(IN_PLACE, LIBC): the result or the negated errno, of the one or the other. In place the kernel itself returns
// that.
#if METAL_CALLS_IN_PLACE
#define METAL_CALL(in_place, libc) (in_place)
#else
#define METAL_CALL(in_place, libc) metal_result(libc)
static inline long metal_result(long result) { return result < 0 ? -errno : result; }
#endif

#if METAL_CALLS_IN_PLACE

// metal_callN makes the call of a number with N arguments. Pointers are passed as numbers, hence the "memory": the compiler
// may neither keep nor assume anything of what is in memory across the call. For the same reason they are unsafe.

#if __has_attribute(swift_attr)
#define METAL_UNSAFE __attribute__((swift_attr("unsafe")))
#else
#define METAL_UNSAFE
#endif

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
#endif
