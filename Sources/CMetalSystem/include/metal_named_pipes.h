// Named pipes of Windows, by overlapped calls whose completions go to a port.
//
// Except where a comment says otherwise, a function returns 0 or a positive result, or the negated number of
// GetLastError. A pipe is the handle of one instance, at the server or at the client.

#pragma once

#include <stddef.h>
#include <stdint.h>

// An overlapped call (OVERLAPPED). From the start of the call until its completion, the kernel may write to the
// structure.
struct metal_pipe_operation {
  uintptr_t status;
  uintptr_t information;
  uint64_t offset;
  void *_Nullable event;
};

// A buffer of a vectored call, in the layout of the library's vectors.
struct metal_pipe_region {
  void *_Nullable bytes;
  size_t count;
};

// The numbers of GetLastError that the Swift code uses, and the statuses of completions (NTSTATUS).
enum {
  METAL_ERROR_BROKEN_PIPE = 109,
  METAL_ERROR_INVALID_NAME = 123,
  METAL_ERROR_BAD_PIPE = 230,
  METAL_ERROR_NO_DATA = 232,
  METAL_ERROR_PIPE_NOT_CONNECTED = 233,
  METAL_ERROR_PIPE_LISTENING = 536,
  METAL_ERROR_OPERATION_ABORTED = 995,
  METAL_ERROR_IO_PENDING = 997,
};

// The flags of metal_pipe_create.
enum {
  METAL_PIPE_IS_FIRST_INSTANCE = 1,
  METAL_PIPE_TAKES_REMOTE_CLIENTS = 2,
};

// The result of a call that the kernel completes later.
enum { METAL_PIPE_STARTED = 1 };

// Makes an instance of a pipe for bytes in both directions. No child process inherits the handle. The name is UTF-8.
intptr_t metal_pipe_create(const void *_Nullable name, size_t name_length, int choices, uint32_t instances,
                           uint32_t buffer_size);

// Opens the client's end of an instance that has no client yet. The server cannot act with the client's rights.
intptr_t metal_pipe_open(const void *_Nullable name, size_t name_length);

// Makes the event for metal_pipe_read and metal_pipe_connect_now.
intptr_t metal_pipe_open_event(void);

// Lets the completions of the pipe go to a port with a key, for ever. A call that completes at once has no completion.
int metal_pipe_attach(intptr_t pipe, intptr_t port, uintptr_t key);

// Starts to wait for a client. Returns 0 if there is a client, and METAL_PIPE_STARTED if a completion will follow.
int metal_pipe_start_connect(intptr_t pipe, struct metal_pipe_operation *_Nonnull operation);

// Returns 0 if there is a client, and the negated ERROR_IO_PENDING if there is none. No completion follows.
int metal_pipe_connect_now(intptr_t pipe, intptr_t event);

// Starts to wait for bytes without taking them. Returns 0 if there are bytes, and METAL_PIPE_STARTED if a completion
// will follow.
int metal_pipe_start_read(intptr_t pipe, struct metal_pipe_operation *_Nonnull operation);

// Starts to write. Returns 0 if all bytes are written, and METAL_PIPE_STARTED if a completion will follow.
int metal_pipe_start_write(intptr_t pipe, struct metal_pipe_operation *_Nonnull operation, const void *_Nonnull bytes,
                           size_t count);

// Reads bytes that have arrived. Returns their number, or the negated ERROR_IO_PENDING if there are none. No completion
// follows, and the kernel does not use the memory after the call.
intptr_t metal_pipe_read(intptr_t pipe, intptr_t event, void *_Nullable bytes, size_t size);

// Cancels a call. The completion of the call still comes.
void metal_pipe_cancel(intptr_t pipe, struct metal_pipe_operation *_Nonnull operation);

// Whether the kernel no longer uses an operation. The completion of the operation may still be in the queue.
_Bool metal_pipe_is_complete(const struct metal_pipe_operation *_Nonnull operation);

// Disconnects the client of a server's end.
int metal_pipe_disconnect(intptr_t pipe);

// Returns the number of GetLastError for the status of a completion. Only the lower 32 bits of the status count.
int metal_pipe_error(uintptr_t status);
