// Windows: socket options.
//
// Source: "SOL_SOCKET Socket Options", "IPPROTO_IP Socket Options", "IPPROTO_IPV6 Socket Options", "IPPROTO_TCP Socket
// Options" and "Using SO_REUSEADDR and SO_EXCLUSIVEADDRUSE"; Microsoft's documentation.

#ifdef _WIN32

#include "windows_shared.h"

static int get(intptr_t socket, int level, int name, void *value, int size) {
  return metal_windows_result(getsockopt((SOCKET)socket, level, name, value, &size));
}

static int set(intptr_t socket, int level, int name, const void *value, int size) {
  return metal_windows_result(setsockopt((SOCKET)socket, level, name, value, size));
}

// On Windows, a stream with SO_REUSEADDR takes an address that another socket uses. SO_EXCLUSIVEADDRUSE prevents this.
// Without both options, a listener can use an address whose old connections are still in TIME_WAIT. On other systems,
// SO_REUSEADDR allows this use. Therefore, for a stream, SO_REUSEADDR here means the opposite of SO_EXCLUSIVEADDRUSE.
static int is_exclusive_use(intptr_t socket, int level, int name) {
  return level == SOL_SOCKET && name == SO_REUSEADDR && !metal_windows_is_datagram(socket);
}

int metal_get_option(intptr_t socket, int level, int name, int *value) {
  if (name < 0) return -WSAENOPROTOOPT;
  // Windows writes one byte of some values.
  *value = 0;
  if (is_exclusive_use(socket, level, name)) {
    int result = get(socket, level, SO_EXCLUSIVEADDRUSE, value, sizeof *value);
    *value = *value == 0;
    return result;
  }
  int result = get(socket, level, name, value, sizeof *value);
  // Other systems report a refused datagram as a refused connection.
  int is_reset = result == 0 && level == SOL_SOCKET && name == SO_ERROR && *value == WSAECONNRESET;
  if (is_reset && metal_windows_is_datagram(socket)) *value = WSAECONNREFUSED;
  return result;
}

int metal_set_option(intptr_t socket, int level, int name, int value) {
  if (name < 0) return -WSAENOPROTOOPT;
  if (!is_exclusive_use(socket, level, name)) return set(socket, level, name, &value, sizeof value);
  int is_exclusive = value == 0;
  return set(socket, level, SO_EXCLUSIVEADDRUSE, &is_exclusive, sizeof is_exclusive);
}

// An IPv6 socket that does not send IPv4 packets has no limit for them, and Windows refuses to set this limit.
int metal_set_hops_of_mapped(intptr_t socket, int hops) {
  set(socket, IPPROTO_IP, IP_TTL, &hops, sizeof hops);
  return 0;
}

int metal_set_port_chosen_by_connecting(intptr_t socket) {
  (void)socket;
  return -WSAENOPROTOOPT;
}

int metal_set_membership(intptr_t socket, int is_member, uint32_t group, uint32_t interface_address) {
  struct ip_mreq request = {.imr_multiaddr.s_addr = group, .imr_interface.s_addr = interface_address};
  return set(socket, IPPROTO_IP, is_member ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &request, sizeof request);
}

int metal_set_membership_v6(intptr_t socket, int is_member, const struct metal_ip_address *group,
                            unsigned interface_index) {
  struct ipv6_mreq request = {.ipv6mr_interface = interface_index};
  memcpy(&request.ipv6mr_multiaddr, &group->v6_address_0, sizeof request.ipv6mr_multiaddr);
  return set(socket, IPPROTO_IPV6, is_member ? IPV6_ADD_MEMBERSHIP : IPV6_DROP_MEMBERSHIP, &request, sizeof request);
}

// The value -1 means that the socket does not linger.
int metal_get_linger(intptr_t socket, int *seconds) {
  struct linger linger = {0};
  int result = get(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  *seconds = linger.l_onoff ? linger.l_linger : -1;
  return result;
}

int metal_set_linger(intptr_t socket, int seconds) {
  int most = 0xFFFF;
  struct linger linger = {.l_onoff = seconds >= 0};
  linger.l_linger = (u_short)(seconds < 0 ? 0 : seconds < most ? seconds : most);
  return set(socket, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

#endif
