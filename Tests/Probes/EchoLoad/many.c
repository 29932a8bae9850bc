#if defined(__linux__)

#include "drivers.h"

#include "clock.h"
#include "connection.h"
#include "failure.h"
#include "latency.h"
#include "options.h"
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
  EVENT_CAPACITY = 256,
  // When nothing has moved for so long, the slow readers have filled every buffer on their way.
  CLOGGED_MILLISECONDS = 200,
  DRIP_LIMIT = 7,
  // A slow reader sends until it is stuck, for the kernel lets a server's buffers grow to many MiB, and has
  // so much more to send then. Who is not stuck at the limit talks to a server that never holds back.
  SLOW_READER_REST = 1 << 20,
  SLOW_READER_LIMIT = 64 << 20,
};

static int queue = -1;
// How many connections that are not slow readers are not done, and how many that are.
static long remaining_connections;
static long remaining_slow_readers;
// Grows with everything that moves.
static uint64_t progress;
// The connections that have a portion to send in the next turn of the loop.
static struct connection **dripping;
static size_t dripping_count;

static void watch_connection(struct connection *connection) {
  if (fcntl(connection->descriptor, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = connection};
  if (epoll_ctl(queue, EPOLL_CTL_ADD, connection->descriptor, &event) < 0) fail("epoll_ctl");
}

static void finish_connection(struct connection *connection) {
  if (!connection->has_shut_down) fail_connection(connection, "the server ended the stream early");
  close(connection->descriptor);
  connection->is_done = true;
  progress++;
  if (connection->is_slow_reader) remaining_slow_readers--;
  else remaining_connections--;
}

/// Where the message ends that is being sent now: the next one begins when all of this one has come back.
static uint64_t message_end(const struct connection *connection) {
  uint64_t end = (connection->verified / connection->message_size + 1) * connection->message_size;
  return end < connection->total ? end : connection->total;
}

/// Sends what may be sent. A dripping connection sends one portion, and none before its turn.
static void send_some(struct connection *connection, bool is_its_turn) {
  uint64_t end = message_end(connection);
  while (connection->may_write && connection->sent < end) {
    size_t count = end - connection->sent < CHUNK_SIZE ? (size_t)(end - connection->sent) : CHUNK_SIZE;
    if (options.drips && !connection->is_slow_reader) {
      if (!is_its_turn) {
        if (!connection->is_dripping) dripping[dripping_count++] = connection;
        connection->is_dripping = true;
        return;
      }
      is_its_turn = false;
      size_t portion = 1 + stream_word(~connection->seed, connection->sent) % DRIP_LIMIT;
      if (portion < count) count = portion;
    }
    uint8_t bytes[CHUNK_SIZE];
    fill_from_stream(connection->seed, connection->sent, bytes, count);
    if (options.takes_latency && connection->sent == connection->verified) connection->began = nanoseconds_now();
    ssize_t sent = send(connection->descriptor, bytes, count, MSG_NOSIGNAL);
    if (sent < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) fail_connection(connection, strerror(errno));
      connection->may_write = false;
      return;
    }
    connection->sent += (uint64_t)sent;
    progress += (uint64_t)sent;
  }
}

/// Reads and verifies one buffer full at most. Returns whether to go on with the connection now.
static bool receive_some(struct connection *connection) {
  uint8_t bytes[CHUNK_SIZE];
  ssize_t received = recv(connection->descriptor, bytes, sizeof bytes, 0);
  if (received < 0) {
    if (errno == EINTR) return true;
    if (errno != EAGAIN) fail_connection(connection, strerror(errno));
    connection->may_read = false;
    return false;
  }
  if (received == 0) {
    finish_connection(connection);
    return false;
  }
  verify(connection, bytes, (size_t)received);
  if (options.takes_latency && connection->verified % connection->message_size == 0) {
    record_latency(nanoseconds_now() - connection->began);
  }
  progress += (uint64_t)received;
  // On a stream a short read has taken all there was, except perhaps an end that was already announced.
  if (received < CHUNK_SIZE && !connection->is_ending) connection->may_read = false;
  return true;
}

/// Moves a connection on as far as it goes without waiting.
static void move_connection(struct connection *connection, bool is_its_turn) {
  for (;;) {
    send_some(connection, is_its_turn);
    is_its_turn = false;
    if (connection->verified == connection->total && !connection->has_shut_down) {
      if (shutdown(connection->descriptor, SHUT_WR) < 0) fail_connection(connection, strerror(errno));
      connection->has_shut_down = true;
      progress++;
    }
    if (connection->holds_back || !connection->may_read) return;
    if (!receive_some(connection)) return;
  }
}

enum outcome { REACHED, STALLED };

