// Descriptors and sockets: POSIX, with what Linux and the BSDs add.

#ifndef METAL_SOCKETS_H
#define METAL_SOCKETS_H

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#define METAL_SOCKADDR_HAS_LENGTH 1
#endif

// An IPv4 or IPv6 socket address as the kernel lays it out: sockaddr_in and sockaddr_in6 share the first fields.
// Numbers are in network byte order, but for `scope`.
struct metal_ip_address {
#ifdef METAL_SOCKADDR_HAS_LENGTH
  uint8_t length;
  uint8_t family;
#else
  uint16_t family;
#endif
  uint16_t port;
  uint32_t v4_address_or_flow_info;
  uint32_t v6_address_0;
  uint32_t v6_address_1;
  uint32_t v6_address_2;
  uint32_t v6_address_3;
  uint32_t scope;
};

_Static_assert(sizeof(struct metal_ip_address) == sizeof(struct sockaddr_in6), "sockaddr_in6");
_Static_assert(sizeof(struct metal_ip_address) >= sizeof(struct sockaddr_in), "sockaddr_in");
_Static_assert(offsetof(struct metal_ip_address, port) == offsetof(struct sockaddr_in, sin_port), "sin_port");
_Static_assert(offsetof(struct metal_ip_address, port) == offsetof(struct sockaddr_in6, sin6_port), "sin6_port");
_Static_assert(offsetof(struct metal_ip_address, v4_address_or_flow_info) == offsetof(struct sockaddr_in, sin_addr),
               "sin_addr");
_Static_assert(
    offsetof(struct metal_ip_address, v4_address_or_flow_info) == offsetof(struct sockaddr_in6, sin6_flowinfo),
    "sin6_flowinfo");
_Static_assert(offsetof(struct metal_ip_address, v6_address_0) == offsetof(struct sockaddr_in6, sin6_addr),
               "sin6_addr");
_Static_assert(offsetof(struct metal_ip_address, scope) == offsetof(struct sockaddr_in6, sin6_scope_id),
               "sin6_scope_id");

// A Unix-domain socket address as the kernel lays it out; the name's bytes follow the family. Systems whose sun_path
// is shorter take the part that the length given with the address covers.
struct metal_unix_address {
#ifdef METAL_SOCKADDR_HAS_LENGTH
  uint8_t length;
  uint8_t family;
#else
  uint16_t family;
#endif
  uint8_t path[108];
};

enum {
  METAL_UNIX_PATH_OFFSET = offsetof(struct sockaddr_un, sun_path),
  METAL_UNIX_PATH_SIZE = sizeof(((struct sockaddr_un *)0)->sun_path),
};

_Static_assert(offsetof(struct metal_unix_address, path) == offsetof(struct sockaddr_un, sun_path), "sun_path");
_Static_assert(sizeof(struct metal_unix_address) >= sizeof(struct sockaddr_un), "sockaddr_un");

enum {
  METAL_AF_INET = AF_INET,
  METAL_AF_INET6 = AF_INET6,
  METAL_AF_UNIX = AF_UNIX,
  METAL_SOCK_STREAM = SOCK_STREAM,
  METAL_SOCK_DGRAM = SOCK_DGRAM,
  METAL_SOL_SOCKET = SOL_SOCKET,
  METAL_SO_REUSEADDR = SO_REUSEADDR,
  METAL_SO_ERROR = SO_ERROR,
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
#ifdef TCP_KEEPIDLE
  METAL_TCP_KEEPIDLE = TCP_KEEPIDLE,
#else
  METAL_TCP_KEEPIDLE = TCP_KEEPALIVE,  // macOS
#endif
  METAL_TCP_KEEPINTVL = TCP_KEEPINTVL,
  METAL_TCP_KEEPCNT = TCP_KEEPCNT,
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
  METAL_EAGAIN = EAGAIN,
  METAL_EINVAL = EINVAL,
  METAL_EAFNOSUPPORT = EAFNOSUPPORT,
};

// Swift compares one number only.
_Static_assert(EAGAIN == EWOULDBLOCK, "EAGAIN and EWOULDBLOCK differ");

static inline void metal_ip_address_set_family(struct metal_ip_address *_Nonnull address, int family, int length) {
#ifdef METAL_SOCKADDR_HAS_LENGTH
  address->length = (uint8_t)length;
  address->family = (uint8_t)family;
#else
  (void)length;
  address->family = (uint16_t)family;
#endif
}

