// The load program: it holds many connections to an echo server open at once and verifies every byte.
//
//   echo-load PORT [--connections C] [--rounds R] [--bytes B] [--ping]
//   echo-load PORT --pingpong|--reconnect [--rounds R] [--bytes B] [--ping] [--settle PID]
//   echo-load PORT --reconnect --burst N --settle PID [--rounds R] [--bytes B]
//
// Each of C connections sends R messages of B pseudo-random bytes, each message after the echo of the one before, then shuts
// down its sending side and expects the end of the stream.
//
//   --ping        each message is the command PING of the Redis protocol, and its answer, PONG, is half as long
//   --pingpong    one connection, and calls that block
//   --reconnect   the same with a connection for each message: connect, send, receive, shut down, receive the end, close
//   --settle PID  before each of these steps all threads of the server's process are asleep. Without it the next message now
//                 and then overtakes the server, which then has no need to wait: what it does depends on who is faster.
//   --burst N     N connections at a time are made, their messages sent and their sending sides shut down, while a signal has
//                 stopped the server, so that it finds all of them at once: no more than its listener's backlog holds
//
// At its end the program prints how long messages took: from the first byte sent to the last received, and with --reconnect from
// connecting to the end.
//
// The exit status is 0 if every byte came back as it was sent, 1 if one did not, a connection ended early, or nothing moved for
// ten seconds, and 2 if the arguments make no sense.

// Included, so that this folder compiles by itself.
#include "../harness/harness.c"

#include <arpa/inet.h>
#include <glob.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/epoll.h>

enum {
  // When nothing has moved for so long, the program fails.
  STALL_SECONDS = 10,
  // So many bytes one call sends or receives at most.
  CHUNK_SIZE = 16384,
  // So many connections come from one address: where more than half of an address's ports are taken, the kernel
  // searches long for a free one.
  CONNECTIONS_PER_ADDRESS = 10000,
  // A prime, so that no shift by a number of messages or buffers has the same bytes.
  PERIOD = 65537,
  // A multiple of the length of a PING.
  SHIFT = 7924,
};

// The streams are one stream of random bytes that repeats itself, each from a place of its own: neither the sending nor the
// verifying side has to remember any, however long the stream. With --ping, both patterns have messages of their own.
static uint8_t pattern[PERIOD + CHUNK_SIZE], answers[PERIOD + CHUNK_SIZE];
static uint64_t period = PERIOD;
// So many bytes a byte of an answer stands for.
static uint64_t answered_by_each = 1;

static uint16_t server_port;
static unsigned long long rounds, message_size;
// The server's process, or 0, and the pattern of the files that tell its threads' states.
static long server;
static char server_threads[64];
// Whether each message has a connection of its own, and whether calls block: then they fail with EAGAIN if nothing has moved
// before the timeout.
static bool reconnects, blocks;
// How long each message took.
static uint64_t *latencies;
static size_t latency_count;

struct connection {
  int descriptor;
  bool is_done;
  unsigned long long seed;
  // Positions in the stream: its end, and how far it is sent and has come back.
  unsigned long long total, sent, verified;
  // When the connection was opened, or the message began that is on its way.
  uint64_t began;
};

static _Noreturn void fail_connection(const struct connection *connection, const char *what) {
  errx(1, "connection %d, seed %llu: %s after %llu bytes sent, %llu verified of %llu", connection->descriptor,
       connection->seed, what, connection->sent, connection->verified, connection->total);
}

/// Where the pattern has a position of a connection's stream.
static uint64_t offset_of(const struct connection *connection, uint64_t position) {
  return (connection->seed * SHIFT + position) % period;
}

static void fill(uint8_t *bytes, const char *message) {
  for (size_t i = 0; i < PERIOD + CHUNK_SIZE; i++) bytes[i] = (uint8_t)message[i % strlen(message)];
}

/// Opens a connection that blocks: within one machine it is made at once unless the server's backlog is full, and the timeout,
/// which holds for every call that blocks, bounds that.
static struct connection open_connection(uint64_t seed, uint64_t total) {
  uint32_t source = (uint32_t)(seed / CONNECTIONS_PER_ADDRESS);
  struct connection connection = {.descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), .seed = seed, .total = total};
  connection.began = nanoseconds(CLOCK_MONOTONIC);
  struct timeval timeout = {.tv_sec = STALL_SECONDS};
  int on = 1;
  if (connection.descriptor < 0) fail("socket");
  if (setsockopt(connection.descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) < 0
      || setsockopt(connection.descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) < 0
      || setsockopt(connection.descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) < 0) {
    fail("setsockopt");
  }
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK + source)};
  if (source != 0
      && (setsockopt(connection.descriptor, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on) < 0
          || bind(connection.descriptor, (struct sockaddr *)&address, sizeof address) < 0)) {
    fail("bind");
  }
  address.sin_port = htons(server_port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(connection.descriptor, (struct sockaddr *)&address, sizeof address) < 0) fail("connect");
  return connection;
}

