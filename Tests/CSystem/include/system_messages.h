// Calls of the C library about options and messages of sockets, for tests.

#pragma once

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "system_descriptors.h"

// MARK: Options

/// The levels of options. Some C libraries define them as macros, others by an enumeration.
static const int system_level_ip = IPPROTO_IP;
static const int system_level_ipv6 = IPPROTO_IPV6;
static const int system_level_tcp = IPPROTO_TCP;

/// Gets an option of one `int`.
static inline int system_get_option(int descriptor, int level, int name, int *value) {
  socklen_t length = sizeof *value;
  return system_result(getsockopt(descriptor, level, name, value, &length));
}

/// Sets an option of one `int`.
static inline int system_set_option(int descriptor, int level, int name, int value) {
  return system_result(setsockopt(descriptor, level, name, &value, sizeof value));
}

/// Gets how long a socket lingers.
static inline int system_get_linger(int descriptor, bool *is_on, int *seconds) {
  struct linger value = {0, 0};
  socklen_t length = sizeof value;
  int result = system_result(getsockopt(descriptor, SOL_SOCKET, SO_LINGER, &value, &length));
  *is_on = value.l_onoff != 0;
  *seconds = value.l_linger;
  return result;
}

// MARK: Messages

/// Sends one byte.
static inline int system_send(int descriptor, uint8_t byte, int flags) {
  return system_result(send(descriptor, &byte, 1, flags));
}

/// Sends one urgent byte.
static inline int system_send_urgent(int descriptor, uint8_t byte) { return system_send(descriptor, byte, MSG_OOB); }

/// Takes the urgent byte that has arrived, and returns it.
static inline int system_receive_urgent(int descriptor) {
  uint8_t byte;
  return recv(descriptor, &byte, 1, MSG_OOB) == 1 ? byte : -errno;
}

#ifdef __linux__
/// Takes one error from the queue of a socket's errors.
static inline int system_take_queued_error(int descriptor) {
  uint8_t byte;
  return system_result((int)recv(descriptor, &byte, 1, MSG_ERRQUEUE));
}
#endif

/// Sends one byte with a message beside it, of the level `SOL_SOCKET`.
static inline int system_send_beside(int descriptor, uint8_t byte, int kind, const void *payload, size_t size) {
  union {
    struct cmsghdr header;
    uint8_t bytes[64];
  } control = {.bytes = {0}};
  struct iovec piece = {&byte, 1};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control};
  message.msg_controllen = CMSG_SPACE(size);
  control.header.cmsg_len = CMSG_LEN(size);
  control.header.cmsg_level = SOL_SOCKET;
  control.header.cmsg_type = kind;
  memcpy(CMSG_DATA(&control.header), payload, size);
  return system_result(sendmsg(descriptor, &message, 0));
}

/// Sends one byte with a descriptor.
static inline int system_send_descriptor(int descriptor, uint8_t byte, int sent) {
  return system_send_beside(descriptor, byte, SCM_RIGHTS, &sent, sizeof sent);
}

#ifdef __linux__

/// Sends one byte with the credentials of a user and a group.
static inline int system_send_credentials(int descriptor, uint8_t byte, int user, int group) {
  // SCM_CREDENTIALS and its structure, which <sys/socket.h> names for programs with _GNU_SOURCE alone.
  int credentials[3] = {getpid(), user, group};
  return system_send_beside(descriptor, byte, 2, credentials, sizeof credentials);
}

/// Receives a datagram of IPv4 that has arrived at a socket with IP_RECVTTL, and returns its hops.
static inline int system_receive_hops(int descriptor) {
  uint8_t byte;
  union {
    struct cmsghdr header;
    uint8_t bytes[64];
  } control;
  struct iovec piece = {&byte, 1};
  struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  if (recvmsg(descriptor, &message, 0) < 0) return -errno;
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_level != IPPROTO_IP || header->cmsg_type != IP_TTL) return -ENOMSG;
  int hops;
  memcpy(&hops, CMSG_DATA(header), sizeof hops);
  return hops;
}

/// The number of connections that may wait to be accepted: what Linux reports for a listener in place of selective
/// acknowledgements, the eighth word.
///
/// Source: `tcp_get_info` in net/ipv4/tcp.c, Linux 6.
static inline int system_backlog(int listener) {
  uint32_t words[64] = {0};
  socklen_t length = sizeof words;
  int result = system_result(getsockopt(listener, IPPROTO_TCP, TCP_INFO, words, &length));
  return result < 0 ? result : (int)words[7];
}

#endif
