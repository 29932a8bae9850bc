// Windows: named pipes.
//
// Source: "Named Pipes", CreateNamedPipe, CreateFile, ConnectNamedPipe, DisconnectNamedPipe, PeekNamedPipe, ReadFile,
// WriteFile, GetQueuedCompletionStatus, SetFileCompletionNotificationModes, CancelIoEx and GetOverlappedResult in
// Microsoft's documentation.

#ifdef _WIN32

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif

#include <string.h>
#include <windows.h>
#include <winternl.h>

#include "metal_named_pipes.h"

// MARK: Layouts and numbers

#define IS_AT(field, windows_field) \
  _Static_assert(offsetof(struct metal_pipe_operation, field) == offsetof(OVERLAPPED, windows_field), #field)
#define IS_NUMBER(name) _Static_assert(METAL_##name == name, #name)

IS_AT(status, Internal);
IS_AT(information, InternalHigh);
IS_AT(offset, Offset);
IS_AT(event, hEvent);
_Static_assert(sizeof(struct metal_pipe_operation) == sizeof(OVERLAPPED), "OVERLAPPED");

IS_NUMBER(ERROR_BROKEN_PIPE);
IS_NUMBER(ERROR_INVALID_NAME);
IS_NUMBER(ERROR_BAD_PIPE);
IS_NUMBER(ERROR_NO_DATA);
IS_NUMBER(ERROR_PIPE_NOT_CONNECTED);
IS_NUMBER(ERROR_PIPE_LISTENING);
IS_NUMBER(ERROR_OPERATION_ABORTED);
IS_NUMBER(ERROR_IO_PENDING);

static int failure(void) { return -(int)GetLastError(); }

static LPOVERLAPPED started(struct metal_pipe_operation *operation) {
  *operation = (struct metal_pipe_operation){.status = STATUS_PENDING};
  return (LPOVERLAPPED)operation;
}

// MARK: Opening

// The name of a pipe has at most 256 characters, in the form \\machine\pipe\name.
enum { NAME_CAPACITY = 512 };

static int make_name(WCHAR *wide, const void *name, size_t length) {
  if (length == 0 || length > 3 * NAME_CAPACITY || memchr(name, 0, length) != NULL) return -ERROR_INVALID_NAME;
  int count = MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, (int)length, wide, NAME_CAPACITY - 1);
  if (count == 0) return GetLastError() == ERROR_INSUFFICIENT_BUFFER ? -ERROR_FILENAME_EXCED_RANGE : failure();
  wide[count] = 0;
  return 0;
}

static intptr_t handle_or_failure(HANDLE handle) {
  return handle != INVALID_HANDLE_VALUE ? (intptr_t)handle : (intptr_t)failure();
}

intptr_t metal_pipe_create(const void *name, size_t name_length, int choices, uint32_t instances, uint32_t buffer_size) {
  WCHAR wide[NAME_CAPACITY];
  int result = make_name(wide, name, name_length);
  if (result < 0) return result;
  DWORD open_mode = PIPE_ACCESS_DUPLEX | FILE_FLAG_OVERLAPPED;
  if (choices & METAL_PIPE_IS_FIRST_INSTANCE) open_mode |= FILE_FLAG_FIRST_PIPE_INSTANCE;
  DWORD mode = PIPE_TYPE_BYTE | PIPE_READMODE_BYTE | PIPE_WAIT;
  mode |= choices & METAL_PIPE_TAKES_REMOTE_CLIENTS ? PIPE_ACCEPT_REMOTE_CLIENTS : PIPE_REJECT_REMOTE_CLIENTS;
  return handle_or_failure(CreateNamedPipeW(wide, open_mode, mode, instances, buffer_size, buffer_size, 0, NULL));
}

intptr_t metal_pipe_open(const void *name, size_t name_length) {
  WCHAR wide[NAME_CAPACITY];
  int result = make_name(wide, name, name_length);
  if (result < 0) return result;
  DWORD flags = FILE_FLAG_OVERLAPPED | SECURITY_SQOS_PRESENT | SECURITY_IDENTIFICATION;
  return handle_or_failure(CreateFileW(wide, GENERIC_READ | GENERIC_WRITE, 0, NULL, OPEN_EXISTING, flags, NULL));
}

intptr_t metal_pipe_open_event(void) {
  HANDLE event = CreateEventW(NULL, TRUE, FALSE, NULL);
  return event != NULL ? (intptr_t)event : (intptr_t)failure();
}

