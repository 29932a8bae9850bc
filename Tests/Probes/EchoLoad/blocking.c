#if defined(__linux__)

#include "drivers.h"

#include "clock.h"
#include "connection.h"
#include "failure.h"
#include "latency.h"
#include "options.h"
#include "server_threads.h"
#include "stream.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void wait_until_asleep(DIR *threads) { wait_until_in(threads, "S"); }

static void send_message(struct connection *connection) {
  uint8_t bytes[CHUNK_SIZE];
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
  uint8_t bytes[CHUNK_SIZE];
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

/// One connection for all messages.
static void run_pingpong(DIR *threads) {
  struct connection connection = {.total = (uint64_t)options.bytes * (uint64_t)options.rounds};
  open_connection(&connection);
  while (connection.sent < connection.total) {
    if (threads != NULL) wait_until_asleep(threads);
    uint64_t began = options.takes_latency ? nanoseconds_now() : 0;
    exchange_message(&connection);
    if (options.takes_latency) record_latency(nanoseconds_now() - began);
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
    uint64_t began = options.takes_latency ? nanoseconds_now() : 0;
    open_connection(&connection);
    if (threads != NULL) wait_until_asleep(threads);
    exchange_message(&connection);
    if (threads != NULL) wait_until_asleep(threads);
    end_sending(&connection);
    expect_end(&connection);
    if (options.takes_latency) record_latency(nanoseconds_now() - began);
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

void run_blocking(void) {
  DIR *threads = options.settling_process > 0 ? open_threads(options.settling_process) : NULL;
  uint64_t start = nanoseconds_now();
  if (options.burst > 0) {
    run_bursts(threads);
  } else if (options.reconnects) {
    run_reconnecting(threads);
  } else {
    run_pingpong(threads);
  }
  print_totals(options.reconnects ? options.rounds : 1, nanoseconds_now() - start);
  if (options.takes_latency) print_latencies();
  printf("\n");
  if (threads != NULL) closedir(threads);
}

#endif
