// Calls of Winsock and of Windows for tests, without the library. Child processes inherit the sockets, which are
// blocking.

#ifdef _WIN32

#include <winsock2.h>
#include <ws2tcpip.h>

#include <iphlpapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <windows.h>
#include <winternl.h>

#include "CSystem.h"

#ifndef STATUS_INFO_LENGTH_MISMATCH
#define STATUS_INFO_LENGTH_MISMATCH ((NTSTATUS)0xC0000004)
#endif

_Static_assert(sizeof(struct sockaddr_storage) == 128, "system_address_capacity");
_Static_assert(IPPROTO_IP == 0 && IPPROTO_IPV6 == 41 && IPPROTO_TCP == 6, "system_level_ip");

// The caller makes no other call before this function, because another call may change the error number.
static intptr_t result_of(intptr_t result) { return result == SOCKET_ERROR ? -WSAGetLastError() : result; }

static int system_result(int result) { return (int)result_of(result); }

bool system_is_wine(void) { return GetProcAddress(GetModuleHandleA("ntdll"), "wine_get_version") != NULL; }

// MARK: Time, threads and files

int64_t system_now(void) {
  LARGE_INTEGER frequency, ticks;
  QueryPerformanceFrequency(&frequency);
  QueryPerformanceCounter(&ticks);
  int64_t seconds = ticks.QuadPart / frequency.QuadPart, rest = ticks.QuadPart % frequency.QuadPart;
  return seconds * 1000000000 + rest * 1000000000 / frequency.QuadPart;
}

void system_sleep(int64_t nanoseconds) {
  int64_t end = system_now() + nanoseconds;
  for (int64_t rest; (rest = end - system_now()) > 0;) Sleep((DWORD)((rest + 999999) / 1000000));
}

void system_yield(void) { SwitchToThread(); }

int system_make_folder(uint8_t *path, int capacity) {
  static volatile LONG count;
  char folder[MAX_PATH];
  GetTempPathA(sizeof folder, folder);
  int length = snprintf((char *)path, (size_t)capacity, "%smetal-%lx-%lx", folder, GetCurrentProcessId(),
                        InterlockedIncrement(&count));
  if (length >= capacity) return -WSAEINVAL;
  return CreateDirectoryA((const char *)path, NULL) ? 0 : -(int)GetLastError();
}

void system_list_folder(const char *path, void *context, void (*body)(void *context, const char *name)) {
  char pattern[MAX_PATH + 2];
  snprintf(pattern, sizeof pattern, "%s\\*", path);
  WIN32_FIND_DATAA entry;
  HANDLE search = FindFirstFileA(pattern, &entry);
  if (search == INVALID_HANDLE_VALUE) return;
  do {
    if (strcmp(entry.cFileName, ".") != 0 && strcmp(entry.cFileName, "..") != 0) body(context, entry.cFileName);
  } while (FindNextFileA(search, &entry));
  FindClose(search);
}

int system_remove_file(const uint8_t *path) { return DeleteFileA((const char *)path) ? 0 : -(int)GetLastError(); }

int system_remove_folder(const char *path) { return RemoveDirectoryA(path) ? 0 : -(int)GetLastError(); }

// MARK: The network

uint32_t system_loopback(void) {
  ULONG size = 1 << 16;
  IP_ADAPTER_ADDRESSES *adapters = malloc(size);
  ULONG result = GetAdaptersAddresses(AF_UNSPEC, GAA_FLAG_SKIP_UNICAST, NULL, adapters, &size);
  IP_ADAPTER_ADDRESSES *adapter = result == ERROR_SUCCESS ? adapters : NULL;
  while (adapter != NULL && adapter->IfType != IF_TYPE_SOFTWARE_LOOPBACK) adapter = adapter->Next;
  // Wine has only the number for IPv4.
  uint32_t index = adapter == NULL ? 0 : adapter->Ipv6IfIndex != 0 ? adapter->Ipv6IfIndex : adapter->IfIndex;
  free(adapters);
  return index;
}

bool system_has_multicast_route(uint32_t index) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = 9, .sin6_scope_id = index};
  address.sin6_addr.u.Byte[0] = 0xFF;
  address.sin6_addr.u.Byte[1] = 1;
  address.sin6_addr.u.Byte[15] = 1;
  intptr_t descriptor = system_datagram_socket(AF_INET6);
  if (descriptor < 0) return false;
  bool has_route = connect((SOCKET)descriptor, (const struct sockaddr *)&address, sizeof address) == 0;
  closesocket((SOCKET)descriptor);
  return has_route;
}

bool system_has_service(const char *name) { return getservbyname(name, "tcp") != NULL; }

bool system_raise_descriptor_limit(int64_t count) { return (void)count, true; }

// MARK: Sockets

static intptr_t open_socket(int family, int kind) {
  WSADATA data;
  if (WSAStartup(MAKEWORD(2, 2), &data) != 0) abort();
  return result_of((intptr_t)socket(family, kind, 0));
}

intptr_t system_stream_socket(int family) { return open_socket(family, SOCK_STREAM); }

intptr_t system_datagram_socket(int family) { return open_socket(family, SOCK_DGRAM); }

int system_close(intptr_t socket) { return system_result(closesocket((SOCKET)socket)); }

