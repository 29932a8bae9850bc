// The yardstick: what a program in C does that calls epoll itself.

#include "../common/echo.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

const bool hears_level = true;

typedef int loop_t, watcher_t, bell_t;
typedef void (*callback_t)(bool is_readable, void *argument);

#define READABLE (reading == END_LEVEL ? EPOLLIN : EPOLLIN | EPOLLRDHUP | EPOLLET)
#define CALLBACK(handler) static const callback_t handler##_called = handler;

// How many events a wait reports at most, and in any scenario.
static int room;
enum { MOST_EVENTS = 1024, MOST_DESCRIPTORS = 1 << 16 };
static _Thread_local bool has_ended;

static int make_loop(void) {
  int queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0) fail("epoll_create1");
  room = (int)option("ready", 256);
  if (room > MOST_EVENTS) cannot("a wait does not report so many events");
  return queue;
}

static inline void change(int queue, int operation, int descriptor, uint32_t interests, uint64_t token) {
  struct epoll_event event = {.events = interests, .data.u64 = token};
  if (epoll_ctl(queue, operation, descriptor, &event) < 0) fail("epoll_ctl");
}

/// What a program in C keeps of a source at the least: its descriptor.
static inline void watch(int queue, int *watcher, int descriptor, uint32_t interests, callback_t called, void *token) {
  *watcher = descriptor;
  // A program would go on with it; the compiler, which sees that this one does not, is told otherwise.
  __asm__ volatile("" : : "r"(watcher) : "memory");
  change(queue, EPOLL_CTL_ADD, descriptor, interests, (uint64_t)token);
}

static inline int wait_for(int queue, struct epoll_event *events, int capacity, int timeout) {
  int count = epoll_wait(queue, events, capacity, timeout);
  if (count >= 0) return count;
  if (errno != EINTR) fail("epoll_wait");
  return 0;
}

static inline void turn(int queue, callback_t called) {
  struct epoll_event events[MOST_EVENTS];
  int count = wait_for(queue, events, room, -1);
  for (int i = 0; i < count; i++) called(events[i].events & EPOLLIN, events[i].data.ptr);
}

static inline void look(int queue) {
  struct epoll_event event;
  heard_wakes += wait_for(queue, &event, 1, 0);
}

static inline void stop(int queue) { has_ended = true; }
static inline void on_bell(bool is_readable, void *argument) { has_ended = true; }

static inline void run(int queue, callback_t called) {
  for (has_ended = false; !has_ended;) turn(queue, called != NULL ? called : on_bell);
}

// An eventfd for each thread, and a write to it for each wake.
static void make_bell(int queue, int *bell) {
  *bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (*bell < 0) fail("eventfd");
  // Edge-triggered, so that the bell need not be read: every write to it is an edge.
  change(queue, EPOLL_CTL_ADD, *bell, EPOLLIN | EPOLLET, 0);
}

static inline void ring_bell(int queue, const int *bell) {
  uint64_t one = 1;
  if (write(*bell, &one, sizeof one) != sizeof one) fail("write");
}

#include "../common/loops.h"

void run_churn(void) {
  struct crowd crowd = make_crowd(1);
  int queue = make_loop();
  begin_measuring();
  for (long i = 0; i < rounds; i++) {
    struct epoll_event event = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data.u64 = 1};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, crowd.readers[0], &event) < 0) fail("epoll_ctl");
    event.data.u64 = 2;
    if (epoll_ctl(queue, EPOLL_CTL_MOD, crowd.readers[0], &event) < 0) fail("epoll_ctl");
    if (epoll_ctl(queue, EPOLL_CTL_DEL, crowd.readers[0], NULL) < 0) fail("epoll_ctl");
  }
  end_measuring((uint64_t)rounds);
}

// A connection's token is its generation above its descriptor; no connection has the listener's token.
static const uint64_t LISTENER_TOKEN = UINT64_MAX;

struct connection {
  // Moves on whenever a connection ends, so that an event that was fetched before is not taken for one of the next
  // connection with the same descriptor.
  uint32_t generation;
  struct pending pending;
};

static struct {
  bool is_level;
  int listener;
  // What a level-triggered connection is watched for while nothing is pending; otherwise everything, once.
  uint32_t interests;
  ssize_t full_read;
  long remaining_connections;
  // By descriptor.
  struct connection *connections;
} server;

WHOLE void accept_connections(void) {
  int descriptor;
  while ((descriptor = accept_connection(server.listener)) >= 0) {
    if (descriptor >= MOST_DESCRIPTORS) fail_scenario("there are too many connections");
    uint64_t generation = server.connections[descriptor].generation;
    change(main_loop, EPOLL_CTL_ADD, descriptor, server.interests, generation << 32 | (uint32_t)descriptor);
    // A level-triggered loop accepts one connection for an event, as it reads once.
    if (server.is_level) return;
  }
}

WHOLE void serve_connection(uint64_t token, uint32_t readiness) {
  int descriptor = (int)(uint32_t)token;
  struct connection *connection = &server.connections[descriptor];
  if (connection->generation != token >> 32) return;
  bool was_pending = connection->pending.count > 0;
  if (!was_pending && (readiness & ~(uint32_t)EPOLLOUT) == 0) return;
  // The end may have been announced together with the last bytes: then only a read that finds it ends the reading.
  ssize_t full_read = readiness & EPOLLRDHUP ? 0 : server.full_read;
  enum echo_outcome outcome = serve_echo(descriptor, &connection->pending, full_read);
  if (outcome == ECHO_ENDED) {
    close(descriptor);
    if (connection->pending.bytes != NULL) free(connection->pending.bytes);
    *connection = (struct connection){.generation = connection->generation + 1};
    server.remaining_connections--;
  } else if (server.is_level && was_pending != (outcome == ECHO_WAITS_TO_WRITE)) {
    // Level-triggered, what is watched has to change when bytes are pending, and again when none are.
    change(main_loop, EPOLL_CTL_MOD, descriptor, outcome == ECHO_WAITS_TO_WRITE ? EPOLLOUT : EPOLLIN, token);
  }
}

void run_echo(void) {
  long connections = server.remaining_connections = option("connections", 1);
  bool is_level = server.is_level = reading == END_LEVEL;
  server.interests = is_level ? EPOLLIN : EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  server.full_read = is_level ? ECHO_BUFFER_SIZE + 1 : reading == END_WOULD_BLOCK ? 0 : ECHO_BUFFER_SIZE;
  main_loop = make_loop();
  server.connections = allocate(MOST_DESCRIPTORS, sizeof *server.connections);
  server.listener = open_listener();
  change(main_loop, EPOLL_CTL_ADD, server.listener, is_level ? EPOLLIN : EPOLLIN | EPOLLET, LISTENER_TOKEN);
  struct epoll_event events[256];
  while (server.remaining_connections > 0) {
    int count = wait_for(main_loop, events, 256, -1);
    for (struct epoll_event *event = events; count > 0; count--, event++) {
      if (event->data.u64 == LISTENER_TOKEN) {
        accept_connections();
      } else {
        serve_connection(event->data.u64, event->events);
      }
    }
  }
  end_measuring((uint64_t)connections);
}
