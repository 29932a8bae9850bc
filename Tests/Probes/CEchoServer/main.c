// The yardstick: an echo server in C on epoll, edge-triggered, in one thread.
//
//   c-echo-server [--drain | --short-read] [--connections N] PORT
//
// It makes the system calls that the library's own echo server makes, and as little else as C allows, so
// that the two can be compared instruction by instruction and call by call. Every connection is registered
// once, for everything, when it is accepted; per round trip there is one wait, one recv and one send, and
// with --drain one more recv, the one that would block.

#if defined(__linux__)

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BUFFER_SIZE = 4096, EVENT_CAPACITY = 256 };

// A connection's token is its generation above its descriptor. Generations start at 1, so no connection
// ever has the listener's token.
static const uint64_t LISTENER_TOKEN = 0;

struct connection {
  // Moves on whenever a connection ends: an event that was fetched before its connection was closed carries
  // an older generation, and so is never taken for one of the next connection with the same descriptor.
  uint32_t generation;
  // How many bytes the socket did not take yet, and where in the buffer they begin. The buffer is allocated
  // when a write first comes up short, which on most connections never happens.
  uint16_t pending_count;
  uint16_t pending_start;
  uint8_t *pending;
};

static struct {
  int queue;
  int listener;
  // A read that returns fewer bytes than this ends the draining: as many as are asked for, or with --drain 0.
  ssize_t full_read;
  // Whether the last accept failed for want of descriptors or memory. Nothing announces the connections
  // left in the backlog then: they are accepted after a connection has ended.
  bool accepts_later;
  // How many more connections have to end before the program does; negative: it runs for ever.
  long remaining_connections;
  // Indexed by descriptor.
  struct connection *connections;
  size_t connection_capacity;
} server = {.full_read = BUFFER_SIZE, .remaining_connections = -1};

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "c-echo-server: %s: %s\n", what, strerror(errno));
  exit(1);
}

static _Noreturn void fail_usage(void) {
  fputs("usage: c-echo-server [--drain | --short-read] [--connections N] PORT\n", stderr);
  exit(2);
}

static void make_room(size_t descriptor) {
  size_t capacity = server.connection_capacity ? server.connection_capacity : 64;
  while (capacity <= descriptor) capacity *= 2;
  struct connection *connections = realloc(server.connections, capacity * sizeof *connections);
  if (connections == NULL) fail("realloc");
  memset(connections + server.connection_capacity, 0,
         (capacity - server.connection_capacity) * sizeof *connections);
  server.connections = connections;
  server.connection_capacity = capacity;
}

static void accept_connections(void) {
  server.accepts_later = false;
  for (;;) {
    int descriptor = accept4(server.listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor < 0) {
      switch (errno) {
        case EAGAIN:
          return;
        case EMFILE: case ENFILE: case ENOBUFS: case ENOMEM:
          server.accepts_later = true;
          return;
        case EBADF: case EFAULT: case EINVAL: case ENOTSOCK: case EOPNOTSUPP:
          fail("accept4");
        default:
          // The error is that of the one connection which was at the head of the queue.
          continue;
      }
    }
    if ((size_t)descriptor >= server.connection_capacity) make_room((size_t)descriptor);
    struct connection *connection = &server.connections[descriptor];
    if (connection->generation == 0) connection->generation = 1;

    // An answer longer than one buffer goes out in several writes, and must not wait for acknowledgements.
    int on = 1;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);

    struct epoll_event event = {
      .events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
      .data.u64 = (uint64_t)connection->generation << 32 | (uint32_t)descriptor,
    };
    if (epoll_ctl(server.queue, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
  }
}

/// Ends a connection; closing its only descriptor also ends its registration. The connection's place may
/// have moved afterwards, so it must not be used any more.
static void end_connection(int descriptor, struct connection *connection) {
  close(descriptor);
  free(connection->pending);
  connection->pending = NULL;
  connection->pending_count = 0;
  connection->generation++;
  if (server.remaining_connections > 0 && --server.remaining_connections == 0) exit(0);
  if (server.accepts_later) accept_connections();
}

/// Keeps the bytes that the socket did not take, until it reports that it is writable again.
static void keep_pending(struct connection *connection, const uint8_t *bytes, size_t count) {
  if (connection->pending == NULL) {
    connection->pending = malloc(BUFFER_SIZE);
    if (connection->pending == NULL) fail("malloc");
  }
  memcpy(connection->pending, bytes, count);
  connection->pending_start = 0;
  connection->pending_count = (uint16_t)count;
}

/// Writes what is pending. Returns whether nothing is pending any more and the connection is still open.
static bool flush_pending(int descriptor, struct connection *connection) {
  while (connection->pending_count > 0) {
    ssize_t sent = send(descriptor, connection->pending + connection->pending_start,
                        connection->pending_count, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno != EAGAIN) end_connection(descriptor, connection);
      return false;
    }
    connection->pending_start = (uint16_t)(connection->pending_start + sent);
    connection->pending_count = (uint16_t)(connection->pending_count - sent);
  }
  return true;
}

