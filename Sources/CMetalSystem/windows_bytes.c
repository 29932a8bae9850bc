// Windows: calls that move bytes on sockets.
//
// Source: WSARecv, WSARecvFrom, WSASend and WSASendTo; Microsoft's documentation.

#ifdef _WIN32

#include <stddef.h>

#include "windows_shared.h"

// An entry of the vectors that Swift passes.
struct entry {
  void *bytes;
  size_t size;
};

// Buffers for one call. The sum of their lengths fits into 31 bits, because Winsock counts the bytes in 32 bits.
struct buffers {
  WSABUF entries[METAL_MOST_BUFFERS];
  DWORD count;
  size_t size;
};

static void fill(struct buffers *buffers, const struct entry *vectors, size_t count) {
  buffers->count = 0;
  buffers->size = 0;
  for (size_t index = 0; index < count; index++) {
    ULONG length = metal_windows_length(vectors[index].size), room = 0x7FFFFFFF - (ULONG)buffers->size;
    int is_last = length > room || length < vectors[index].size;
    if (length > room) length = room;
    buffers->entries[buffers->count++] = (WSABUF){.len = length, .buf = vectors[index].bytes};
    buffers->size += length;
    if (is_last) break;
  }
}

// Returns the negated number of the last error. For a refused datagram, the number is WSAECONNREFUSED, as on other
// systems.
static int error(intptr_t socket) {
  int number = WSAGetLastError();
  return number == WSAECONNRESET && metal_windows_is_datagram(socket) ? -WSAECONNREFUSED : -number;
}

// Returns the negated number of the error of a failed send. Without a destination and a peer, Windows returns
// WSAENOTCONN, and Wine returns WSAEINVAL.
static int send_error(intptr_t socket, const void *address) {
  int number = error(socket);
  if ((number != -WSAENOTCONN && number != -WSAEINVAL) || address != NULL) return number;
  struct sockaddr_storage peer;
  int length = sizeof peer;
  int has_peer = getpeername((SOCKET)socket, (struct sockaddr *)&peer, &length) == 0;
  return !has_peer && metal_windows_is_datagram(socket) ? -WSAEDESTADDRREQ : number;
}

// Receives into buffers. Sets MSG_TRUNC in `flags` if the datagram was longer than the buffers.
static intptr_t receive(intptr_t socket, struct buffers *buffers, int *flags, void *address, int *length) {
  DWORD count = 0, call_flags = (DWORD)*flags;
  *flags = 0;
  SOCKET s = (SOCKET)socket;
  int result =
      address == NULL
          ? WSARecv(s, buffers->entries, buffers->count, &count, &call_flags, NULL, NULL)
          : WSARecvFrom(s, buffers->entries, buffers->count, &count, &call_flags, address, length, NULL, NULL);
  if (result == 0) return (intptr_t)count;
  int number = error(socket);
  switch (number) {
    case -WSAEMSGSIZE:
      *flags = MSG_TRUNC;
      return (intptr_t)buffers->size;
    case -WSAESHUTDOWN:
      return 0;
    default:
      return number;
  }
}

// A call without room for bytes receives one byte instead, so that the call checks whether something has arrived. A
// stream keeps the byte.
static intptr_t receive_nothing(intptr_t socket, int *flags, void *address, int *length) {
  char byte;
  struct buffers buffers = {.entries = {{.len = 1, .buf = &byte}}, .count = 1, .size = 1};
  if (!metal_windows_is_datagram(socket)) *flags |= MSG_PEEK;
  intptr_t result = receive(socket, &buffers, flags, address, length);
  if (result <= 0) return result;
  *flags |= MSG_TRUNC;
  return 0;
}

intptr_t metal_recv(intptr_t socket, void *bytes, size_t count, int flags) {
  int length = 0;
  if (count == 0) return receive_nothing(socket, &flags, NULL, &length);
  int room = (int)metal_windows_length(count);
  int result = recv((SOCKET)socket, bytes, room, flags);
  if (result != SOCKET_ERROR) return result;
  int number = error(socket);
  return number == -WSAEMSGSIZE ? room : number == -WSAESHUTDOWN ? 0 : number;
}

intptr_t metal_recvmsg(intptr_t socket, const void *vectors, size_t count, int *flags, void *address, int *length) {
  if (count > METAL_MOST_BUFFERS) return -WSAEINVAL;
  struct buffers buffers;
  fill(&buffers, vectors, vectors == NULL ? 0 : count);
  if (buffers.size == 0) return receive_nothing(socket, flags, address, length);
  return receive(socket, &buffers, flags, address, length);
}

intptr_t metal_recvmsg_one(intptr_t socket, void *bytes, size_t size, int *flags, void *address, int *length) {
  struct entry vector = {.bytes = bytes, .size = size};
  return metal_recvmsg(socket, &vector, 1, flags, address, length);
}

intptr_t metal_readv(intptr_t socket, const void *vectors, size_t count) {
  if (count > METAL_MOST_BUFFERS) return -WSAEINVAL;
  struct buffers buffers;
  fill(&buffers, vectors, vectors == NULL ? 0 : count);
  int flags = 0, length = 0;
  // As on other systems, a call with a vector without room does not check whether something has arrived.
  return buffers.size == 0 ? 0 : receive(socket, &buffers, &flags, NULL, &length);
}

intptr_t metal_send(intptr_t socket, const void *bytes, size_t count, int flags, const void *address, int length) {
  int size = (int)metal_windows_length(count);
  int result = address == NULL ? send((SOCKET)socket, bytes, size, flags)
                               : sendto((SOCKET)socket, bytes, size, flags, address, length);
  return result == SOCKET_ERROR ? send_error(socket, address) : result;
}

intptr_t metal_sendmsg(intptr_t socket, const void *vectors, size_t count, int flags, const void *address, int length) {
  if (count > METAL_MOST_BUFFERS) return -WSAEINVAL;
  struct buffers buffers;
  fill(&buffers, vectors, vectors == NULL ? 0 : count);
  // Winsock refuses a call without buffers.
  if (buffers.count == 0) return metal_send(socket, "", 0, flags, address, length);
  SOCKET s = (SOCKET)socket;
  DWORD sent = 0, call_flags = (DWORD)flags;
  int result =
      address == NULL
          ? WSASend(s, buffers.entries, buffers.count, &sent, call_flags, NULL, NULL)
          : WSASendTo(s, buffers.entries, buffers.count, &sent, call_flags, address, length, NULL, NULL);
  return result == SOCKET_ERROR ? send_error(socket, address) : (intptr_t)sent;
}

intptr_t metal_write_error(const void *bytes, size_t count) {
  DWORD written = 0;
  BOOL wrote = WriteFile(GetStdHandle(STD_ERROR_HANDLE), bytes, metal_windows_length(count), &written, NULL);
  return wrote ? (intptr_t)written : -(intptr_t)GetLastError();
}

#endif
