// Windows: waits with timeouts below the tick of the system's clock.
//
// A timeout of GetQueuedCompletionStatusEx ends with a tick, which may take 15.6 ms. A waitable timer of high
// resolution queues a call to its thread, and the call ends an alertable wait.
//
// Source: CreateWaitableTimerExW, SetWaitableTimerEx and "Asynchronous Procedure Calls" in Microsoft's documentation.

#ifdef _WIN32

#include "windows_shared.h"

#ifndef CREATE_WAITABLE_TIMER_HIGH_RESOLUTION
#define CREATE_WAITABLE_TIMER_HIGH_RESOLUTION 2  // Windows 10, version 1803; missing in older headers
#endif

intptr_t metal_timer_open(void) {
  HANDLE timer = CreateWaitableTimerExW(NULL, NULL, CREATE_WAITABLE_TIMER_HIGH_RESOLUTION, TIMER_ALL_ACCESS);
  return timer != NULL ? (intptr_t)timer : -(intptr_t)GetLastError();
}

static void CALLBACK end_wait(LPVOID context, DWORD low, DWORD high) { (void)context, (void)low, (void)high; }

intptr_t metal_port_wait_finely(intptr_t port, intptr_t timer, struct metal_completion *completions, size_t count,
                                int64_t nanoseconds) {
  // A negative time counts from now, in units of 100 ns.
  LARGE_INTEGER due = {.QuadPart = -((nanoseconds + 99) / 100)};
  // If the system refuses the call, or does not make it, the timeout ends the wait.
  (void)SetWaitableTimerEx((HANDLE)timer, &due, 0, end_wait, NULL, NULL, 0);
  DWORD timeout = (DWORD)((nanoseconds + 999999) / 1000000);
  ULONG taken = 0;
  BOOL succeeded =
      GetQueuedCompletionStatusEx((HANDLE)port, (LPOVERLAPPED_ENTRY)completions, (ULONG)count, &taken, timeout, TRUE);
  DWORD number = succeeded ? 0 : GetLastError();
  CancelWaitableTimer((HANDLE)timer);
  if (succeeded) return (intptr_t)taken;
  return number == WAIT_TIMEOUT || number == WAIT_IO_COMPLETION ? 0 : -(intptr_t)number;
}

#endif
