// Windows: the functions that the Swift code calls by the same names on every system.
//
// The files whose names begin with "windows" define the functions, which are not inline. The headers of Windows would
// bring thousands of names into the module, and `long` has 32 bits there. Therefore these declarations use only types
// of a fixed width and pointers. Except where a comment says otherwise, a function returns the result of its call, or
// the negated error number of Winsock.

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "metal_addresses.h"

// MARK: Sockets

// Opens a socket that is non-blocking and that child processes do not inherit. The first call starts Winsock. A
// datagram socket does not report refused datagrams until it is connected (SIO_UDP_CONNRESET).
intptr_t metal_socket(int family, int type);

// If the socket lingers (SO_LINGER) and the peer does not have all bytes yet, the call waits for the peer.
int metal_close(intptr_t socket);
int metal_bind(intptr_t socket, const void *_Nonnull address, int length);
int metal_listen(intptr_t socket, int backlog);

// Returns the negated WSAEINPROGRESS if the attempt has started.
int metal_connect(intptr_t socket, const void *_Nonnull address, int length);

// Accepts a connection. Like the sockets of metal_socket, the connection is non-blocking, and child processes do not
// inherit it.
intptr_t metal_accept(intptr_t socket, void *_Nonnull address, int *_Nonnull length);

// For a socket that is not bound, the address is the unspecified one, as on other systems.
int metal_local_address(intptr_t socket, void *_Nonnull address, int *_Nonnull length);
int metal_peer_address(intptr_t socket, void *_Nonnull address, int *_Nonnull length);
int metal_shutdown(intptr_t socket, int how);
int metal_set_non_blocking(intptr_t socket, int is_non_blocking);

// MARK: Options

// A negative name is an option that Windows lacks. For a stream, SO_REUSEADDR is the opposite of SO_EXCLUSIVEADDRUSE:
// on Windows, a stream with SO_REUSEADDR would take an address that another socket uses.
int metal_get_option(intptr_t socket, int level, int name, int *_Nonnull value);
int metal_set_option(intptr_t socket, int level, int name, int value);
int metal_set_hops_of_mapped(intptr_t socket, int hops);
int metal_set_port_chosen_by_connecting(intptr_t socket);
int metal_set_membership(intptr_t socket, int is_member, uint32_t group, uint32_t interface_address);
int metal_set_membership_v6(intptr_t socket, int is_member, const struct metal_ip_address *_Nonnull group,
                            unsigned interface_number);
int metal_get_linger(intptr_t socket, int *_Nonnull seconds);
int metal_set_linger(intptr_t socket, int seconds);

// MARK: Bytes

// `vectors` points to entries of a pointer and a size, at most METAL_MOST_BUFFERS.
#define METAL_MOST_BUFFERS 1024

// A receiving call returns 0 after the program has shut down the reading side. If a datagram is longer than the
// buffers, the call returns the part that fits, and the flags of the message have MSG_TRUNC. Without room for bytes,
// all calls except metal_readv check whether something has arrived. For a datagram that the peer has refused, the error
// is WSAECONNREFUSED. For a datagram socket without a peer and without a destination, the error is WSAEDESTADDRREQ.
intptr_t metal_recv(intptr_t socket, void *_Nullable bytes, size_t count, int flags);
intptr_t metal_send(intptr_t socket, const void *_Nullable bytes, size_t count, int flags,
                    const void *_Nullable address, int length);
intptr_t metal_sendmsg(intptr_t socket, const void *_Nullable vectors, size_t count, int flags,
                       const void *_Nullable address, int length);
intptr_t metal_recvmsg(intptr_t socket, const void *_Nullable vectors, size_t count, int *_Nonnull flags,
                       void *_Nullable address, int *_Nonnull length);
intptr_t metal_recvmsg_one(intptr_t socket, void *_Nullable bytes, size_t size, int *_Nonnull flags,
                           void *_Nullable address, int *_Nonnull length);
intptr_t metal_readv(intptr_t socket, const void *_Nullable vectors, size_t count);

// Writes to the standard error.
intptr_t metal_write_error(const void *_Nullable bytes, size_t count);

// MARK: Time

int64_t metal_monotonic_nanoseconds(void);

// MARK: Locks and threads

// A lock, and a condition that a holder of the lock can wait for: SRWLOCK and CONDITION_VARIABLE.
struct metal_lock {
  void *_Nullable lock;
  void *_Nullable condition;
};

int metal_lock_init(struct metal_lock *_Nonnull lock);
void metal_lock_destroy(struct metal_lock *_Nonnull lock);
void metal_lock_take(struct metal_lock *_Nonnull lock);
void metal_lock_release(struct metal_lock *_Nonnull lock);
void metal_lock_wait(struct metal_lock *_Nonnull lock);
void metal_lock_wake_all(struct metal_lock *_Nonnull lock);

struct metal_semaphore {
  void *_Nullable handle;
};

void metal_semaphore_init(struct metal_semaphore *_Nonnull semaphore);
void metal_semaphore_destroy(struct metal_semaphore *_Nonnull semaphore);
void metal_semaphore_signal(struct metal_semaphore *_Nonnull semaphore);
void metal_semaphore_wait(struct metal_semaphore *_Nonnull semaphore);
_Bool metal_semaphore_wait_seconds(struct metal_semaphore *_Nonnull semaphore, int seconds);

// The number of a thread is its handle, or an odd number if metal_thread_start did not start the thread.
uintptr_t metal_thread_self(void);

// Returns 0 or the number of an error, which is not negated.
int metal_thread_start(uintptr_t *_Nonnull number, void *_Nullable (*_Nonnull body)(void *_Nullable),
                       void *_Nullable context);
void metal_thread_join(uintptr_t number);

// MARK: Signals

// The numbers of SIGINT and SIGTERM in the C library of Windows.
enum { METAL_SIGNAL_INTERRUPT = 2, METAL_SIGNAL_TERMINATE = 15 };

// Calls an action with one of these numbers at each event of the console, on a thread of the system. The action returns
// whether it has handled the event. Call this function once.
int metal_signals_handle(_Bool (*_Nonnull action)(int));

// MARK: Names and the environment

// The first fields of `struct addrinfo`, in the order of Windows.
struct metal_address_info {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  size_t ai_addrlen;
  char *_Nullable ai_canonname;
  void *_Nullable ai_addr;
  struct metal_address_info *_Nullable ai_next;
};

struct metal_resolution {
  struct metal_address_info *_Nullable first;
  int code;
  int error_number;
};

struct metal_resolution metal_resolve(const char *_Nonnull host, const char *_Nullable service, int family, int kind);
void metal_resolution_free(struct metal_resolution resolution);
const char *_Nonnull metal_resolution_words(int code);

// Returns the value of a variable in UTF-8, or null. The bytes stay valid until the variable changes.
const char *_Nullable metal_environment(const char *_Nonnull name);
