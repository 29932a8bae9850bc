// Declarations that the C files for Windows share. Swift does not import this header.

#pragma once

#ifndef WIN32_LEAN_AND_MEAN
#define WIN32_LEAN_AND_MEAN
#endif

#include <winsock2.h>
#include <ws2tcpip.h>
#include <mswsock.h>
#include <afunix.h>
#include <string.h>

#include "CMetalSystem.h"

// Starts Winsock before the first call that needs it. Returns 0 or an error number.
int metal_windows_start(void);

// Whether a socket is a datagram socket.
int metal_windows_is_datagram(intptr_t socket);

static inline int metal_windows_result(int result) { return result == SOCKET_ERROR ? -WSAGetLastError() : result; }

// The size as a length of Winsock, limited to what such a length holds.
static inline ULONG metal_windows_length(size_t size) { return size < 0x7FFFFFFF ? (ULONG)size : 0x7FFFFFFF; }
