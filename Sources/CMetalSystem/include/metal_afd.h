// The device AFD, which reports the readiness of sockets, and completion ports, which deliver these reports.
//
// AFD is the part of Windows' kernel behind Winsock. Its request IOCTL_AFD_POLL asks for the conditions of sockets, and
// completes once when one of them holds. Windows does not document the device. Its requests have been the same since
// Windows Vista, and libuv, wepoll and mio rely on them.

#pragma once

#include <stddef.h>
#include <stdint.h>

// The conditions of a socket.
enum {
  METAL_AFD_RECEIVE = 0x1,
  METAL_AFD_RECEIVE_EXPEDITED = 0x2,
  METAL_AFD_SEND = 0x4,
  METAL_AFD_DISCONNECT = 0x8,
  METAL_AFD_ABORT = 0x10,
  METAL_AFD_LOCAL_CLOSE = 0x20,
  METAL_AFD_ACCEPT = 0x80,
  METAL_AFD_CONNECT_FAIL = 0x100,
};

// A request for the conditions of one socket. From metal_afd_poll until the port delivers the completion, the kernel
// may write to the request: first to the fields from `timeout` on, which are both input and output, and then to
// `status`.
struct metal_afd_request {
  // IO_STATUS_BLOCK
  uintptr_t status;
  uintptr_t information;
  // AFD_POLL_INFO with one AFD_POLL_HANDLE_INFO
  int64_t timeout;
  uint32_t count;
  uint32_t is_exclusive;
  intptr_t socket;
  uint32_t events;
  int32_t socket_status;
};

// A completion, as GetQueuedCompletionStatusEx delivers it (OVERLAPPED_ENTRY). The context of a request is its own
// address. Addresses are numbers here, so that Swift can copy a completion safely.
struct metal_completion {
  uintptr_t key;
  uintptr_t context;
  uintptr_t status;
  uint32_t byte_count;
  uint32_t reserved;
};

// Statuses of completions (NTSTATUS).
enum {
  METAL_STATUS_SUCCESS = 0,
  METAL_STATUS_PENDING = 0x103,
  METAL_STATUS_CANCELLED = (int32_t)0xC0000120,
  METAL_STATUS_UNSUCCESSFUL = (int32_t)0xC0000001,
};

// Returns a completion port, or the negated number of the error.
intptr_t metal_port_open(void);

void metal_handle_close(intptr_t handle);

// Queues a completion with a key and a context. Returns 0, or the negated number of the error.
int metal_port_post(intptr_t port, uintptr_t key, uintptr_t context);

// Waits for completions. A number of milliseconds limits the wait, and with a negative number the wait has no limit.
// Returns the number of completions, 0 after the timeout, or the negated number of the error.
intptr_t metal_port_wait(intptr_t port, struct metal_completion *_Nonnull completions, size_t count,
                         int64_t milliseconds);

// Opens a timer for metal_port_wait_finely, or returns the negated number of the error on a system without such timers.
intptr_t metal_timer_open(void);

// Waits like metal_port_wait, but with a timer and a timeout in nanoseconds. A call that is queued to the thread runs
// during the wait, and ends the wait early.
intptr_t metal_port_wait_finely(intptr_t port, intptr_t timer, struct metal_completion *_Nonnull completions,
                                size_t count, int64_t nanoseconds);

// Opens the device, whose completions go to a port with a key. Returns the handle, or the negated number of the error.
intptr_t metal_afd_open(intptr_t port, uintptr_t key);

// Starts a request. If the result is 0, the port will deliver one completion with the request as its context. If the
// result is the negated number of an error, there is no completion, and the kernel no longer uses the request.
int metal_afd_poll(intptr_t device, struct metal_afd_request *_Nonnull request, intptr_t socket, uint32_t events);

// Cancels a request. The completion of the request still comes, with the conditions that the request has seen or with
// the status of a cancelled request.
void metal_afd_cancel(intptr_t device, struct metal_afd_request *_Nonnull request);

// Returns the socket that AFD knows. The program's handle may be the handle of a layered service provider.
intptr_t metal_base_socket(intptr_t socket);
