// Windows: opening, connecting and accepting sockets.
//
// Source: the pages of Winsock in Microsoft's documentation, which have the names of the functions.

#ifdef _WIN32

#include "windows_shared.h"

static BOOL CALLBACK start(PINIT_ONCE once, PVOID number, PVOID *context) {
  (void)once, (void)context;
  WSADATA data;
  *(int *)number = WSAStartup(MAKEWORD(2, 2), &data);
  // After a failure, the next call starts Winsock again.
  return *(int *)number == 0;
}

int metal_windows_start(void) {
  static INIT_ONCE once = INIT_ONCE_STATIC_INIT;
  int number = 0;
  InitOnceExecuteOnce(&once, start, &number, NULL);
  return number;
}

int metal_windows_is_datagram(intptr_t socket) {
  int type = 0, length = sizeof type;
  return getsockopt((SOCKET)socket, SOL_SOCKET, SO_TYPE, (char *)&type, &length) == 0 && type == SOCK_DGRAM;
}

int metal_set_non_blocking(intptr_t socket, int is_non_blocking) {
  u_long value = is_non_blocking != 0;
  return metal_windows_result(ioctlsocket((SOCKET)socket, (long)FIONBIO, &value));
}

// Chooses whether a receiving call reports that another machine has refused or dropped an earlier datagram. A layered
// service provider may lack the request, so the function ignores a failure.
static void set_reports(intptr_t socket, DWORD request, BOOL reports) {
  DWORD count = 0;
  WSAIoctl((SOCKET)socket, request, &reports, sizeof reports, NULL, 0, &count, NULL, NULL);
}

intptr_t metal_socket(int family, int type) {
  int number = metal_windows_start();
  if (number != 0) return -number;
  SOCKET socket = WSASocketW(family, type, 0, NULL, 0, WSA_FLAG_OVERLAPPED | WSA_FLAG_NO_HANDLE_INHERIT);
  if (socket == INVALID_SOCKET) return -WSAGetLastError();
  int result = metal_set_non_blocking((intptr_t)socket, 1);
  if (result < 0) {
    closesocket(socket);
    return result;
  }
  if (type == SOCK_DGRAM) {
    set_reports((intptr_t)socket, SIO_UDP_CONNRESET, FALSE);
    set_reports((intptr_t)socket, SIO_UDP_NETRESET, FALSE);
  }
  return (intptr_t)socket;
}

int metal_close(intptr_t socket) {
  int result = metal_windows_result(closesocket((SOCKET)socket));
  // A non-blocking socket that lingers stays open until the peer has its bytes. A blocking socket waits for the peer,
  // at most for the time of SO_LINGER.
  if (result != -WSAEWOULDBLOCK || metal_set_non_blocking(socket, 0) < 0) return result;
  return metal_windows_result(closesocket((SOCKET)socket));
}

int metal_bind(intptr_t socket, const void *address, int length) {
  return metal_windows_result(bind((SOCKET)socket, address, length));
}

int metal_listen(intptr_t socket, int backlog) { return metal_windows_result(listen((SOCKET)socket, backlog)); }

int metal_connect(intptr_t socket, const void *address, int length) {
  if (connect((SOCKET)socket, address, length) == SOCKET_ERROR) {
    int number = WSAGetLastError();
    return number == WSAEWOULDBLOCK ? -WSAEINPROGRESS : -number;
  }
  // A datagram socket with a peer reports that the peer has refused a datagram.
  if (metal_windows_is_datagram(socket)) set_reports(socket, SIO_UDP_CONNRESET, TRUE);
  return 0;
}

intptr_t metal_accept(intptr_t socket, void *address, int *length) {
  SOCKET accepted = accept((SOCKET)socket, address, length);
  if (accepted == INVALID_SOCKET) {
    int number = WSAGetLastError();
    // The peer has reset the connection before this call.
    return number == WSAECONNRESET ? -WSAECONNABORTED : -number;
  }
  SetHandleInformation((HANDLE)accepted, HANDLE_FLAG_INHERIT, 0);
  int result = metal_set_non_blocking((intptr_t)accepted, 1);
  if (result == 0) return (intptr_t)accepted;
  closesocket(accepted);
  return result;
}

// Makes the unspecified address of the family of a socket, which Windows does not return for an unbound socket.
static int unspecified_address(intptr_t socket, void *address, int *length) {
  WSAPROTOCOL_INFOW protocol;
  int size = sizeof protocol;
  int result = getsockopt((SOCKET)socket, SOL_SOCKET, SO_PROTOCOL_INFOW, (char *)&protocol, &size);
  if (result == SOCKET_ERROR) return -WSAGetLastError();
  int family = protocol.iAddressFamily;
  int needed = family == AF_INET    ? METAL_IP_ADDRESS_LENGTH_V4
               : family == AF_INET6 ? METAL_IP_ADDRESS_LENGTH_V6
                                    : METAL_UNIX_PATH_OFFSET;
  if (*length < needed) return -WSAEFAULT;
  memset(address, 0, (size_t)needed);
  *(uint16_t *)address = (uint16_t)family;
  *length = needed;
  return 0;
}

int metal_local_address(intptr_t socket, void *address, int *length) {
  int size = *length;
  int result = metal_windows_result(getsockname((SOCKET)socket, address, &size));
  if (result == -WSAEINVAL) return unspecified_address(socket, address, length);
  *length = size;
  return result;
}

int metal_peer_address(intptr_t socket, void *address, int *length) {
  return metal_windows_result(getpeername((SOCKET)socket, address, length));
}

int metal_shutdown(intptr_t socket, int how) { return metal_windows_result(shutdown((SOCKET)socket, how)); }

#endif
