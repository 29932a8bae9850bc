// Calls of the C library about sockets, for tests: blocking ones, made without the library, and not close-on-exec.

#pragma once

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "system_descriptors.h"

// MARK: Making

/// Makes a stream socket of a family.
static inline int system_stream_socket(int family) { return system_result(socket(family, SOCK_STREAM, 0)); }

/// Makes a datagram socket of a family.
static inline int system_datagram_socket(int family) { return system_result(socket(family, SOCK_DGRAM, 0)); }

/// Binds a socket to a port of a family's loopback address, or to one that the system chooses if the port is 0.
static inline int system_bind_loopback(int descriptor, int family, uint16_t port) {
  if (family == AF_INET) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return system_result(bind(descriptor, (const struct sockaddr *)&address, sizeof address));
  }
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  return system_result(bind(descriptor, (const struct sockaddr *)&address, sizeof address));
}

/// Makes a listener on 127.0.0.1, with a port that the system chooses.
static inline int system_listener(int backlog) {
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  int result = descriptor < 0 ? -errno : system_bind_loopback(descriptor, AF_INET, 0);
  if (result == 0) result = system_result(listen(descriptor, backlog));
  if (result == 0) return descriptor;
  close(descriptor);
  return result;
}

/// Makes a socket and connects it to a port on 127.0.0.1, waiting until it is.
static inline int system_connection(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (descriptor < 0) return -errno;
  int result = system_result(connect(descriptor, (const struct sockaddr *)&address, sizeof address));
  if (result == 0) return descriptor;
  close(descriptor);
  return result;
}

/// Makes a datagram socket on the loopback address of a family, with a port that the system chooses.
static inline int system_bound_datagram_socket(int family) {
  int descriptor = socket(family, SOCK_DGRAM, 0);
  if (descriptor < 0) return -errno;
  int result = system_bind_loopback(descriptor, family, 0);
  if (result == 0) return descriptor;
  close(descriptor);
  return result;
}

/// Has a socket listen.
static inline int system_listen(int descriptor, int backlog) { return system_result(listen(descriptor, backlog)); }

/// Accepts a connection, waiting for it if the listener blocks.
static inline int system_accept(int descriptor) { return system_result(accept(descriptor, NULL, NULL)); }

// MARK: Addresses

/// The size of a buffer that has room for every address.
static const int system_address_capacity = sizeof(struct sockaddr_storage);

/// The number of bytes before the path in the address of a Unix-domain socket.
static const int system_path_offset = offsetof(struct sockaddr_un, sun_path);

/// Lays out an IPv4 address, and returns its length.
static inline int system_lay_out_v4(uint8_t *bytes, uint32_t address, uint16_t port) {
  struct sockaddr_in layout = {.sin_family = AF_INET, .sin_port = htons(port)};
#ifndef __linux__
  layout.sin_len = sizeof layout;
#endif
  layout.sin_addr.s_addr = htonl(address);
  memcpy(bytes, &layout, sizeof layout);
  return sizeof layout;
}

/// Lays out an IPv6 address of 16 bytes, and returns its length.
static inline int system_lay_out_v6(
    uint8_t *bytes, const uint8_t *address, uint16_t port, uint32_t flow_info, uint32_t scope) {
  struct sockaddr_in6 layout = {
      .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_flowinfo = htonl(flow_info), .sin6_scope_id = scope};
#ifndef __linux__
  layout.sin6_len = sizeof layout;
#endif
  memcpy(&layout.sin6_addr, address, 16);
  memcpy(bytes, &layout, sizeof layout);
  return sizeof layout;
}

/// The family of an address.
static inline int system_family(const uint8_t *bytes) {
  struct sockaddr address;
  memcpy(&address, bytes, sizeof address);
  return address.sa_family;
}

/// Changes the family of an address.
static inline void system_set_family(void *bytes, int family) {
  struct sockaddr address;
  memcpy(&address, bytes, sizeof address);
  address.sa_family = (sa_family_t)family;
  memcpy(bytes, &address, sizeof address);
}

/// Binds a socket to an address, and returns the length of the one that it has then, which takes its place.
static inline int system_bind(int descriptor, uint8_t *bytes, int length) {
  struct sockaddr_storage address;
  memcpy(&address, bytes, (size_t)length);
  if (bind(descriptor, (const struct sockaddr *)&address, (socklen_t)length) != 0) return -errno;
  socklen_t capacity = sizeof address;
  if (getsockname(descriptor, (struct sockaddr *)&address, &capacity) != 0) return -errno;
  memcpy(bytes, &address, sizeof address);
  return (int)capacity;
}

/// Lays out a path, which has no terminator if it fills the address.
static inline bool system_lay_out_path(struct sockaddr_un *address, const char *path) {
  *address = (struct sockaddr_un){.sun_family = AF_UNIX};
  size_t length = strlen(path);
  if (length > sizeof address->sun_path) return false;
  memcpy(address->sun_path, path, length);
  return true;
}

/// Binds a Unix-domain socket to a path.
static inline int system_bind_path(int descriptor, const char *path) {
  struct sockaddr_un address;
  if (!system_lay_out_path(&address, path)) return -ENAMETOOLONG;
  return system_result(bind(descriptor, (const struct sockaddr *)&address, sizeof address));
}

/// Connects a Unix-domain socket to a path.
static inline int system_connect_path(int descriptor, const char *path) {
  struct sockaddr_un address;
  if (!system_lay_out_path(&address, path)) return -ENAMETOOLONG;
  return system_result(connect(descriptor, (const struct sockaddr *)&address, sizeof address));
}

/// The code of getaddrinfo for a service that has no port.
static const int system_no_service = EAI_SERVICE;

/// Whether the system knows a service of TCP by name.
static inline bool system_has_service(const char *name) { return getservbyname(name, "tcp") != NULL; }