/// Sends what is left of the message, or as much as the socket takes: the next one begins when all of this one has come back.
static void send_message(struct connection *connection) {
  bool is_first = connection->sent == connection->verified && connection->sent % message_size == 0;
  if (is_first && !reconnects) connection->began = nanoseconds(CLOCK_MONOTONIC);
  uint64_t end = (connection->verified / message_size + 1) * message_size;
  if (end > connection->total) end = connection->total;
  while (connection->sent < end) {
    size_t count = end - connection->sent < CHUNK_SIZE ? (size_t)(end - connection->sent) : CHUNK_SIZE;
    ssize_t sent = send(connection->descriptor, pattern + offset_of(connection, connection->sent), count, MSG_NOSIGNAL);
    if (sent < 0 && errno == EAGAIN && !blocks) return;
    if (sent < 0) fail_connection(connection, strerror(errno));
    connection->sent += (uint64_t)sent;
  }
}

/// Reads once, and compares what came back with what was sent.
///
/// Returns how many bytes came, 0 at the stream's end, and less if there is nothing yet.
static ssize_t receive_some(struct connection *connection) {
  uint8_t bytes[CHUNK_SIZE];
  ssize_t received = recv(connection->descriptor, bytes, sizeof bytes, 0);
  if (received < 0 && errno == EAGAIN && !blocks) return -1;
  if (received < 0) fail_connection(connection, strerror(errno));
  uint64_t count = (uint64_t)received * answered_by_each;
  const uint8_t *expected = answers + offset_of(connection, connection->verified) / answered_by_each;
  if (count == 0 && connection->verified < connection->total) fail_connection(connection, "the server ended the stream early");
  if (count > connection->sent - connection->verified) fail_connection(connection, "more bytes came back than were sent");
  if (memcmp(bytes, expected, (size_t)received) != 0) fail_connection(connection, "the answer differs");
  connection->verified += count;
  if (reconnects ? count == 0 : count > 0 && connection->verified % message_size == 0) {
    latencies[latency_count++] = nanoseconds(CLOCK_MONOTONIC) - connection->began;
  }
  return received;
}

static void end_sending(struct connection *connection) {
  if (shutdown(connection->descriptor, SHUT_WR) < 0) fail_connection(connection, strerror(errno));
}

/// Whether every thread of the server's process is in one of some states, letters as in proc(5).
static bool are_threads_in(const char *states) {
  glob_t files;
  if (glob(server_threads, GLOB_NOSORT, NULL, &files) != 0) fail_scenario("the server has ended");
  bool are_in = true;
  for (size_t i = 0; i < files.gl_pathc && are_in; i++) {
    FILE *file = fopen(files.gl_pathv[i], "re");
    char state;
    // "PID (name) STATE". A thread that has ended meanwhile is not among the files when they are looked for again.
    are_in = file != NULL && fscanf(file, "%*d (%*[^)]) %c", &state) == 1 && strchr(states, state) != NULL;
    if (file != NULL) fclose(file);
  }
  globfree(&files);
  return are_in;
}

/// Waits until all threads are in one of these states, if there is a process to wait for.
static void settle(const char *states) {
  uint64_t deadline = nanoseconds(CLOCK_MONOTONIC) + STALL_SECONDS * UINT64_C(1000000000);
  while (server != 0 && !are_threads_in(states)) {
    if (nanoseconds(CLOCK_MONOTONIC) >= deadline) fail_scenario("the server did not come to rest for ten seconds");
    sched_yield();
  }
}

static void continue_server(void) { kill((pid_t)server, SIGCONT); }

// One connection, or one after the other, or bursts of them, with calls that block: the cheapest clients there are, for
// measuring the server.

/// Receives what is on its way, and the end.
static void expect_end(struct connection *connection) {
  while (receive_some(connection) > 0) {}
  close(connection->descriptor);
}

/// One connection for all messages, or one for each.
static void run_blocking(void) {
  for (uint64_t i = 0; i < (reconnects ? rounds : 1); i++) {
    settle("S");
    struct connection connection = open_connection(i, message_size * (reconnects ? 1 : rounds));
    while (connection.sent < connection.total) {
      settle("S");
      send_message(&connection);
      while (connection.verified < connection.sent) receive_some(&connection);
    }
    settle("S");
    end_sending(&connection);
    expect_end(&connection);
  }
}

