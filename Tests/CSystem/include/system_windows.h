// Calls of Winsock and of Windows for tests, under the names that other systems' headers define inline.
//
// windows.c defines the functions. A function that fails returns the negated number of Winsock.

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifndef _WINSOCK2API_
#define AF_UNIX 1
#define AF_INET 2
#define AF_APPLETALK 16
#define AF_INET6 23
#define SOL_SOCKET 0xFFFF
#define SO_REUSEADDR 0x0004
#define SO_KEEPALIVE 0x0008
#define SO_BROADCAST 0x0020
#define SO_OOBINLINE 0x0100
#define SO_SNDBUF 0x1001
#define SO_RCVBUF 0x1002
#define IP_TTL 4
#define IP_MULTICAST_IF 9
#define IP_MULTICAST_TTL 10
#define IP_MULTICAST_LOOP 11
#define IPV6_UNICAST_HOPS 4
#define IPV6_MULTICAST_IF 9
#define IPV6_MULTICAST_HOPS 10
#define IPV6_MULTICAST_LOOP 11
#define IPV6_V6ONLY 27
#define TCP_KEEPIDLE 3
#define TCP_KEEPCNT 16
#define TCP_KEEPINTVL 17
#endif

static const int system_level_ip = 0;
static const int system_level_ipv6 = 41;
static const int system_level_tcp = 6;
/// WSATYPE_NOT_FOUND, which is the code of getaddrinfo for a service that has no port.
static const int system_no_service = 10109;
/// The size of SOCKADDR_STORAGE.
static const int system_address_capacity = 128;

/// Whether the system is Wine.
bool system_is_wine(void);

// MARK: Time, threads and files

int64_t system_now(void);
void system_sleep(int64_t nanoseconds);
void system_yield(void);
int system_make_folder(uint8_t *path, int capacity);
void system_list_folder(const char *path, void *context, void (*body)(void *context, const char *name));
int system_remove_file(const uint8_t *path);
int system_remove_folder(const char *path);
_Noreturn void exit(int code);

// MARK: The network

uint32_t system_loopback(void);
bool system_has_multicast_route(uint32_t index);
bool system_has_service(const char *name);
/// Windows has no limit that a process could raise.
bool system_raise_descriptor_limit(int64_t count);

// MARK: Sockets

intptr_t system_stream_socket(int family);
intptr_t system_datagram_socket(int family);
intptr_t system_listener(int backlog);
intptr_t system_connection(uint16_t port);
intptr_t system_bound_datagram_socket(int family);
int system_bind(intptr_t socket, uint8_t *bytes, int length);
int system_close(intptr_t socket);

/// Whether a number is that of an open handle.
bool system_is_open(intptr_t socket);
/// Whether child processes inherit a handle.
bool system_is_inherited(intptr_t socket);

/// The number of handles that the process has open.
int system_handle_count(void);

/// The number of handles that child processes inherit.
int system_inherited_count(void);

/// The number of allocations of Swift code, if the runtime of the program counts the allocations.
extern int64_t system_allocations;
static inline int64_t system_allocation_count(void) { return __atomic_load_n(&system_allocations, __ATOMIC_RELAXED); }

int system_lay_out_v4(uint8_t *bytes, uint32_t address, uint16_t port);
int system_lay_out_v6(uint8_t *bytes, const uint8_t *address, uint16_t port, uint32_t flow_info, uint32_t scope);
int system_family(const uint8_t *bytes);
void system_set_family(void *bytes, int family);

// MARK: Options and messages

int system_get_option(intptr_t socket, int level, int name, int *value);
int system_set_option(intptr_t socket, int level, int name, int value);
int system_get_linger(intptr_t socket, bool *is_on, int *seconds);
int system_send_urgent(intptr_t socket, uint8_t byte);
int system_receive_urgent(intptr_t socket);
