// Windows: the events of the console, in place of signals.
//
// Source: SetConsoleCtrlHandler and HandlerRoutine in Microsoft's documentation.

#ifdef _WIN32

#include "windows_shared.h"

static _Bool (*action)(int);

static BOOL WINAPI handle(DWORD event) {
  // Only a service gets this event, when any user logs off.
  if (event == CTRL_LOGOFF_EVENT) return TRUE;
  int is_end = event == CTRL_CLOSE_EVENT || event == CTRL_SHUTDOWN_EVENT;
  // For an event that the program does not handle, the system's own handler ends the process.
  if (!action(event == CTRL_C_EVENT ? METAL_SIGNAL_INTERRUPT : METAL_SIGNAL_TERMINATE)) return FALSE;
  // The system ends the process as soon as this function returns, so the function waits while the program ends by
  // itself.
  if (is_end) Sleep(INFINITE);
  return TRUE;
}

int metal_signals_handle(_Bool (*new_action)(int)) {
  action = new_action;
  return SetConsoleCtrlHandler(handle, TRUE) ? 0 : -(int)GetLastError();
}

#endif
