// The numbers of Winsock, under the names that the Swift code uses on every system. windows_numbers.c compares the
// numbers with the headers of Windows.

#pragma once

#define AF_UNSPEC 0
#define AF_UNIX 1
#define AF_INET 2
#define AF_INET6 23

#define IPPROTO_IP 0
#define IPPROTO_TCP 6
#define IPPROTO_UDP 17
#define IPPROTO_IPV6 41

#define SOL_SOCKET 0xFFFF
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_BROADCAST 0x0020
#define SO_LINGER 0x0080
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define SO_ERROR 0x1007
#define SO_TYPE 0x1008

#define TCP_NODELAY 1
#define IP_TTL 4
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IPV6_UNICAST_HOPS 4
#define IPV6_MULTICAST_IF 9
#define IPV6_MULTICAST_HOPS 10
#define IPV6_MULTICAST_LOOP 11
#define IPV6_V6ONLY 27

#define MSG_PEEK 0x2
#define MSG_TRUNC 0x100

enum {
  METAL_EAGAIN = 10035,        // WSAEWOULDBLOCK
  METAL_EINVAL = 10022,        // WSAEINVAL
  METAL_EAFNOSUPPORT = 10047,  // WSAEAFNOSUPPORT
  METAL_SOCK_STREAM = 1,
  METAL_SOCK_DGRAM = 2,
  METAL_SHUT_RD = 0,
  METAL_SHUT_WR = 1,
  METAL_SHUT_RDWR = 2,
  METAL_TCP_KEEPIDLE = 3,
  METAL_TCP_KEEPINTVL = 17,
  METAL_TCP_KEEPCNT = 16,
  METAL_MSG_NOSIGNAL = 0,
};
#define SO_REUSEPORT (-1)  // Windows has no such option, and refuses the number

#define EAI_NONAME 11001
#define EAI_AGAIN 11002
#define EAI_FAIL 11003
#define EAI_SERVICE 10109
#define EAI_FAMILY 10047
#define EAI_SOCKTYPE 10044
#define EAI_BADFLAGS 10022
#define EAI_MEMORY 8
// Windows has no such codes.
#define EAI_OVERFLOW (-2)
#define EAI_SYSTEM (-3)
enum {
  METAL_EAI_NODATA = 11004,
  METAL_EAI_ADDRFAMILY = EAI_NONAME,
};