static void move_dripping(void) {
  // Whoever has more to send enters itself again, behind the place that is being read.
  size_t count = dripping_count;
  dripping_count = 0;
  for (size_t i = 0; i < count; i++) {
    struct connection *connection = dripping[i];
    connection->is_dripping = false;
    move_connection(connection, true);
  }
}

/// Turns the loop until the count is zero or nothing has moved for the given time.
static enum outcome run_until_zero(const long *count, int stall_milliseconds) {
  const uint64_t stall = (uint64_t)stall_milliseconds * NANOSECONDS_PER_MILLISECOND;
  uint64_t last_progress = progress;
  uint64_t deadline = nanoseconds_now() + stall;
  while (*count > 0) {
    uint64_t present = nanoseconds_now();
    bool may_wait = dripping_count == 0 && present < deadline;
    int timeout = may_wait ? (int)((deadline - present) / NANOSECONDS_PER_MILLISECOND) + 1 : 0;
    struct epoll_event events[EVENT_CAPACITY];
    int event_count = epoll_wait(queue, events, EVENT_CAPACITY, timeout);
    if (event_count < 0 && errno != EINTR) fail("epoll_wait");
    for (int i = 0; i < event_count; i++) {
      struct connection *connection = events[i].data.ptr;
      uint32_t readiness = events[i].events;
      if (readiness & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR)) connection->may_read = true;
      if (readiness & (EPOLLOUT | EPOLLHUP | EPOLLERR)) connection->may_write = true;
      if (readiness & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) connection->is_ending = true;
      move_connection(connection, false);
    }
    move_dripping();
    if (progress != last_progress) {
      last_progress = progress;
      deadline = nanoseconds_now() + stall;
    } else if (nanoseconds_now() >= deadline) {
      return STALLED;
    }
  }
  return REACHED;
}

static _Noreturn void fail_stalled(const struct connection *connections, long count) {
  for (long i = 0; i < count; i++) {
    if (!connections[i].is_done) fail_connection(&connections[i], "nothing moved for ten seconds");
  }
  abort();
}

void run_many(void) {
  long count = options.connections + options.slow_readers;
  struct connection *connections = calloc((size_t)count, sizeof *connections);
  dripping = calloc((size_t)count, sizeof(struct connection *));
  if (connections == NULL || dripping == NULL) fail("calloc");
  queue = epoll_create1(EPOLL_CLOEXEC);
  if (queue < 0) fail("epoll_create1");

  for (long i = 0; i < count; i++) {
    struct connection *connection = &connections[i];
    connection->is_slow_reader = i < options.slow_readers;
    connection->holds_back = connection->is_slow_reader;
    connection->seed = (uint64_t)i;
    connection->message_size = (uint64_t)options.bytes;
    connection->total = (uint64_t)options.bytes * (uint64_t)options.rounds;
    if (connection->is_slow_reader) connection->message_size = connection->total = SLOW_READER_LIMIT;
    open_connection(connection);
  }
  uint64_t start = nanoseconds_now();

  // The slow readers first, until each of them is stuck: only then do the others show that they are not.
  remaining_slow_readers = options.slow_readers;
  long stuck_slow_readers = 0;
  for (long i = 0; i < options.slow_readers; i++) watch_connection(&connections[i]);
  if (options.slow_readers > 0) run_until_zero(&remaining_slow_readers, CLOGGED_MILLISECONDS);
  for (long i = 0; i < options.slow_readers; i++) {
    if (connections[i].sent + SLOW_READER_REST > SLOW_READER_LIMIT) continue;
    connections[i].message_size = connections[i].total = connections[i].sent + SLOW_READER_REST;
    stuck_slow_readers++;
  }

  remaining_connections = options.connections;
  uint64_t start_of_rounds = nanoseconds_now();
  for (long i = options.slow_readers; i < count; i++) watch_connection(&connections[i]);
  if (run_until_zero(&remaining_connections, STALL_SECONDS * 1000) == STALLED) {
    // Slow readers are expected to be unfinished here, so they are not what to report.
    fail_stalled(connections + options.slow_readers, options.connections);
  }
  uint64_t end_of_rounds = nanoseconds_now();

  for (long i = 0; i < options.slow_readers; i++) {
    connections[i].holds_back = false;
    move_connection(&connections[i], false);
  }
  if (run_until_zero(&remaining_slow_readers, STALL_SECONDS * 1000) == STALLED) {
    fail_stalled(connections, options.slow_readers);
  }

  print_totals(options.connections, end_of_rounds - start_of_rounds);
  if (options.slow_readers > 0) {
    printf(" slow-readers=%ld stuck=%ld total-seconds=%.6f", options.slow_readers, stuck_slow_readers,
           (double)(nanoseconds_now() - start) * 1e-9);
  }
  if (options.takes_latency) print_latencies();
  printf("\n");
  close(queue);
  free(dripping);
  free(connections);
}

#endif