// Whether a name that begins with a zero byte is one of its own, which leaves no file behind.
static inline int metal_has_abstract_names(void) {
#ifdef __linux__
  return 1;
#else
  return 0;
#endif
}

static inline void metal_unix_address_set_family(struct metal_unix_address *_Nonnull address, int family) {
#ifdef METAL_SOCKADDR_HAS_LENGTH
  address->length = sizeof(struct sockaddr_un);
  address->family = (uint8_t)family;
#else
  address->family = (uint16_t)family;
#endif
}

static inline int metal_close(int fd) { return close(fd) < 0 ? -errno : 0; }

static inline int metal_socket(int family, int type) {
  int fd = socket(family, type, 0);
  return fd < 0 ? -errno : fd;
}

static inline int metal_bind(int fd, const struct metal_ip_address *_Nonnull address, int length) {
  return bind(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_listen(int fd, int backlog) { return listen(fd, backlog) < 0 ? -errno : 0; }

static inline int metal_connect(int fd, const struct metal_ip_address *_Nonnull address, int length) {
  return connect(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_local_address(int fd, struct metal_ip_address *_Nonnull address) {
  socklen_t length = sizeof *address;
  return getsockname(fd, (struct sockaddr *)address, &length) < 0 ? -errno : 0;
}

static inline int metal_peer_address(int fd, struct metal_ip_address *_Nonnull address) {
  socklen_t length = sizeof *address;
  return getpeername(fd, (struct sockaddr *)address, &length) < 0 ? -errno : 0;
}

static inline int metal_shutdown(int fd, int how) { return shutdown(fd, how) < 0 ? -errno : 0; }

static inline int metal_get_option(int fd, int level, int name, int *_Nonnull value) {
  socklen_t length = sizeof *value;
  return getsockopt(fd, level, name, value, &length) < 0 ? -errno : 0;
}

static inline int metal_set_option(int fd, int level, int name, int value) {
  return setsockopt(fd, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

static inline int metal_get_multicast_interface(int fd, uint32_t *_Nonnull address) {
  struct in_addr interface = {0};
  socklen_t length = sizeof interface;
  if (getsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, &length) < 0) return -errno;
  *address = interface.s_addr;
  return 0;
}

static inline int metal_set_multicast_interface(int fd, uint32_t address) {
  struct in_addr interface = {.s_addr = address};
  return setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &interface, sizeof interface) < 0 ? -errno : 0;
}

static inline int metal_set_membership(int fd, int is_member, uint32_t group, uint32_t interface) {
  struct ip_mreq request = {.imr_multiaddr = {.s_addr = group}, .imr_interface = {.s_addr = interface}};
  int name = is_member ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
  return setsockopt(fd, IPPROTO_IP, name, &request, sizeof request) < 0 ? -errno : 0;
}

// The group is given as a socket address, of which only the IPv6 address counts.
static inline int metal_set_membership_v6(int fd, int is_member, const struct metal_ip_address *_Nonnull group,
                                          unsigned interface) {
  struct ipv6_mreq request = {.ipv6mr_interface = interface};
  memcpy(&request.ipv6mr_multiaddr, &group->v6_address_0, sizeof request.ipv6mr_multiaddr);
  int name = is_member ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
  return setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof request) < 0 ? -errno : 0;
}

#ifdef SO_LINGER_SEC
#define METAL_SO_LINGER_IN_SECONDS SO_LINGER_SEC  // SO_LINGER counts clock ticks on macOS
#else
#define METAL_SO_LINGER_IN_SECONDS SO_LINGER
#endif

static inline int metal_get_linger(int fd, int *_Nonnull is_on, int *_Nonnull seconds) {
  struct linger linger = {0};
  socklen_t length = sizeof linger;
  if (getsockopt(fd, SOL_SOCKET, METAL_SO_LINGER_IN_SECONDS, &linger, &length) < 0) return -errno;
  *is_on = linger.l_onoff;
  *seconds = linger.l_linger;
  return 0;
}

static inline int metal_set_linger(int fd, int is_on, int seconds) {
  struct linger linger = {.l_onoff = is_on, .l_linger = seconds};
  return setsockopt(fd, SOL_SOCKET, METAL_SO_LINGER_IN_SECONDS, &linger, sizeof linger) < 0 ? -errno : 0;
}

static inline long metal_recv(int fd, void *_Nullable bytes, size_t count, int flags) {
  ssize_t result = recv(fd, bytes, count, flags);
  return result < 0 ? -(long)errno : result;
}

static inline long metal_send(int fd, const void *_Nullable bytes, size_t count, int flags) {
  ssize_t result = send(fd, bytes, count, flags);
  return result < 0 ? -(long)errno : result;
}

// The vectors point to entries of the layout of struct iovec.

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

static inline int metal_socketpair(int type, int *_Nonnull first, int *_Nonnull second) {
  int fds[2];
  if (socketpair(AF_UNIX, type, 0, fds) < 0) return -errno;
  *first = fds[0];
  *second = fds[1];
  return 0;
}

static inline int metal_pipe(int *_Nonnull reader, int *_Nonnull writer) {
  int fds[2];
  if (pipe(fds) < 0) return -errno;
  *reader = fds[0];
  *writer = fds[1];
  return 0;
}

static inline int metal_bind_unix(int fd, const struct metal_unix_address *_Nonnull address, int length) {
  return bind(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_connect_unix(int fd, const struct metal_unix_address *_Nonnull address, int length) {
  return connect(fd, (const struct sockaddr *)address, (socklen_t)length) < 0 ? -errno : 0;
}

static inline int metal_local_unix_address(int fd, struct metal_unix_address *_Nonnull address,
                                           int *_Nonnull length) {
  socklen_t size = sizeof *address;
  if (getsockname(fd, (struct sockaddr *)address, &size) < 0) return -errno;
  *length = (int)size;
  return 0;
}

static inline int metal_peer_unix_address(int fd, struct metal_unix_address *_Nonnull address,
                                          int *_Nonnull length) {
  socklen_t size = sizeof *address;
  if (getpeername(fd, (struct sockaddr *)address, &size) < 0) return -errno;
  *length = (int)size;
  return 0;
}

_Static_assert(offsetof(struct iovec, iov_base) == 0 && offsetof(struct iovec, iov_len) == sizeof(void *), "iovec");

static inline int metal_get_descriptor_flags(int fd) {
  int flags = fcntl(fd, F_GETFD);
  return flags < 0 ? -errno : flags;
}

static inline int metal_set_close_on_exec(int fd) { return fcntl(fd, F_SETFD, FD_CLOEXEC) < 0 ? -errno : 0; }

static inline int metal_get_status_flags(int fd) {
  int flags = fcntl(fd, F_GETFL);
  return flags < 0 ? -errno : flags;
}

static inline int metal_set_status_flags(int fd, int flags) { return fcntl(fd, F_SETFL, flags) < 0 ? -errno : 0; }

enum {
  METAL_FD_CLOEXEC = FD_CLOEXEC,
  METAL_O_NONBLOCK = O_NONBLOCK,
};

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

static inline int metal_accept4(int fd, struct metal_ip_address *_Nonnull address, int flags) {
  socklen_t length = sizeof *address;
  int accepted = accept4(fd, (struct sockaddr *)address, &length, flags);
  return accepted < 0 ? -errno : accepted;
}

static inline int metal_accept4_unix(int fd, struct metal_unix_address *_Nonnull address, int *_Nonnull length,
                                     int flags) {
  socklen_t size = sizeof *address;
  int accepted = accept4(fd, (struct sockaddr *)address, &size, flags);
  *length = (int)size;
  return accepted < 0 ? -errno : accepted;
}

#ifndef __USE_GNU
int pipe2(int fds[_Nonnull 2], int flags);
#endif

static inline int metal_pipe2(int *_Nonnull reader, int *_Nonnull writer) {
  int fds[2];
  if (pipe2(fds, O_CLOEXEC | O_NONBLOCK) < 0) return -errno;
  *reader = fds[0];
  *writer = fds[1];
  return 0;
}
#endif

static inline int metal_accept_unix(int fd, struct metal_unix_address *_Nonnull address, int *_Nonnull length) {
  socklen_t size = sizeof *address;
  int accepted = accept(fd, (struct sockaddr *)address, &size);
  *length = (int)size;
  return accepted < 0 ? -errno : accepted;
}

#ifdef F_SETNOSIGPIPE
static inline int metal_set_no_sigpipe(int fd) { return fcntl(fd, F_SETNOSIGPIPE, 1) < 0 ? -errno : 0; }
#endif

#ifdef SO_NOSIGPIPE
enum { METAL_SO_NOSIGPIPE = SO_NOSIGPIPE };
#endif

static inline int metal_accept(int fd, struct metal_ip_address *_Nonnull address) {
  socklen_t length = sizeof *address;
  int accepted = accept(fd, (struct sockaddr *)address, &length);
  return accepted < 0 ? -errno : accepted;
}

#endif
