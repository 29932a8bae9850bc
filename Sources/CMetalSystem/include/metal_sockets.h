// Opening, connecting, accepting and setting up sockets: POSIX, with what Linux and the BSDs add.

#ifndef METAL_SOCKETS_H
#define METAL_SOCKETS_H

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#include "metal_addresses.h"
#include "metal_calls.h"

enum {
  METAL_AF_INET = AF_INET,
  METAL_AF_INET6 = AF_INET6,
  METAL_AF_UNIX = AF_UNIX,
  METAL_SOCK_STREAM = SOCK_STREAM,
  METAL_SOCK_DGRAM = SOCK_DGRAM,
  METAL_SOL_SOCKET = SOL_SOCKET,
  METAL_SO_REUSEADDR = SO_REUSEADDR,
  METAL_SO_ERROR = SO_ERROR,
  METAL_SO_TYPE = SO_TYPE,
  METAL_IPPROTO_IP = IPPROTO_IP,
  METAL_IP_TTL = IP_TTL,
  METAL_IPPROTO_IPV6 = IPPROTO_IPV6,
  METAL_IPV6_UNICAST_HOPS = IPV6_UNICAST_HOPS,
  METAL_SO_REUSEPORT = SO_REUSEPORT,
  METAL_SO_SNDBUF = SO_SNDBUF,
  METAL_SO_RCVBUF = SO_RCVBUF,
  METAL_SO_KEEPALIVE = SO_KEEPALIVE,
  METAL_SO_BROADCAST = SO_BROADCAST,
  METAL_IP_MULTICAST_LOOP = IP_MULTICAST_LOOP,
  METAL_IP_MULTICAST_TTL = IP_MULTICAST_TTL,
  METAL_IPV6_V6ONLY = IPV6_V6ONLY,
  METAL_IPV6_MULTICAST_LOOP = IPV6_MULTICAST_LOOP,
  METAL_IPV6_MULTICAST_HOPS = IPV6_MULTICAST_HOPS,
  METAL_IPV6_MULTICAST_IF = IPV6_MULTICAST_IF,
#if defined(TCP_KEEPIDLE)
  METAL_TCP_KEEPIDLE = TCP_KEEPIDLE,
#elif defined(TCP_KEEPALIVE)
  METAL_TCP_KEEPIDLE = TCP_KEEPALIVE,  // macOS
#else
  METAL_TCP_KEEPIDLE = -1,  // OpenBSD has no such options per socket, and says so of this number
#endif
#ifdef TCP_KEEPINTVL
  METAL_TCP_KEEPINTVL = TCP_KEEPINTVL,
  METAL_TCP_KEEPCNT = TCP_KEEPCNT,
#else
  METAL_TCP_KEEPINTVL = -1,
  METAL_TCP_KEEPCNT = -1,
#endif
  METAL_MSG_TRUNC = MSG_TRUNC,
  METAL_IPPROTO_TCP = IPPROTO_TCP,
  METAL_TCP_NODELAY = TCP_NODELAY,
  METAL_SHUT_RD = SHUT_RD,
  METAL_SHUT_WR = SHUT_WR,
  METAL_SHUT_RDWR = SHUT_RDWR,
  METAL_MSG_PEEK = MSG_PEEK,
#ifdef MSG_NOSIGNAL
  METAL_MSG_NOSIGNAL = MSG_NOSIGNAL,
#else
  METAL_MSG_NOSIGNAL = 0,  // the system has SO_NOSIGPIPE instead
#endif
  METAL_IP_ADDRESS_LENGTH_V4 = sizeof(struct sockaddr_in),
  METAL_IP_ADDRESS_LENGTH_V6 = sizeof(struct sockaddr_in6),
};

static inline int metal_socket(int family, int type) {
  int fd = socket(family, type, 0);
  return fd < 0 ? -errno : fd;
}

static inline int metal_socketpair(int type, int *_Nonnull first, int *_Nonnull second) {
  int fds[2];
  if (socketpair(AF_UNIX, type, 0, fds) < 0) return -errno;
  *first = fds[0];
  *second = fds[1];
  return 0;
}

// Addresses are of one of the two layouts of metal_addresses.h. `length` is that of an address that is given; of one that is
// asked for, the room before and the address's length after.

static inline int metal_bind(int fd, const void *_Nonnull address, int length) {
  return bind(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_listen(int fd, int backlog) { return listen(fd, backlog) < 0 ? -errno : 0; }

static inline int metal_connect(int fd, const void *_Nonnull address, int length) {
  return connect(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_local_address(int fd, void *_Nonnull address, int *_Nonnull length) {
  socklen_t size = (socklen_t)*length;
  int result = getsockname(fd, (struct sockaddr *)address, &size);
  *length = (int)size;
  return result < 0 ? -errno : 0;
}

static inline int metal_peer_address(int fd, void *_Nonnull address, int *_Nonnull length) {
  socklen_t size = (socklen_t)*length;
  int result = getpeername(fd, (struct sockaddr *)address, &size);
  *length = (int)size;
  return result < 0 ? -errno : 0;
}

static inline int metal_shutdown(int fd, int how) { return shutdown(fd, how) < 0 ? -errno : 0; }

#ifdef SOCK_NONBLOCK
// Systems that open sockets non-blocking and close-on-exec in one call: Linux, FreeBSD, OpenBSD, NetBSD, DragonFly.

enum {
  METAL_SOCK_NONBLOCK = SOCK_NONBLOCK,
  METAL_SOCK_CLOEXEC = SOCK_CLOEXEC,
};

#ifndef __USE_GNU
// glibc hides the declaration from programs that do not ask for GNU extensions; the function is there.
int accept4(int fd, struct sockaddr *_Nullable restrict address, socklen_t *_Nullable restrict length, int flags);
#endif

static inline int metal_accept4(int fd, void *_Nonnull address, int *_Nonnull length, int flags) {
  socklen_t size = (socklen_t)*length;
  int accepted = (int)METAL_CALL(metal_call4(SYS_accept4, fd, (long)address, (long)&size, flags),
                                 accept4(fd, (struct sockaddr *)address, &size, flags));
  *length = (int)size;
  return accepted;
}
#endif

static inline int metal_accept(int fd, void *_Nonnull address, int *_Nonnull length) {
  socklen_t size = (socklen_t)*length;
  int accepted = accept(fd, (struct sockaddr *)address, &size);
  *length = (int)size;
  return accepted < 0 ? -errno : accepted;
}

#ifdef SO_NOSIGPIPE
enum { METAL_SO_NOSIGPIPE = SO_NOSIGPIPE };
#endif

#endif
