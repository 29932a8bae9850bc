// Moving bytes: sockets, pipes, and any other descriptor.

#ifndef METAL_BYTES_H
#define METAL_BYTES_H

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static inline long metal_recv(int fd, void *_Nullable bytes, size_t count, int flags) {
  ssize_t result = recv(fd, bytes, count, flags);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_send(int fd, const void *_Nullable bytes, size_t count, int flags) {
  ssize_t result = send(fd, bytes, count, flags);
  return result < 0 ? -(long)errno : result;
}

// The vectors point to entries of the layout of struct iovec.

_Static_assert(offsetof(struct iovec, iov_base) == 0 && offsetof(struct iovec, iov_len) == sizeof(void *), "iovec");

static inline long metal_readv(int fd, const void *_Nullable vectors, int count) {
  ssize_t result = readv(fd, (const struct iovec *)vectors, count);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_sendmsg(int fd, const void *_Nullable vectors, int count, int flags) {
  struct msghdr message = {0};
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = count;
  ssize_t result = sendmsg(fd, &message, flags);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_sendto(int fd, const void *_Nullable bytes, size_t count, int flags,
                                const void *_Nonnull address, int length) {
  ssize_t result = sendto(fd, bytes, count, flags, (const struct sockaddr *)address, (socklen_t)length);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_sendmsg_to(int fd, const void *_Nullable vectors, int count, int flags,
                                    const void *_Nonnull address, int length) {
  struct msghdr message = {0};
  message.msg_name = (void *)address;
  message.msg_namelen = (socklen_t)length;
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = count;
  ssize_t result = sendmsg(fd, &message, flags);
  return result < 0 ? -(long)errno : result;
}

// `address` may be null; else `length` is its size before and the address's after. `flags` are the call's before and the
// message's after.
static inline long metal_recvmsg(int fd, const void *_Nullable vectors, int count, int *_Nonnull flags,
                                 void *_Nullable address, int *_Nonnull length) {
  struct msghdr message = {0};
  message.msg_name = address;
  message.msg_namelen = (socklen_t)*length;
  message.msg_iov = (struct iovec *)vectors;
  message.msg_iovlen = count;
  ssize_t result = recvmsg(fd, &message, *flags);
  *flags = message.msg_flags;
  *length = (int)message.msg_namelen;
  return result < 0 ? -(long)errno : result;
}

// As above, into one buffer.
static inline long metal_recvmsg_one(int fd, void *_Nullable bytes, size_t size, int *_Nonnull flags,
                                     void *_Nullable address, int *_Nonnull length) {
  struct iovec vector = {.iov_base = bytes, .iov_len = size};
  return metal_recvmsg(fd, &vector, 1, flags, address, length);
}

static inline long metal_read(int fd, void *_Nullable bytes, size_t count) {
  ssize_t result = read(fd, bytes, count);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_write(int fd, const void *_Nullable bytes, size_t count) {
  ssize_t result = write(fd, bytes, count);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_writev(int fd, const void *_Nullable vectors, int count) {
  ssize_t result = writev(fd, (const struct iovec *)vectors, count);
  return result < 0 ? -(long)errno : result;
}

#endif
