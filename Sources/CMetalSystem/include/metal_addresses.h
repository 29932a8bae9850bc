// Socket addresses as the kernel lays them out.

#ifndef METAL_ADDRESSES_H
#define METAL_ADDRESSES_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

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

#endif