/// A connection for each message, as many at once as a burst has.
static void run_bursts(uint64_t burst) {
  // Whatever fails meanwhile, the server is not left stopped.
  atexit(continue_server);
  struct connection connections[burst];
  for (uint64_t round = 0; round < rounds; round += burst) {
    uint64_t count = rounds - round < burst ? rounds - round : burst;
    settle("S");
    if (kill((pid_t)server, SIGSTOP) < 0) fail("kill");
    // Traced, a process that is stopped has a letter of its own.
    settle("Tt");
    for (uint64_t i = 0; i < count; i++) {
      connections[i] = open_connection(round + i, message_size);
      send_message(&connections[i]);
      end_sending(&connections[i]);
    }
    continue_server();
    for (uint64_t i = 0; i < count; i++) expect_end(&connections[i]);
  }
}

// Many connections at once, in a loop that never blocks but to wait for readiness.

/// Moves a connection on as far as it goes without waiting.
static void move_connection(struct connection *connection, uint32_t readiness) {
  bool may_read = readiness & ~(uint32_t)EPOLLOUT, is_ending = readiness & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
  for (;;) {
    send_message(connection);
    if (!may_read) return;
    ssize_t received = receive_some(connection);
    connection->is_done = received == 0;
    if (received <= 0) return;
    if (connection->verified == connection->total) end_sending(connection);
    // On a stream a short read has taken all there was, except perhaps an end that was already announced.
    may_read = received == CHUNK_SIZE || is_ending;
  }
}

/// Returns when the connections were open.
static uint64_t run_many(uint64_t count) {
  struct connection *connections = calloc(count, sizeof *connections);
  int queue = epoll_create1(EPOLL_CLOEXEC);
  if (connections == NULL || queue < 0) fail("epoll_create1");
  for (uint64_t i = 0; i < count; i++) connections[i] = open_connection(i, message_size * rounds);
  uint64_t start = nanoseconds(CLOCK_MONOTONIC);
  for (uint64_t i = 0; i < count; i++) {
    if (fcntl(connections[i].descriptor, F_SETFL, O_NONBLOCK) < 0) fail("fcntl");
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = &connections[i]};
    if (epoll_ctl(queue, EPOLL_CTL_ADD, connections[i].descriptor, &event) < 0) fail("epoll_ctl");
  }
  for (uint64_t first = 0; first < count;) {
    struct epoll_event events[256];
    int event_count = epoll_wait(queue, events, 256, STALL_SECONDS * 1000);
    if (event_count < 0) fail("epoll_wait");
    if (event_count == 0) fail_connection(&connections[first], "nothing moved for ten seconds");
    for (int i = 0; i < event_count; i++) move_connection(events[i].data.ptr, events[i].events);
    while (first < count && connections[first].is_done) first++;
  }
  return start;
}

static int compare_latencies(const void *one, const void *other) {
  uint64_t left = *(const uint64_t *)one, right = *(const uint64_t *)other;
  return (left > right) - (left < right);
}

static unsigned long long percentile(double part) {
  size_t place = (size_t)(part * (double)latency_count);
  return latencies[place < latency_count ? place : latency_count - 1];
}

int main(int argc, char **argv) {
  server_port = (uint16_t)parse_number(start_system("echo-load", argc, argv), 1, UINT16_MAX);
  unsigned long long connections = option("connections", 1), burst = option("burst", 0);
  reconnects = option_word("reconnect") != NULL;
  blocks = reconnects || option_word("pingpong") != NULL;
  rounds = option("rounds", 1);
  message_size = option("bytes", 64);
  server = option("settle", 0);
  // Where both sides block, a whole message has to fit into the sockets' buffers as well.
  if (blocks ? connections != 1 || message_size > CHUNK_SIZE : server != 0) fail_usage();
  if (burst > 0 && (!reconnects || server == 0 || burst > 1000)) fail_usage();
  latencies = calloc(rounds * connections, sizeof *latencies);
  if (latencies == NULL) fail("calloc");
  snprintf(server_threads, sizeof server_threads, "/proc/%ld/task/*/stat", server);
  for (size_t i = 0; i < PERIOD; i++) pattern[i] = (uint8_t)(random() >> 8);
  memcpy(pattern + PERIOD, pattern, CHUNK_SIZE);
  memcpy(answers, pattern, sizeof answers);
  if (option_word("ping") != NULL) {
    fill(pattern, "*1\r\n$4\r\nPING\r\n");
    fill(answers, "+PONG\r\n");
    period = message_size = 14;
    answered_by_each = 2;
  }
  uint64_t start = nanoseconds(CLOCK_MONOTONIC);
  if (burst > 0) {
    run_bursts(burst);
  } else if (blocks) {
    run_blocking();
  } else {
    start = run_many(connections);
  }
  double seconds = (double)(nanoseconds(CLOCK_MONOTONIC) - start) * 1e-9;
  qsort(latencies, latency_count, sizeof *latencies, compare_latencies);
  printf("connections=%llu rounds=%llu seconds=%.6f p50_ns=%llu p99_ns=%llu p999_ns=%llu\n", reconnects ? rounds : connections,
         rounds, seconds, percentile(0.5), percentile(0.99), percentile(0.999));
}