static void serve_connection(int descriptor, struct connection *connection, uint32_t readiness) {
  if (connection->pending_count > 0) {
    // While bytes are pending nothing is read, so that a peer which does not read cannot make the server
    // hold more than one buffer. What arrived meanwhile has been announced already: reading goes on below
    // as soon as nothing is pending, whatever this event says.
    if (!flush_pending(descriptor, connection)) return;
  } else if ((readiness & ~(uint32_t)EPOLLOUT) == 0) {
    return;
  }

  // The end of the stream may have been announced together with the last bytes, so after such an event
  // only a read that would block, or that returns 0, ends the draining.
  ssize_t full_read = readiness & EPOLLRDHUP ? 0 : server.full_read;
  uint8_t buffer[BUFFER_SIZE];
  ssize_t received;
  do {
    received = recv(descriptor, buffer, sizeof buffer, 0);
    if (received <= 0) {
      // There is no EINTR on a socket that does not block: signals interrupt only what waits.
      if (received < 0 && errno == EAGAIN) return;
      // At the end of the stream nothing is pending, so everything that came in has been echoed.
      end_connection(descriptor, connection);
      return;
    }

    ssize_t sent = send(descriptor, buffer, (size_t)received, MSG_NOSIGNAL);
    if (sent != received) {
      if (sent < 0) {
        if (errno != EAGAIN) {
          end_connection(descriptor, connection);
          return;
        }
        sent = 0;
      }
      keep_pending(connection, buffer + sent, (size_t)(received - sent));
      // A second try at once: it finds the socket full, which is what makes epoll report that it is
      // writable again, or it finishes the write.
      if (!flush_pending(descriptor, connection)) return;
    }
  } while (received >= full_read);
}

static void open_listener(uint16_t port) {
  server.listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (server.listener < 0) fail("socket");
  int on = 1;
  if (setsockopt(server.listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) < 0) fail("setsockopt");
  struct sockaddr_in address = {
    .sin_family = AF_INET,
    .sin_port = htons(port),
    .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
  };
  if (bind(server.listener, (struct sockaddr *)&address, sizeof address) < 0) fail("bind");
  if (listen(server.listener, SOMAXCONN) < 0) fail("listen");
  socklen_t length = sizeof address;
  if (getsockname(server.listener, (struct sockaddr *)&address, &length) < 0) fail("getsockname");

  struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u64 = LISTENER_TOKEN};
  if (epoll_ctl(server.queue, EPOLL_CTL_ADD, server.listener, &event) < 0) fail("epoll_ctl");

  printf("READY %u\n", ntohs(address.sin_port));
  fflush(stdout);
}

static long parse_number(const char *text, long minimum, long maximum) {
  if (text == NULL) fail_usage();
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0' || number < minimum || number > maximum) fail_usage();
  return number;
}

int main(int argc, char **argv) {
  long port = -1;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--drain") == 0) {
      server.full_read = 0;
    } else if (strcmp(argv[i], "--short-read") == 0) {
      server.full_read = BUFFER_SIZE;
    } else if (strcmp(argv[i], "--connections") == 0) {
      server.remaining_connections = parse_number(argv[++i], 1, INT32_MAX);
    } else if (port < 0) {
      port = parse_number(argv[i], 0, UINT16_MAX);
    } else {
      fail_usage();
    }
  }
  if (port < 0) fail_usage();

  // The soft limit is low on most systems for the sake of programs that use select(2).
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
  }

  server.queue = epoll_create1(EPOLL_CLOEXEC);
  if (server.queue < 0) fail("epoll_create1");
  open_listener((uint16_t)port);

  struct epoll_event events[EVENT_CAPACITY];
  for (;;) {
    int count = epoll_wait(server.queue, events, EVENT_CAPACITY, -1);
    if (count < 0) {
      if (errno == EINTR) continue;
      fail("epoll_wait");
    }
    for (struct epoll_event *event = events, *end = events + count; event < end; event++) {
      uint64_t token = event->data.u64;
      if (token == LISTENER_TOKEN) {
        accept_connections();
        continue;
      }
      int descriptor = (int)(uint32_t)token;
      struct connection *connection = &server.connections[descriptor];
      if (connection->generation != token >> 32) continue;
      serve_connection(descriptor, connection, event->events);
    }
  }
}

#else

#include <stdio.h>

int main(void) {
  fputs("c-echo-server: this program needs epoll\n", stderr);
  return 2;
}

#endif
