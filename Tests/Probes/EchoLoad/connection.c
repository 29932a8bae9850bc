#if defined(__linux__)

#include "connection.h"

#include "failure.h"
#include "options.h"
#include "stream.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum {
  SLOW_READER_SOCKET_BUFFER = 64 << 10,
  // So many connections come from one address: where more than half of an address's ports are taken, the kernel
  // searches long for a free one.
  CONNECTIONS_PER_ADDRESS = 10000,
};

// Over all connections.
static uint64_t verified_bytes;

_Noreturn void fail_connection(const struct connection *connection, const char *what) {
  fprintf(stderr, "echo-load: connection %d, seed %llu: %s after %llu bytes sent, %llu verified of %llu\n",
          connection->descriptor, (unsigned long long)connection->seed, what,
          (unsigned long long)connection->sent, (unsigned long long)connection->verified,
          (unsigned long long)connection->total);
  exit(1);
}

void open_connection(struct connection *connection) {
  connection->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (connection->descriptor < 0) fail("socket");
  struct timeval timeout = {.tv_sec = STALL_SECONDS};
  int on = 1;
  if (setsockopt(connection->descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0
      || setsockopt(connection->descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0
      || setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    fail("setsockopt");
  }
  if (connection->is_slow_reader) {
    // With small buffers on this side, it is soon the server that has bytes it cannot get rid of.
    int size = SLOW_READER_SOCKET_BUFFER;
    if (setsockopt(connection->descriptor, SOL_SOCKET, SO_SNDBUF, &size, sizeof size) < 0
        || setsockopt(connection->descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size) < 0) {
      fail("setsockopt");
    }
  }
  if (connection->seed >= CONNECTIONS_PER_ADDRESS && !options.reconnects) {
    struct sockaddr_in source = {
      .sin_family = AF_INET,
      .sin_addr.s_addr = htonl(INADDR_LOOPBACK + (uint32_t)(connection->seed / CONNECTIONS_PER_ADDRESS)),
    };
    if (setsockopt(connection->descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0
        || bind(connection->descriptor, (struct sockaddr *)&source, sizeof source) < 0) {
      fail("bind");
    }
  }
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons(options.port),
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (connect(connection->descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
}

void verify(struct connection *connection, const uint8_t *bytes, size_t count) {
  if (count > connection->sent - connection->verified) {
    fail_connection(connection, "more bytes came back than were sent");
  }
  uint8_t expected[CHUNK_SIZE];
  fill_from_stream(connection->seed, connection->verified, expected, count);
  if (memcmp(bytes, expected, count) != 0) {
    size_t i = 0;
    while (bytes[i] == expected[i]) i++;
    connection->verified += i;
    fprintf(stderr, "echo-load: sent 0x%02x, got back 0x%02x\n", expected[i], bytes[i]);
    fail_connection(connection, "the echo differs");
  }
  connection->verified += count;
  verified_bytes += count;
}

void print_totals(long connections, uint64_t nanoseconds) {
  printf("connections=%ld rounds=%ld bytes=%ld verified=%llu seconds=%.6f", connections, options.rounds,
         options.bytes, (unsigned long long)verified_bytes, (double)nanoseconds * 1e-9);
}

#endif
