// The load program: it holds many connections to an echo server open at once and verifies every byte.
//
//   echo-load PORT [--connections C] [--rounds R] [--bytes B] [--latency] [--drip] [--slow-readers K]
//   echo-load PORT --pingpong [--rounds R] [--bytes B] [--latency] [--settle PID]
//   echo-load PORT --reconnect [--rounds R] [--bytes B] [--latency] [--settle PID]
//   echo-load PORT --reconnect --burst N --settle PID [--rounds R] [--bytes B]
//
// Each of C connections sends R messages of B pseudo-random bytes, each message after the echo of the one
// before, then shuts down its sending side and expects the end of the stream. With --drip a message goes out
// in portions of a few bytes, one per turn of the loop. Each of K slow readers sends without reading anything
// until it is stuck, which takes some MiB; then the other connections begin, and only when they are done do
// the slow readers read their echo.
//
// With --pingpong there is one connection, and calls that block. With --settle each message waits until all
// threads of the server's process are asleep. Without it the next message now and then overtakes the server,
// which then finds it in place of an empty socket and has no need to wait: what the server does per round
// trip would depend on who is faster, and on what is watching it.
//
// With --reconnect each of the R messages has a connection of its own, one after the other, with calls that block:
// connect, send, receive, shut down, receive the end, close. With --settle the server is asleep before each of them.
// With --burst N at a time are made, their messages sent and their sending sides shut down, while the server is stopped
// by a signal, so that it finds all of them at once when it is continued: no more than its listener's backlog holds.
//
// With --latency the line says how long messages took from the first byte sent to the last received, and with
// --reconnect from connecting to the end.
//
// The program exits with 0 when every byte came back as it was sent, with 1 when one did not, a connection
// ended early, or nothing moved for ten seconds, and with 2 when its arguments make no sense.
//
// The bytes of a stream are a function of the stream's seed and the position, so neither the sending nor the
// verifying side has to remember any, however long the stream.

#if defined(__linux__)

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "latency.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
  CHUNK_SIZE = 16384,
  EVENT_CAPACITY = 256,
  STALL_SECONDS = 10,
  // When nothing has moved for so long, the slow readers have filled every buffer on their way.
  CLOGGED_MILLISECONDS = 200,
  DRIP_LIMIT = 7,
  // A slow reader sends until it is stuck, for the kernel lets a server's buffers grow to many MiB, and has
  // so much more to send then. Who is not stuck at the limit talks to a server that never holds back.
  SLOW_READER_REST = 1 << 20,
  SLOW_READER_LIMIT = 64 << 20,
  SLOW_READER_SOCKET_BUFFER = 64 << 10,
  // So many connections come from one address: where more than half of an address's ports are taken, the kernel
  // searches long for a free one.
  CONNECTIONS_PER_ADDRESS = 10000,
  // Both sides of a ping-pong block, so a whole message has to fit into the sockets' buffers.
  PINGPONG_LIMIT = 16384,
};

struct connection {
  int descriptor;
  bool is_slow_reader;
  // A slow reader's, until all other connections are done.
  bool holds_back;
  bool is_dripping;
  bool has_shut_down;
  bool is_done;
  // The kernel reports readiness once, so what it reported is kept until a call finds the opposite.
  bool may_read;
  bool may_write;
  bool is_ending;
  uint64_t seed;
  uint64_t message_size;
  uint64_t total;
  // Positions in the stream.
  uint64_t sent;
  uint64_t verified;
  // When the message began that is on its way.
  uint64_t began;
};

static struct {
  uint16_t port;
  long connections;
  long rounds;
  long bytes;
  long slow_readers;
  bool drips;
  bool is_pingpong;
  bool reconnects;
  // Connections that are made at once; 0 if they are not.
  long burst;
  bool takes_latency;
  // The server's process, or 0.
  long settling_process;
} options = {.connections = 1, .rounds = 1, .bytes = 64};

static int queue = -1;
// How many connections that are not slow readers are not done, and how many that are.
static long remaining_connections;
static long remaining_slow_readers;
static uint64_t verified_bytes;
// Grows with everything that moves.
static uint64_t progress;
// The connections that have a portion to send in the next turn of the loop.
static struct connection **dripping;
static size_t dripping_count;

static _Noreturn void fail(const char *what) {
  fprintf(stderr, "echo-load: %s: %s\n", what, strerror(errno));
  exit(1);
}

