// The functions that a program of Embedded Swift needs on Windows, besides the C library.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

// The header <ntsecapi.h> declares this function under the name RtlGenRandom.
BOOLEAN NTAPI SystemFunction036(PVOID buffer, ULONG count);

/// Ends the process where another system would send a signal. No debugger and no window opens.
static LONG WINAPI end_process(EXCEPTION_POINTERS *exception) {
  DWORD code = exception->ExceptionRecord->ExceptionCode;
  // A program may handle exceptions with other codes.
  if (code >> 30 != 3) return EXCEPTION_CONTINUE_SEARCH;
  fflush(stdout);
  fprintf(stderr, "exception %lx at %p\n", code, exception->ExceptionRecord->ExceptionAddress);
  fflush(stderr);
  TerminateProcess(GetCurrentProcess(), code);
  return EXCEPTION_CONTINUE_SEARCH;
}

// A vectored handler needs no unwind information. The object files lack unwind information.
void prepare_program(void) { AddVectoredExceptionHandler(1, end_process); }

/// Prints a character. The C library has no buffer for one line.
int putchar(int character) {
  int result = putc(character, stdout);
  if (character == '\n') fflush(stdout);
  return result;
}

// Tests/CSystem defines the number.
extern int64_t system_allocations;

int posix_memalign(void **memory, size_t alignment, size_t size) {
  // `malloc` aligns to 16 bytes, so this function uses `malloc`, and the C library's `free` frees the memory.
  if (alignment > 16) __builtin_trap();
  __atomic_fetch_add(&system_allocations, 1, __ATOMIC_RELAXED);
  *memory = malloc(size);
  return *memory == NULL;
}

void arc4random_buf(void *buffer, size_t count) {
  if (!SystemFunction036(buffer, (ULONG)count)) __builtin_trap();
}
