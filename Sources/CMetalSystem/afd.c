// Windows: the device AFD, and completion ports.
//
// Source: CreateIoCompletionPort, GetQueuedCompletionStatusEx, SetFileCompletionNotificationModes, NtCreateFile,
// NtDeviceIoControlFile and "Winsock IOCTLs" in Microsoft's documentation. metal_afd.h describes the device itself,
// which Windows does not document.

#ifdef _WIN32

#include "windows_shared.h"

#include <winternl.h>

// MARK: Layouts

METAL_IS_AT(metal_completion, key, _OVERLAPPED_ENTRY, lpCompletionKey);
METAL_IS_AT(metal_completion, context, _OVERLAPPED_ENTRY, lpOverlapped);
METAL_IS_AT(metal_completion, status, _OVERLAPPED_ENTRY, Internal);
METAL_IS_AT(metal_completion, byte_count, _OVERLAPPED_ENTRY, dwNumberOfBytesTransferred);
_Static_assert(sizeof(struct metal_completion) == sizeof(OVERLAPPED_ENTRY), "OVERLAPPED_ENTRY");

METAL_IS_AT(metal_afd_request, status, _IO_STATUS_BLOCK, Status);
METAL_IS_AT(metal_afd_request, information, _IO_STATUS_BLOCK, Information);
_Static_assert(offsetof(struct metal_afd_request, timeout) == sizeof(IO_STATUS_BLOCK), "IO_STATUS_BLOCK");

// AFD_POLL_INFO with one AFD_POLL_HANDLE_INFO.
struct poll_info {
  LARGE_INTEGER timeout;
  ULONG count;
  ULONG is_exclusive;
  HANDLE socket;
  ULONG events;
  NTSTATUS status;
};

#define IS_AT_INFO(field)                                                                               \
  _Static_assert(offsetof(struct metal_afd_request, field) - offsetof(struct metal_afd_request, timeout) == \
                     offsetof(struct poll_info, field),                                                 \
                 #field)

IS_AT_INFO(count);
IS_AT_INFO(is_exclusive);
IS_AT_INFO(socket);
IS_AT_INFO(events);
_Static_assert(sizeof(struct metal_afd_request) == sizeof(IO_STATUS_BLOCK) + sizeof(struct poll_info), "AFD_POLL_INFO");

// MARK: Numbers that winternl.h lacks

enum { IOCTL_AFD_POLL = 0x00012024 };

NTSTATUS NTAPI NtCancelIoFileEx(HANDLE file, PIO_STATUS_BLOCK request, PIO_STATUS_BLOCK result);

static int negated(NTSTATUS status) { return -(int)RtlNtStatusToDosError(status); }

// MARK: Completion ports

intptr_t metal_port_open(void) {
  HANDLE port = CreateIoCompletionPort(INVALID_HANDLE_VALUE, NULL, 0, 0);
  return port != NULL ? (intptr_t)port : -(intptr_t)GetLastError();
}

void metal_handle_close(intptr_t handle) { CloseHandle((HANDLE)handle); }

int metal_port_post(intptr_t port, uintptr_t key, uintptr_t context) {
  BOOL posted = PostQueuedCompletionStatus((HANDLE)port, 0, key, (LPOVERLAPPED)context);
  return posted ? 0 : -(int)GetLastError();
}

intptr_t metal_port_wait(intptr_t port, struct metal_completion *completions, size_t count, int64_t milliseconds) {
  ULONG taken = 0;
  DWORD timeout = milliseconds < 0 ? INFINITE : milliseconds < INFINITE ? (DWORD)milliseconds : INFINITE - 1;
  LPOVERLAPPED_ENTRY entries = (LPOVERLAPPED_ENTRY)completions;
  if (GetQueuedCompletionStatusEx((HANDLE)port, entries, (ULONG)count, &taken, timeout, FALSE)) return (intptr_t)taken;
  DWORD number = GetLastError();
  return number == WAIT_TIMEOUT ? 0 : -(intptr_t)number;
}

// MARK: The device

intptr_t metal_afd_open(intptr_t port, uintptr_t key) {
  // The device ignores the name after its own.
  static WCHAR text[] = L"\\Device\\Afd\\Metal";
  UNICODE_STRING name = {.Length = sizeof text - sizeof *text, .MaximumLength = sizeof text, .Buffer = text};
  OBJECT_ATTRIBUTES attributes = {.Length = sizeof attributes, .ObjectName = &name};
  IO_STATUS_BLOCK opened;
  HANDLE device;
  ULONG sharing = FILE_SHARE_READ | FILE_SHARE_WRITE;
  NTSTATUS status =
      NtCreateFile(&device, SYNCHRONIZE, &attributes, &opened, NULL, 0, sharing, FILE_OPEN, 0, NULL, 0);
  if (status != METAL_STATUS_SUCCESS) return negated(status);
  // No thread waits for the handle of the device, so the system need not signal it.
  if (CreateIoCompletionPort(device, (HANDLE)port, key, 0) != NULL &&
      SetFileCompletionNotificationModes(device, FILE_SKIP_SET_EVENT_ON_HANDLE)) {
    return (intptr_t)device;
  }
  intptr_t number = (intptr_t)GetLastError();
  CloseHandle(device);
  return -number;
}

int metal_afd_poll(intptr_t device, struct metal_afd_request *request, intptr_t socket, uint32_t events) {
  *request = (struct metal_afd_request){
      .status = METAL_STATUS_PENDING, .timeout = INT64_MAX, .count = 1, .socket = socket, .events = events};
  PIO_STATUS_BLOCK block = (PIO_STATUS_BLOCK)request;
  void *info = &request->timeout;
  NTSTATUS status = NtDeviceIoControlFile((HANDLE)device, NULL, NULL, request, block, IOCTL_AFD_POLL, info,
                                          sizeof(struct poll_info), info, sizeof(struct poll_info));
  // Unless the status is an error, the port delivers a completion, even if the request is complete at once.
  return (uint32_t)status >> 30 == 3 ? negated(status) : 0;
}

void metal_afd_cancel(intptr_t device, struct metal_afd_request *request) {
  // After the completion, NtCancelIoFileEx would find no request.
  if ((uint32_t)__atomic_load_n(&request->status, __ATOMIC_RELAXED) != METAL_STATUS_PENDING) return;
  IO_STATUS_BLOCK cancelled;
  NtCancelIoFileEx((HANDLE)device, (PIO_STATUS_BLOCK)request, &cancelled);
}

// Asks the provider of a socket for the handle of the provider below. Returns INVALID_SOCKET if the provider does not
// answer.
static SOCKET below(SOCKET socket, DWORD request) {
  SOCKET result = INVALID_SOCKET;
  DWORD count = 0;
  int failure = WSAIoctl(socket, request, NULL, 0, &result, sizeof result, &count, NULL, NULL);
  return failure == 0 ? result : INVALID_SOCKET;
}

intptr_t metal_base_socket(intptr_t socket) {
  SOCKET current = (SOCKET)socket;
  for (;;) {
    SOCKET base = below(current, SIO_BASE_HANDLE);
    if (base != INVALID_SOCKET) return (intptr_t)base;
    int number = WSAGetLastError();
    if (number == WSAENOTSOCK) return -number;
    // Some layered providers refuse SIO_BASE_HANDLE, but return the handle one layer below, which they would poll.
    SOCKET next = below(current, SIO_BSP_HANDLE_POLL);
    if (next == INVALID_SOCKET || next == current) return -number;
    current = next;
  }
}

#endif