static _Noreturn void fail_connection(const struct connection *connection, const char *what) {
  fprintf(stderr, "echo-load: connection %d, seed %llu: %s after %llu bytes sent, %llu verified of %llu\n",
          connection->descriptor, (unsigned long long)connection->seed, what,
          (unsigned long long)connection->sent, (unsigned long long)connection->verified,
          (unsigned long long)connection->total);
  exit(1);
}

static _Noreturn void fail_usage(const char *what) {
  fprintf(stderr, "echo-load: %s\n", what);
  fputs("usage: echo-load PORT [--connections C] [--rounds R] [--bytes B] [--latency] [--drip]\n"
        "         [--slow-readers K]\n"
        "       echo-load PORT --pingpong | --reconnect [--rounds R] [--bytes B] [--latency] [--settle PID]\n"
        "       echo-load PORT --reconnect --burst N --settle PID [--rounds R] [--bytes B]\n", stderr);
  exit(2);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// MARK: - The bytes

/// The eight bytes at position 8 * index of a stream. Both factors are odd, so that no bit gets lost.
static uint64_t stream_word(uint64_t seed, uint64_t index) {
  uint64_t word = (index + 1) * 0xD1B54A32D192ED03u ^ (seed + 1) * 0xABC98388FB8FAC03u;
  word = (word ^ word >> 29) * 0x8CB92BA72F3D8DD7u;
  word = (word ^ word >> 31) * 0xD1B54A32D192ED03u;
  return word ^ word >> 32;
}

static void fill_from_stream(uint64_t seed, uint64_t position, uint8_t *bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    uint64_t word = stream_word(seed, (position + done) / 8);
    size_t offset = (position + done) % 8;
    size_t length = 8 - offset < count - done ? 8 - offset : count - done;
    memcpy(bytes + done, (const uint8_t *)&word + offset, length);
    done += length;
  }
}

