// An echo server on epoll.

#include "raw.h"
#include "../harness/echo.h"

#include <unistd.h>

// A connection's token is its generation above its descriptor. Generations start at 1, so no connection ever has the
// listener's token.
static const uint64_t LISTENER_TOKEN = 0;

struct connection {
  // Moves on whenever a connection ends, so that an event that was fetched before is not taken for one of the next
  // connection with the same descriptor.
  uint32_t generation;
  struct pending pending;
};

static struct {
  int queue;
  int listener;
  // What a level-triggered connection is watched for while nothing is pending; otherwise everything, once.
  uint32_t interests;
  ssize_t full_read;
  long remaining_connections;
  struct connection *connections;
  size_t capacity;
} server;

static void make_room(size_t descriptor) {
  size_t capacity = server.capacity ? server.capacity : 64;
  while (capacity <= descriptor) capacity *= 2;
  server.connections = realloc(server.connections, capacity * sizeof *server.connections);
  if (server.connections == NULL) fail("realloc");
  memset(server.connections + server.capacity, 0, (capacity - server.capacity) * sizeof *server.connections);
  server.capacity = capacity;
}

static void accept_connections(void) {
  int descriptor;
  while ((descriptor = accept_connection(server.listener)) >= 0) {
    if ((size_t)descriptor >= server.capacity) make_room((size_t)descriptor);
    struct connection *connection = &server.connections[descriptor];
    if (connection->generation == 0) connection->generation = 1;
    struct epoll_event event = {
      .events = server.interests,
      .data.u64 = (uint64_t)connection->generation << 32 | (uint32_t)descriptor,
    };
    if (epoll_ctl(server.queue, EPOLL_CTL_ADD, descriptor, &event) < 0) fail("epoll_ctl");
    // A level-triggered loop accepts one connection for an event, as it reads once.
    if (options.end == END_LEVEL) return;
  }
}

static void end_connection(int descriptor, struct connection *connection) {
  close(descriptor);
  drop_pending(&connection->pending);
  connection->generation++;
  server.remaining_connections--;
}

/// Level-triggered, what is watched has to change when bytes are pending, and again when none are.
static void rewatch(uint64_t token, uint32_t interests) {
  struct epoll_event event = {.events = interests, .data.u64 = token};
  if (epoll_ctl(server.queue, EPOLL_CTL_MOD, (int)(uint32_t)token, &event) < 0) fail("epoll_ctl");
}

static inline void serve_connection(uint64_t token, uint32_t readiness) {
  int descriptor = (int)(uint32_t)token;
  struct connection *connection = &server.connections[descriptor];
  if (connection->generation != token >> 32) return;
  bool was_pending = connection->pending.count > 0;
  if (!was_pending && (readiness & ~(uint32_t)EPOLLOUT) == 0) return;
  // The end may have been announced together with the last bytes: then only a read that finds it ends the reading.
  ssize_t full_read = readiness & EPOLLRDHUP ? 0 : server.full_read;
  enum echo_outcome outcome = serve_echo(descriptor, &connection->pending, full_read);
  if (outcome == ECHO_ENDED) {
    end_connection(descriptor, connection);
  } else if (options.end == END_LEVEL && was_pending != (outcome == ECHO_WAITS_TO_WRITE)) {
    rewatch(token, outcome == ECHO_WAITS_TO_WRITE ? EPOLLOUT : EPOLLIN);
  }
}

void run_echo(void) {
  bool is_level = options.end == END_LEVEL;
  server.interests = is_level ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  server.full_read = is_level ? ECHO_BUFFER_SIZE + 1 : options.end == END_WOULD_BLOCK ? 0 : ECHO_BUFFER_SIZE;
  server.remaining_connections = options.connections;
  server.queue = make_queue();
  server.listener = open_listener();
  watch(server.queue, server.listener, LISTENER_TOKEN, is_level ? EPOLLIN : EPOLLIN | EPOLLET);
  announce_listener(server.listener);
  struct epoll_event events[256];
  while (server.remaining_connections > 0) {
    int count = wait_for(server.queue, events, 256, -1);
    for (struct epoll_event *event = events, *end = events + count; event < end; event++) {
      if (event->data.u64 == LISTENER_TOKEN) {
        accept_connections();
      } else {
        serve_connection(event->data.u64, event->events);
      }
    }
  }
  end_measuring((uint64_t)options.connections);
}
