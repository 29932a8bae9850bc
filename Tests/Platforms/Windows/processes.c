// The exit tests of CTesting on Windows.

#include <stdio.h>
#include <stdlib.h>
#include <windows.h>

#include "testing.h"

static void set_number(const char *name, int value) {
  char text[16];
  snprintf(text, sizeof text, "%d", value);
  SetEnvironmentVariableA(name, value == 0 ? NULL : text);
}

/// Reads until every writer has closed the pipe, and keeps the bytes that fit.
static void read_all(HANDLE pipe, char *text, int capacity) {
  int count = 0;
  for (;;) {
    char rest[256];
    int room = capacity - 1 - count;
    DWORD moved;
    if (!ReadFile(pipe, room > 0 ? text + count : rest, room > 0 ? (DWORD)room : sizeof rest, &moved, NULL)) break;
    if (room > 0) count += (int)moved;
  }
  text[count] = 0;
}

int testing_start_anew(int test, int exit, char *text, int capacity) {
  HANDLE pipe, output;
  SECURITY_ATTRIBUTES inherited = {.nLength = sizeof inherited, .bInheritHandle = TRUE};
  if (!CreatePipe(&pipe, &output, &inherited, 0)) abort();
  SetHandleInformation(pipe, HANDLE_FLAG_INHERIT, 0);
  STARTUPINFOA start = {.cb = sizeof start, .dwFlags = STARTF_USESTDHANDLES, .hStdOutput = output, .hStdError = output};
  PROCESS_INFORMATION process;
  char path[MAX_PATH];
  GetModuleFileNameA(NULL, path, sizeof path);
  set_number("METAL_ONLY_TEST", test);
  set_number("METAL_ONLY_EXIT", exit);
  fflush(stdout);
  if (!CreateProcessA(path, NULL, NULL, NULL, TRUE, 0, NULL, NULL, &start, &process)) abort();
  set_number("METAL_ONLY_TEST", 0);
  set_number("METAL_ONLY_EXIT", 0);
  CloseHandle(output);
  read_all(pipe, text, capacity);
  CloseHandle(pipe);
  WaitForSingleObject(process.hProcess, INFINITE);
  DWORD status;
  if (!GetExitCodeProcess(process.hProcess, &status)) abort();
  CloseHandle(process.hThread);
  CloseHandle(process.hProcess);
  return (int)status;
}