static void verify(struct connection *connection, const uint8_t *bytes, size_t count) {
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

// MARK: - One connection

/// Opens a connection while the socket still blocks: within one machine a connection is made at once unless
/// the server's backlog is full, and the timeout, which holds for every blocking call, bounds that.
static void open_connection(struct connection *connection) {
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
    if (options.takes_latency && connection->sent == connection->verified) connection->began = latency_now();
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
    record_latency(latency_now() - connection->began);
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

// MARK: - All connections

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
  uint64_t last_progress = progress;
  double deadline = now() + stall_milliseconds * 1e-3;
  while (*count > 0) {
    double remaining = (deadline - now()) * 1e3;
    int timeout = dripping_count > 0 ? 0 : remaining > 0 ? (int)remaining + 1 : 0;
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
      deadline = now() + stall_milliseconds * 1e-3;
    } else if (now() >= deadline) {
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

static void run_connections(void) {
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
  double start = now();

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
  double start_of_rounds = now();
  for (long i = options.slow_readers; i < count; i++) watch_connection(&connections[i]);
  if (run_until_zero(&remaining_connections, STALL_SECONDS * 1000) == STALLED) {
    // Slow readers are expected to be unfinished here, so they are not what to report.
    fail_stalled(connections + options.slow_readers, options.connections);
  }
  double end_of_rounds = now();

  for (long i = 0; i < options.slow_readers; i++) {
    connections[i].holds_back = false;
    move_connection(&connections[i], false);
  }
  if (run_until_zero(&remaining_slow_readers, STALL_SECONDS * 1000) == STALLED) {
    fail_stalled(connections, options.slow_readers);
  }

  printf("connections=%ld rounds=%ld bytes=%ld verified=%llu seconds=%.6f", options.connections,
         options.rounds, options.bytes, (unsigned long long)verified_bytes, end_of_rounds - start_of_rounds);
  if (options.slow_readers > 0) {
    printf(" slow-readers=%ld stuck=%ld total-seconds=%.6f", options.slow_readers, stuck_slow_readers,
           now() - start);
  }
  if (options.takes_latency) print_latencies();
  printf("\n");
  close(queue);
  free(dripping);
  free(connections);
}

/// Whether every thread in a directory of the form /proc/PID/task is in one of some states, letters as in proc(5).
static bool all_in(DIR *threads, const char *states) {
  rewinddir(threads);
  for (struct dirent *entry; (entry = readdir(threads)) != NULL;) {
    if (entry->d_name[0] == '.') continue;
    char path[sizeof entry->d_name + sizeof "/stat"];
    snprintf(path, sizeof path, "%s/stat", entry->d_name);
    int file = openat(dirfd(threads), path, O_RDONLY | O_CLOEXEC);
    // A thread that has ended since the directory was read does nothing any more.
    if (file < 0) continue;
    char text[512];
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0) continue;
    text[length] = '\0';
    // "PID (name) STATE": the name may itself hold parentheses and spaces, what follows it does not.
    const char *name_end = strrchr(text, ')');
    if (name_end == NULL || name_end + 2 >= text + length || strchr(states, name_end[2]) == NULL) return false;
  }
  return true;
}

static DIR *open_threads(long process) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/task", process);
  DIR *threads = opendir(path);
  if (threads == NULL) fail(path);
  return threads;
}

static void wait_until_in(DIR *threads, const char *states) {
  double deadline = now() + STALL_SECONDS;
  while (!all_in(threads, states)) {
    if (now() >= deadline) {
      fprintf(stderr, "echo-load: the server's process was in none of the states %s for ten seconds\n", states);
      exit(1);
    }
    sched_yield();
  }
}

static void wait_until_asleep(DIR *threads) { wait_until_in(threads, "S"); }

static void send_message(struct connection *connection) {
  uint8_t bytes[PINGPONG_LIMIT];
  size_t count = (size_t)options.bytes;
  fill_from_stream(connection->seed, connection->sent, bytes, count);
  for (size_t done = 0; done < count;) {
    ssize_t sent = send(connection->descriptor, bytes + done, count - done, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) fail_connection(connection, errno == EAGAIN ? "nothing moved" : strerror(errno));
    done += (size_t)sent;
    connection->sent += (uint64_t)sent;
  }
}

static void receive_echo(struct connection *connection) {
  uint8_t bytes[PINGPONG_LIMIT];
  while (connection->verified < connection->sent) {
    ssize_t received = recv(connection->descriptor, bytes, sizeof bytes, 0);
    if (received < 0 && errno == EINTR) continue;
    if (received < 0) fail_connection(connection, errno == EAGAIN ? "nothing moved" : strerror(errno));
    if (received == 0) fail_connection(connection, "the server ended the stream early");
    verify(connection, bytes, (size_t)received);
  }
}

/// Sends the next message and waits for its echo.
static void exchange_message(struct connection *connection) {
  send_message(connection);
  receive_echo(connection);
}

static void end_sending(const struct connection *connection) {
  if (shutdown(connection->descriptor, SHUT_WR) < 0) fail("shutdown");
}

/// Expects that the other side is done, and closes.
static void expect_end(const struct connection *connection) {
  uint8_t byte;
  ssize_t received;
  do received = recv(connection->descriptor, &byte, sizeof byte, 0); while (received < 0 && errno == EINTR);
  if (received < 0) fail_connection(connection, errno == EAGAIN ? "the stream did not end" : strerror(errno));
  if (received > 0) fail_connection(connection, "more bytes came back than were sent");
  close(connection->descriptor);
}

/// One connection, and calls that block: the cheapest client there is, for measuring the server.
static void run_pingpong(DIR *threads) {
  struct connection connection = {
    .message_size = (uint64_t)options.bytes,
    .total = (uint64_t)options.bytes * (uint64_t)options.rounds,
  };
  open_connection(&connection);
  while (connection.sent < connection.total) {
    if (threads != NULL) wait_until_asleep(threads);
    uint64_t began = options.takes_latency ? latency_now() : 0;
    exchange_message(&connection);
    if (options.takes_latency) record_latency(latency_now() - began);
  }
  if (threads != NULL) wait_until_asleep(threads);
  end_sending(&connection);
  expect_end(&connection);
}

/// A connection for each message.
static void run_reconnecting(DIR *threads) {
  for (long round = 0; round < options.rounds; round++) {
    struct connection connection = {.seed = (uint64_t)round, .total = (uint64_t)options.bytes};
    if (threads != NULL) wait_until_asleep(threads);
    uint64_t began = options.takes_latency ? latency_now() : 0;
    open_connection(&connection);
    if (threads != NULL) wait_until_asleep(threads);
    exchange_message(&connection);
    if (threads != NULL) wait_until_asleep(threads);
    end_sending(&connection);
    expect_end(&connection);
    if (options.takes_latency) record_latency(latency_now() - began);
  }
}

static void continue_server(void) { kill((pid_t)options.settling_process, SIGCONT); }

/// A connection for each message, as many at once as a burst has.
static void run_bursts(DIR *threads) {
  // Whatever fails meanwhile, the server is not left stopped.
  atexit(continue_server);
  struct connection *connections = calloc((size_t)options.burst, sizeof *connections);
  if (connections == NULL) fail("calloc");
  for (long round = 0; round < options.rounds; round += options.burst) {
    long count = options.rounds - round < options.burst ? options.rounds - round : options.burst;
    wait_until_asleep(threads);
    if (kill((pid_t)options.settling_process, SIGSTOP) < 0) fail("kill");
    // Traced, a process that is stopped has a letter of its own.
    wait_until_in(threads, "Tt");
    for (long i = 0; i < count; i++) {
      connections[i] = (struct connection){.seed = (uint64_t)(round + i), .total = (uint64_t)options.bytes};
      open_connection(&connections[i]);
      send_message(&connections[i]);
      end_sending(&connections[i]);
    }
    if (kill((pid_t)options.settling_process, SIGCONT) < 0) fail("kill");
    for (long i = 0; i < count; i++) {
      receive_echo(&connections[i]);
      expect_end(&connections[i]);
    }
  }
  free(connections);
}

static void run_blocking(void) {
  DIR *threads = options.settling_process > 0 ? open_threads(options.settling_process) : NULL;
  double start = now();
  if (options.burst > 0) {
    run_bursts(threads);
  } else if (options.reconnects) {
    run_reconnecting(threads);
  } else {
    run_pingpong(threads);
  }
  printf("connections=%ld rounds=%ld bytes=%ld verified=%llu seconds=%.6f",
         options.reconnects ? options.rounds : 1, options.rounds, options.bytes,
         (unsigned long long)verified_bytes, now() - start);
  if (options.takes_latency) print_latencies();
  printf("\n");
  if (threads != NULL) closedir(threads);
}

static long parse_number(const char *text, long minimum, long maximum) {
  if (text == NULL) fail_usage("a number is missing");
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno != 0 || end == text || *end != '\0') fail_usage("not a number");
  if (number < minimum || number > maximum) fail_usage("a number is out of range");
  return number;
}

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "--connections") == 0) {
      options.connections = parse_number(argv[++i], 1, 1 << 20);
    } else if (strcmp(argv[i], "--rounds") == 0) {
      options.rounds = parse_number(argv[++i], 1, 1 << 30);
    } else if (strcmp(argv[i], "--bytes") == 0) {
      options.bytes = parse_number(argv[++i], 1, 1 << 30);
    } else if (strcmp(argv[i], "--slow-readers") == 0) {
      options.slow_readers = parse_number(argv[++i], 0, 1 << 20);
    } else if (strcmp(argv[i], "--settle") == 0) {
      options.settling_process = parse_number(argv[++i], 1, INT32_MAX);
    } else if (strcmp(argv[i], "--burst") == 0) {
      options.burst = parse_number(argv[++i], 1, 1000);
    } else if (strcmp(argv[i], "--drip") == 0) {
      options.drips = true;
    } else if (strcmp(argv[i], "--latency") == 0) {
      options.takes_latency = true;
    } else if (strcmp(argv[i], "--pingpong") == 0) {
      options.is_pingpong = true;
    } else if (strcmp(argv[i], "--reconnect") == 0) {
      options.reconnects = true;
    } else if (options.port == 0) {
      options.port = (uint16_t)parse_number(argv[i], 1, UINT16_MAX);
    } else {
      fail_usage("an argument is not understood");
    }
  }
  if (options.port == 0) fail_usage("the port is missing");

  if (options.is_pingpong || options.reconnects) {
    if (options.connections != 1 || options.slow_readers != 0 || options.drips) {
      fail_usage("--pingpong and --reconnect take neither --connections nor --slow-readers nor --drip");
    }
    if (options.is_pingpong && options.reconnects) fail_usage("--pingpong keeps its connection");
    if (options.burst > 0 && (!options.reconnects || options.settling_process == 0 || options.takes_latency)) {
      fail_usage("--burst goes with --reconnect and --settle, and without --latency");
    }
    if (options.bytes > PINGPONG_LIMIT) fail_usage("calls that block take at most 16384 bytes");
    run_blocking();
    return 0;
  }

  if (options.settling_process != 0) fail_usage("--settle goes with --pingpong or --reconnect");
  if (options.burst != 0) fail_usage("--burst goes with --reconnect");
  if (options.takes_latency && options.slow_readers > 0) fail_usage("--latency goes without slow readers");

  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) < 0) fail("getrlimit");
  limit.rlim_cur = limit.rlim_max;
  if (setrlimit(RLIMIT_NOFILE, &limit) < 0) fail("setrlimit");
  run_connections();
  return 0;
}

#else

#include <stdio.h>

int main(void) {
  fputs("echo-load: this program needs epoll\n", stderr);
  return 2;
}

#endif
