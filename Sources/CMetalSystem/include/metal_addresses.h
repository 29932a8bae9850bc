// Socket addresses in the layout of the kernel.

#pragma once

#if METAL_IS_WINDOWS
#include <stddef.h>
#include <stdint.h>
#ifndef _WINSOCK2API_
#include "metal_windows_numbers.h"
#endif
#else
#include "metal_calls.h"
#endif

// On macOS and the BSDs, the length precedes the family in an address. METAL_FAMILY initialises both fields.
#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__) || defined(__DragonFly__)
#define METAL_SOCKADDR_HAS_LENGTH 1
#define METAL_FAMILY_FIELDS uint8_t length, family
#define METAL_FAMILY(number, size) .length = (uint8_t)(size), .family = (uint8_t)(number)
#else
#define METAL_FAMILY_FIELDS uint16_t family
#define METAL_FAMILY(number, size) .family = (uint16_t)(number)
#endif

// An IPv4 or IPv6 socket address. sockaddr_in and sockaddr_in6 share the first fields. All numbers except `scope` are
// in network byte order.
struct metal_ip_address {
  METAL_FAMILY_FIELDS;
  uint16_t port;
  uint32_t v4_address_or_flow_info;
  uint32_t v6_address_0;
  uint32_t v6_address_1;
  uint32_t v6_address_2;
  uint32_t v6_address_3;
  uint32_t scope;
};

// A Unix-domain socket address: the family, and then the bytes of the name. On a system with a shorter sun_path, the
// length that the caller passes with the address limits the name.
struct metal_unix_address {
  METAL_FAMILY_FIELDS;
  uint8_t path[108];
};

#if METAL_IS_WINDOWS
enum {
  METAL_IP_ADDRESS_LENGTH_V4 = 16,
  METAL_IP_ADDRESS_LENGTH_V6 = 28,
  METAL_UNIX_PATH_OFFSET = 2,
  METAL_UNIX_PATH_SIZE = 108,
};
#else
enum {
  METAL_IP_ADDRESS_LENGTH_V4 = sizeof(struct sockaddr_in),
  METAL_IP_ADDRESS_LENGTH_V6 = sizeof(struct sockaddr_in6),
  METAL_UNIX_PATH_OFFSET = offsetof(struct sockaddr_un, sun_path),
  METAL_UNIX_PATH_SIZE = sizeof(((struct sockaddr_un *)0)->sun_path),
};
#endif

#if !METAL_IS_WINDOWS || defined(_WINSOCK2API_)
#define METAL_IS_AT(type, field, original, original_field) \
  _Static_assert(offsetof(struct type, field) == offsetof(struct original, original_field), #original_field)

_Static_assert(sizeof(struct metal_ip_address) == sizeof(struct sockaddr_in6), "sockaddr_in6");
_Static_assert(sizeof(struct metal_ip_address) >= sizeof(struct sockaddr_in), "sockaddr_in");
METAL_IS_AT(metal_ip_address, port, sockaddr_in, sin_port);
METAL_IS_AT(metal_ip_address, port, sockaddr_in6, sin6_port);
METAL_IS_AT(metal_ip_address, v4_address_or_flow_info, sockaddr_in, sin_addr);
METAL_IS_AT(metal_ip_address, v4_address_or_flow_info, sockaddr_in6, sin6_flowinfo);
METAL_IS_AT(metal_ip_address, v6_address_0, sockaddr_in6, sin6_addr);
METAL_IS_AT(metal_ip_address, scope, sockaddr_in6, sin6_scope_id);
_Static_assert(sizeof(struct metal_unix_address) >= sizeof(struct sockaddr_un), "sockaddr_un");
METAL_IS_AT(metal_unix_address, path, sockaddr_un, sun_path);
_Static_assert(METAL_IP_ADDRESS_LENGTH_V4 == sizeof(struct sockaddr_in), "sockaddr_in");
_Static_assert(METAL_IP_ADDRESS_LENGTH_V6 == sizeof(struct sockaddr_in6), "sockaddr_in6");
_Static_assert(METAL_UNIX_PATH_OFFSET == offsetof(struct sockaddr_un, sun_path), "sun_path");
#endif

// Each function returns an address with a family and no other value.
static inline struct metal_ip_address metal_ipv4_address(void) {
  return (struct metal_ip_address){METAL_FAMILY(AF_INET, METAL_IP_ADDRESS_LENGTH_V4)};
}

static inline struct metal_ip_address metal_ipv6_address(void) {
  return (struct metal_ip_address){METAL_FAMILY(AF_INET6, METAL_IP_ADDRESS_LENGTH_V6)};
}

static inline struct metal_unix_address metal_unnamed_address(void) {
  return (struct metal_unix_address){METAL_FAMILY(AF_UNIX, METAL_UNIX_PATH_OFFSET + METAL_UNIX_PATH_SIZE)};
}

// Whether the system has abstract names. An abstract name begins with a zero byte and makes no file.
static inline int metal_has_abstract_names(void) { return METAL_IS_LINUX; }
