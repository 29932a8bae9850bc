// Calls that move bytes on sockets, pipes and other descriptors.

#pragma once

#include "metal_calls.h"

// The result of a call that moves bytes, or the negated errno. Except with MSG_TRUNC, the kernel never moves more bytes
// than the caller has given. Because of this promise, the optimiser can remove the bounds check of a program that uses
// the bytes. The check stays for results of libc, because another library may replace libc.
static inline long metal_moved(long result, size_t given, int flags) {
  if (METAL_CALLS_IN_PLACE && (flags & MSG_TRUNC) == 0 && result > 0 && (size_t)result > given) __builtin_unreachable();
  return result;
}

// Whether a call without room for bytes still checks whether something has arrived. On Linux, the call checks. On macOS
// and the BSDs, the call returns a pending error, or 0 even if nothing has arrived (soreceive in uipc_socket.c). On
// macOS and the BSDs, the functions of this file therefore peek at one byte.
#define METAL_LOOKS_WITHOUT_ROOM METAL_IS_LINUX

static inline long metal_recv(int fd, void *_Nullable bytes, size_t count, int flags) {
  long result = METAL_CALL(metal_call6(SYS_recvfrom, fd, (long)bytes, (long)count, flags, 0, 0),
                           recv(fd, bytes, count, flags));
  if (!METAL_LOOKS_WITHOUT_ROOM && result == 0 && count == 0) {
    char byte;
    result = METAL_CALL(metal_call6(SYS_recvfrom, fd, (long)&byte, 1, MSG_PEEK, 0, 0), recv(fd, &byte, 1, MSG_PEEK));
    return result > 0 ? 0 : result;
  }
  return metal_moved(result, count, flags);
}

// In calls that send, `address` is null on a connected socket.

static inline long metal_send(int fd, const void *_Nullable bytes, size_t count, int flags,
                              const void *_Nullable address, int length) {
  long result = METAL_CALL(metal_call6(SYS_sendto, fd, (long)bytes, (long)count, flags, (long)address, length),
                           sendto(fd, bytes, count, flags, (const struct sockaddr *)address, (socklen_t)length));
  return metal_moved(result, count, flags);
}

// `vectors` points to entries with the layout of struct iovec.

_Static_assert(offsetof(struct iovec, iov_base) == 0 && offsetof(struct iovec, iov_len) == sizeof(void *), "iovec");

// The number of entries that every system accepts in one call. With more entries, readv and writev fail with EINVAL,
// and the other calls would fail with EMSGSIZE. glibc shows IOV_MAX only to programs that request X/Open extensions.
#define METAL_MOST_BUFFERS 1024
#ifdef IOV_MAX
_Static_assert(IOV_MAX >= METAL_MOST_BUFFERS, "IOV_MAX");
#endif

static inline long metal_sendmsg(int fd, const void *_Nullable vectors, size_t count, int flags,
                                 const void *_Nullable address, int length) {
  if (count > METAL_MOST_BUFFERS) return -EINVAL;
  struct msghdr message = {.msg_name = (void *)address, .msg_namelen = (socklen_t)length};
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = (int)count;
  return METAL_CALL(metal_call3(SYS_sendmsg, fd, (long)&message, flags), sendmsg(fd, &message, flags));
}

// `address` may be null. If `address` is not null, `length` is the size of the memory before the call, and the size of
// the address after the call. Before the call, `flags` are the flags of the call. After the call, `flags` are the flags
// of the message.
static inline long metal_recvmsg(int fd, const void *_Nullable vectors, size_t count, int *_Nonnull flags,
                                 void *_Nullable address, int *_Nonnull length) {
  if (count > METAL_MOST_BUFFERS) return -EINVAL;
  struct msghdr message = {.msg_name = address, .msg_namelen = (socklen_t)*length};
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = (int)count;
  int looks = !METAL_LOOKS_WITHOUT_ROOM;
  for (size_t index = 0; looks && vectors != NULL && index < count; index++) looks = message.msg_iov[index].iov_len == 0;
  char byte;
  struct iovec one = {.iov_base = &byte, .iov_len = 1};
  if (looks) {
    message.msg_iov = &one;
    message.msg_iovlen = 1;
  }
  long result = METAL_CALL(metal_call3(SYS_recvmsg, fd, (long)&message, *flags), recvmsg(fd, &message, *flags));
  *flags = message.msg_flags;
  *length = (int)message.msg_namelen;
  if (looks && result > 0) {
    *flags |= MSG_TRUNC;
    return 0;
  }
  return result;
}

// Receives a message into one buffer, like metal_recvmsg.
static inline long metal_recvmsg_one(int fd, void *_Nullable bytes, size_t size, int *_Nonnull flags,
                                     void *_Nullable address, int *_Nonnull length) {
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  return metal_recvmsg(fd, &vector, 1, flags, address, length);
}

static inline long metal_read(int fd, void *_Nullable bytes, size_t count) {
  long result = METAL_CALL(metal_call3(SYS_read, fd, (long)bytes, (long)count), read(fd, bytes, count));
  return metal_moved(result, count, 0);
}

static inline long metal_readv(int fd, const void *_Nullable vectors, size_t count) {
  if (count > METAL_MOST_BUFFERS) return -EINVAL;
  return METAL_CALL(metal_call3(SYS_readv, fd, (long)vectors, (long)count),
                    readv(fd, (const struct iovec *)vectors, (int)count));
}

static inline long metal_write(int fd, const void *_Nullable bytes, size_t count) {
  long result = METAL_CALL(metal_call3(SYS_write, fd, (long)bytes, (long)count), write(fd, bytes, count));
  return metal_moved(result, count, 0);
}

static inline long metal_writev(int fd, const void *_Nullable vectors, size_t count) {
  if (count > METAL_MOST_BUFFERS) return -EINVAL;
  return METAL_CALL(metal_call3(SYS_writev, fd, (long)vectors, (long)count),
                    writev(fd, (const struct iovec *)vectors, (int)count));
}