/// Returns the socket if the call after its creation has succeeded. Otherwise, closes the socket.
static intptr_t checked(intptr_t socket, int result) {
  if (result < 0) system_close(socket);
  return result < 0 ? result : socket;
}

static int bind_loopback(intptr_t socket, int family) {
  struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr_in address_v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (family == AF_INET) return system_result(bind((SOCKET)socket, (const void *)&address_v4, sizeof address_v4));
  return system_result(bind((SOCKET)socket, (const void *)&address, sizeof address));
}

intptr_t system_listener(int backlog) {
  intptr_t socket = system_stream_socket(AF_INET);
  if (socket < 0) return socket;
  int result = bind_loopback(socket, AF_INET);
  return checked(socket, result < 0 ? result : system_result(listen((SOCKET)socket, backlog)));
}

intptr_t system_connection(uint16_t port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  intptr_t socket = system_stream_socket(AF_INET);
  if (socket < 0) return socket;
  return checked(socket, system_result(connect((SOCKET)socket, (const void *)&address, sizeof address)));
}

intptr_t system_bound_datagram_socket(int family) {
  intptr_t socket = system_datagram_socket(family);
  return socket < 0 ? socket : checked(socket, bind_loopback(socket, family));
}

int system_bind(intptr_t socket, uint8_t *bytes, int length) {
  struct sockaddr_storage address;
  memcpy(&address, bytes, (size_t)length);
  int capacity = sizeof address;
  if (bind((SOCKET)socket, (const void *)&address, length) != 0) return -WSAGetLastError();
  if (getsockname((SOCKET)socket, (void *)&address, &capacity) != 0) return -WSAGetLastError();
  memcpy(bytes, &address, sizeof address);
  return capacity;
}

bool system_is_open(intptr_t socket) {
  DWORD flags;
  return GetHandleInformation((HANDLE)socket, &flags);
}

bool system_is_inherited(intptr_t socket) {
  DWORD flags = 0;
  return GetHandleInformation((HANDLE)socket, &flags) && (flags & HANDLE_FLAG_INHERIT) != 0;
}

/// Counts the handles of the process in the list of all handles, for Wine, where GetProcessHandleCount returns 0.
static int count_listed_handles(void) {
  struct {
    ULONG count;
    SYSTEM_HANDLE_ENTRY entries[];
  } *list = NULL;
  ULONG size = 1 << 16;
  do list = realloc(list, size *= 2);
  while (NtQuerySystemInformation(SystemHandleInformation, list, size, NULL) == STATUS_INFO_LENGTH_MISMATCH);
  int count = 0;
  for (ULONG index = 0; index < list->count; index++) count += list->entries[index].OwnerPid == GetCurrentProcessId();
  free(list);
  return count;
}

int64_t system_allocations;

int system_inherited_count(void) {
  int count = 0;
  // The system assigns the lowest free multiples of four.
  for (intptr_t number = 4; number < 1 << 16; number += 4) count += system_is_inherited(number);
  return count;
}

int system_handle_count(void) {
  DWORD count;
  return GetProcessHandleCount(GetCurrentProcess(), &count) && count > 0 ? (int)count : count_listed_handles();
}

int system_lay_out_v4(uint8_t *bytes, uint32_t address, uint16_t port) {
  struct sockaddr_in layout = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(address)};
  memcpy(bytes, &layout, sizeof layout);
  return sizeof layout;
}

int system_lay_out_v6(uint8_t *bytes, const uint8_t *address, uint16_t port, uint32_t flow_info, uint32_t scope) {
  struct sockaddr_in6 layout = {
      .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_flowinfo = htonl(flow_info), .sin6_scope_id = scope};
  memcpy(&layout.sin6_addr, address, 16);
  memcpy(bytes, &layout, sizeof layout);
  return sizeof layout;
}

int system_family(const uint8_t *bytes) {
  struct sockaddr address;
  memcpy(&address, bytes, sizeof address);
  return address.sa_family;
}

void system_set_family(void *bytes, int family) {
  ADDRESS_FAMILY number = (ADDRESS_FAMILY)family;
  memcpy(bytes, &number, sizeof number);
}

// MARK: Options and messages

int system_get_option(intptr_t socket, int level, int name, int *value) {
  // The values of some options are a byte or a short integer.
  int length = sizeof *value;
  *value = 0;
  return system_result(getsockopt((SOCKET)socket, level, name, (char *)value, &length));
}

int system_set_option(intptr_t socket, int level, int name, int value) {
  return system_result(setsockopt((SOCKET)socket, level, name, (const char *)&value, sizeof value));
}

int system_get_linger(intptr_t socket, bool *is_on, int *seconds) {
  struct linger value = {0, 0};
  int length = sizeof value;
  int result = system_result(getsockopt((SOCKET)socket, SOL_SOCKET, SO_LINGER, (char *)&value, &length));
  *is_on = value.l_onoff != 0;
  *seconds = value.l_linger;
  return result;
}

int system_send_urgent(intptr_t socket, uint8_t byte) {
  return system_result(send((SOCKET)socket, (const char *)&byte, 1, MSG_OOB));
}

int system_receive_urgent(intptr_t socket) {
  uint8_t byte;
  int result = recv((SOCKET)socket, (char *)&byte, 1, MSG_OOB);
  return result == 1 ? byte : result == 0 ? 0 : -WSAGetLastError();
}

#endif
