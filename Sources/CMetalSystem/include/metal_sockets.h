// Opening, connecting and accepting sockets, by POSIX and by extensions of Linux and the BSDs.

#pragma once

#include "metal_descriptors.h"

enum {
  METAL_SOCK_STREAM = SOCK_STREAM,
  METAL_SOCK_DGRAM = SOCK_DGRAM,
  METAL_SHUT_RD = SHUT_RD,
  METAL_SHUT_WR = SHUT_WR,
  METAL_SHUT_RDWR = SHUT_RDWR,
#ifdef SOCK_NONBLOCK
  METAL_SOCK_NONBLOCK_CLOEXEC = SOCK_NONBLOCK | SOCK_CLOEXEC,
#endif
#if defined(TCP_KEEPIDLE)
  METAL_TCP_KEEPIDLE = TCP_KEEPIDLE,
#elif defined(TCP_KEEPALIVE)
  METAL_TCP_KEEPIDLE = TCP_KEEPALIVE,  // macOS
#else
  METAL_TCP_KEEPIDLE = -1,  // OpenBSD has no option for a single socket, and refuses this number
#endif
#ifdef TCP_KEEPINTVL
  METAL_TCP_KEEPINTVL = TCP_KEEPINTVL,
  METAL_TCP_KEEPCNT = TCP_KEEPCNT,
#else
  METAL_TCP_KEEPINTVL = -1,
  METAL_TCP_KEEPCNT = -1,
#endif
#ifdef MSG_NOSIGNAL
  METAL_MSG_NOSIGNAL = MSG_NOSIGNAL,
#else
  METAL_MSG_NOSIGNAL = 0,  // the system has SO_NOSIGPIPE instead
#endif
};

static inline int metal_socket(int family, int type) {
  return (int)METAL_CALL(metal_call3(SYS_socket, family, type, 0), socket(family, type, 0));
}

static inline int metal_socketpair(int type, struct metal_pair *_Nonnull sockets) {
  return (int)METAL_CALL(metal_call4(SYS_socketpair, AF_UNIX, type, 0, (long)sockets->fds),
                         socketpair(AF_UNIX, type, 0, sockets->fds));
}

// Addresses have one of the two layouts of metal_addresses.h. If a function reads an address, `length` is the length of
// the address. If a function returns an address, `length` is the size of the memory before the call, and the length of
// the address after the call.

_Static_assert(sizeof(socklen_t) == sizeof(int), "socklen_t");

static inline int metal_bind(int fd, const void *_Nonnull address, int length) {
  return (int)METAL_CALL(metal_call3(SYS_bind, fd, (long)address, length),
                         bind(fd, (const struct sockaddr *)address, (socklen_t)length));
}

static inline int metal_listen(int fd, int backlog) {
  return (int)METAL_CALL(metal_call3(SYS_listen, fd, backlog, 0), listen(fd, backlog));
}

static inline int metal_connect(int fd, const void *_Nonnull address, int length) {
  return (int)METAL_CALL(metal_call3(SYS_connect, fd, (long)address, length),
                         connect(fd, (const struct sockaddr *)address, (socklen_t)length));
}

static inline int metal_local_address(int fd, void *_Nonnull address, int *_Nonnull length) {
  return (int)METAL_CALL(metal_call3(SYS_getsockname, fd, (long)address, (long)length),
                         getsockname(fd, (struct sockaddr *)address, (socklen_t *)length));
}

static inline int metal_peer_address(int fd, void *_Nonnull address, int *_Nonnull length) {
  return (int)METAL_CALL(metal_call3(SYS_getpeername, fd, (long)address, (long)length),
                         getpeername(fd, (struct sockaddr *)address, (socklen_t *)length));
}

static inline int metal_shutdown(int fd, int how) {
  return (int)METAL_CALL(metal_call3(SYS_shutdown, fd, how, 0), shutdown(fd, how));
}

static inline int metal_accept(int fd, void *_Nonnull address, int *_Nonnull length) {
  return (int)METAL_CALL(metal_call4(SYS_accept4, fd, (long)address, (long)length, 0),
                         accept(fd, (struct sockaddr *)address, (socklen_t *)length));
}

#ifdef METAL_HAS_ACCEPT4_PIPE2_PPOLL
static inline long metal_accept4(int fd, void *_Nonnull address, int *_Nonnull length, int flags) {
  return METAL_CALL(metal_call4(SYS_accept4, fd, (long)address, (long)length, flags),
                    accept4(fd, (struct sockaddr *)address, (socklen_t *)length, flags));
}
#endif