int metal_pipe_attach(intptr_t pipe, intptr_t port, uintptr_t key) {
  UCHAR modes = FILE_SKIP_COMPLETION_PORT_ON_SUCCESS | FILE_SKIP_SET_EVENT_ON_HANDLE;
  if (!SetFileCompletionNotificationModes((HANDLE)pipe, modes)) return failure();
  return CreateIoCompletionPort((HANDLE)pipe, (HANDLE)port, key, 0) != NULL ? 0 : failure();
}

// MARK: Calls that complete at a port

static int result_of(BOOL succeeded) {
  if (succeeded) return 0;
  DWORD number = GetLastError();
  return number == ERROR_IO_PENDING ? METAL_PIPE_STARTED : -(int)number;
}

// A client that has connected and left again counts as connected, because its bytes are still in the pipe.
static int result_of_connect(BOOL succeeded) {
  int result = result_of(succeeded);
  return result == -ERROR_PIPE_CONNECTED || result == -ERROR_NO_DATA ? 0 : result;
}

int metal_pipe_start_connect(intptr_t pipe, struct metal_pipe_operation *operation) {
  return result_of_connect(ConnectNamedPipe((HANDLE)pipe, started(operation)));
}

int metal_pipe_start_read(intptr_t pipe, struct metal_pipe_operation *operation) {
  static char no_bytes;
  return result_of(ReadFile((HANDLE)pipe, &no_bytes, 0, NULL, started(operation)));
}

int metal_pipe_start_write(intptr_t pipe, struct metal_pipe_operation *operation, const void *bytes, size_t count) {
  return result_of(WriteFile((HANDLE)pipe, bytes, (DWORD)count, NULL, started(operation)));
}

void metal_pipe_cancel(intptr_t pipe, struct metal_pipe_operation *operation) {
  CancelIoEx((HANDLE)pipe, (LPOVERLAPPED)operation);
}

_Bool metal_pipe_is_complete(const struct metal_pipe_operation *operation) {
  return (uint32_t)__atomic_load_n(&operation->status, __ATOMIC_ACQUIRE) != STATUS_PENDING;
}

int metal_pipe_error(uintptr_t status) { return (int)RtlNtStatusToDosError((NTSTATUS)(uint32_t)status); }

// MARK: Calls without a completion

// The lowest bit of the event keeps the completion away from the port.
static OVERLAPPED without_port(intptr_t event) { return (OVERLAPPED){.hEvent = (HANDLE)(event | 1)}; }

int metal_pipe_connect_now(intptr_t pipe, intptr_t event) {
  OVERLAPPED overlapped = without_port(event);
  int result = result_of_connect(ConnectNamedPipe((HANDLE)pipe, &overlapped));
  if (result != METAL_PIPE_STARTED) return result;
  CancelIoEx((HANDLE)pipe, &overlapped);
  DWORD count = 0;
  if (GetOverlappedResult((HANDLE)pipe, &overlapped, &count, TRUE)) return 0;
  DWORD number = GetLastError();
  return number == ERROR_OPERATION_ABORTED ? -ERROR_IO_PENDING : -(int)number;
}

intptr_t metal_pipe_read(intptr_t pipe, intptr_t event, void *bytes, size_t size) {
  DWORD available = 0;
  if (!PeekNamedPipe((HANDLE)pipe, NULL, 0, NULL, &available, NULL)) return failure();
  // A read of no more bytes than have arrived completes at once, unless another reader of the same end takes the bytes
  // first.
  DWORD most = available < size ? available : (DWORD)size;
  if (most == 0) return -ERROR_IO_PENDING;
  OVERLAPPED overlapped = without_port(event);
  int result = result_of(ReadFile((HANDLE)pipe, bytes, most, NULL, &overlapped));
  if (result < 0) return result;
  if (result == METAL_PIPE_STARTED) CancelIoEx((HANDLE)pipe, &overlapped);
  DWORD count = 0;
  if (GetOverlappedResult((HANDLE)pipe, &overlapped, &count, TRUE)) return (intptr_t)count;
  DWORD number = GetLastError();
  return number == ERROR_OPERATION_ABORTED ? -ERROR_IO_PENDING : -(intptr_t)number;
}

int metal_pipe_disconnect(intptr_t pipe) { return DisconnectNamedPipe((HANDLE)pipe) ? 0 : failure(); }

#endif
