// Socket options.

#pragma once

#include "metal_addresses.h"

#ifdef METAL_SOCKADDR_HAS_LENGTH
#include <sys/sysctl.h>

// Gets the hop limit of IPv6 packets for sockets without an own value. The call identifies `net.inet6.ip6.hlim` by
// number, because OpenBSD has no call that takes the name.
static inline int metal_get_default_hops(int *_Nonnull value) {
  int name[4] = {CTL_NET, PF_INET6, IPPROTO_IPV6, IPV6CTL_DEFHLIM};
  size_t length = sizeof *value;
  return (int)metal_result(sysctl(name, 4, value, &length, NULL, 0));
}
#endif

static inline int metal_getsockopt(int fd, int level, int name, void *_Nonnull value, int size) {
  socklen_t length = (socklen_t)size;
  return (int)METAL_CALL(metal_call6(SYS_getsockopt, fd, level, name, (long)value, (long)&length, 0),
                         getsockopt(fd, level, name, value, &length));
}

static inline int metal_setsockopt(int fd, int level, int name, const void *_Nonnull value, int size) {
  return (int)METAL_CALL(metal_call6(SYS_setsockopt, fd, level, name, (long)value, size, 0),
                         setsockopt(fd, level, name, value, (socklen_t)size));
}

// The caller sets `value` to 0 first, because some systems write only one byte of it.
static inline int metal_get_option(int fd, int level, int name, int *_Nonnull value) {
  int result = metal_getsockopt(fd, level, name, value, sizeof *value);
#ifdef METAL_SOCKADDR_HAS_LENGTH
  // macOS and the BSDs return -1 for a socket without an own value.
  if (result == 0 && level == IPPROTO_IPV6 && name == IPV6_UNICAST_HOPS && *value < 0) return metal_get_default_hops(value);
#endif
  return result;
}

static inline int metal_set_option(int fd, int level, int name, int value) {
#ifdef __OpenBSD__
  // On OpenBSD, the value of these two options is one byte, and the system refuses any other size.
  if (level == IPPROTO_IP && (name == IP_MULTICAST_TTL || name == IP_MULTICAST_LOOP)) {
    unsigned char byte = (unsigned char)value;
    if (byte != value) return -EINVAL;
    return metal_setsockopt(fd, level, name, &byte, sizeof byte);
  }
#endif
  return metal_setsockopt(fd, level, name, &value, sizeof value);
}

// Sets the hop limit of the IPv4 packets of an IPv6 socket. Linux keeps this limit apart from the limit of IPv6
// packets: ip(7), ipv6(7). On macOS and FreeBSD, one option sets both limits (`ip6_ctloutput` in
// netinet6/ip6_output.c). OpenBSD sends no IPv4 packets from an IPv6 socket.
static inline int metal_set_hops_of_mapped(int fd, int hops) {
  return METAL_IS_LINUX ? metal_set_option(fd, IPPROTO_IP, IP_TTL, hops) : 0;
}

#ifndef IP_BIND_ADDRESS_NO_PORT
#define IP_BIND_ADDRESS_NO_PORT 24  // Linux 4.2; missing in older headers
#endif

// Makes connect(2) choose the port of a socket that the program then binds to port 0.
static inline int metal_set_port_chosen_by_connecting(int fd) {
  return METAL_IS_LINUX ? metal_set_option(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1) : -ENOPROTOOPT;
}

static inline int metal_set_membership(int fd, int is_member, uint32_t group, uint32_t interface) {
  struct ip_mreq request = {.imr_multiaddr = {.s_addr = group}, .imr_interface = {.s_addr = interface}};
  int name = is_member ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP;
  return metal_setsockopt(fd, IPPROTO_IP, name, &request, sizeof request);
}

// `group` is a socket address, of which the function uses only the IPv6 address.
static inline int metal_set_membership_v6(int fd, int is_member, const struct metal_ip_address *_Nonnull group,
                                          unsigned interface) {
  struct ipv6_mreq request = {.ipv6mr_interface = interface};
  memcpy(&request.ipv6mr_multiaddr, &group->v6_address_0, sizeof request.ipv6mr_multiaddr);
  int name = is_member ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP;
  return metal_setsockopt(fd, IPPROTO_IPV6, name, &request, sizeof request);
}

#ifdef SO_LINGER_SEC
#define METAL_SO_LINGER_IN_SECONDS SO_LINGER_SEC  // SO_LINGER counts clock ticks on macOS
#else
#define METAL_SO_LINGER_IN_SECONDS SO_LINGER
#endif

// The value -1 means that the socket does not linger.
static inline int metal_get_linger(int fd, int *_Nonnull seconds) {
  struct linger linger = {0};
  int result = metal_getsockopt(fd, SOL_SOCKET, METAL_SO_LINGER_IN_SECONDS, &linger, sizeof linger);
  *seconds = linger.l_onoff ? linger.l_linger : -1;
  return result;
}

static inline int metal_set_linger(int fd, int seconds) {
  struct linger linger = {.l_onoff = seconds >= 0, .l_linger = seconds < 0 ? 0 : seconds};
  return metal_setsockopt(fd, SOL_SOCKET, METAL_SO_LINGER_IN_SECONDS, &linger, sizeof linger);
}
