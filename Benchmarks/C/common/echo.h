// What an echo server written in C does with a connection that is ready, however it learnt so.

#pragma once

#include "system.h"

enum { ECHO_BUFFER_SIZE = 4096 };

/// What the socket did not take yet. The memory is allocated when a write first comes up short, which on most
/// connections never happens.
struct pending {
  uint16_t count;
  uint16_t start;
  uint8_t *bytes;
};

enum echo_outcome {
  ECHO_WAITS,           // There is nothing more to do until an event comes.
  ECHO_WAITS_TO_WRITE,  // The same, and the event to come is that the socket can be written to.
  ECHO_ENDED,           // The connection has ended, or failed: close it.
};

static inline enum echo_outcome flush_pending(int descriptor, struct pending *pending) {
  while (pending->count > 0) {
    ssize_t sent = send(descriptor, pending->bytes + pending->start, pending->count, MSG_NOSIGNAL);
    if (sent < 0) return errno == EAGAIN ? ECHO_WAITS_TO_WRITE : ECHO_ENDED;
    pending->start = (uint16_t)(pending->start + sent);
    pending->count = (uint16_t)(pending->count - sent);
  }
  return ECHO_WAITS;
}

/// Keeps what the socket did not take, and tries again at once: it finds the socket full, which has an
/// edge-triggered system report that it is writable again, or finishes the write.
static __attribute__((noinline)) enum echo_outcome keep_pending(
  int descriptor, struct pending *pending, const uint8_t *bytes, size_t count) {
  if (pending->bytes == NULL) pending->bytes = malloc(ECHO_BUFFER_SIZE);
  if (pending->bytes == NULL) fail("malloc");
  memcpy(pending->bytes, bytes, count);
  pending->start = 0;
  pending->count = (uint16_t)count;
  return flush_pending(descriptor, pending);
}

/// Reads and sends back.
///
/// A read that returns fewer bytes than `full_read` is the last one: with 0 only one that would block is, and with more
/// than the buffer holds every one.
WHOLE enum echo_outcome serve_echo(int descriptor, struct pending *pending, ssize_t full_read) {
  if (pending->count > 0) {
    enum echo_outcome outcome = flush_pending(descriptor, pending);
    if (outcome != ECHO_WAITS) return outcome;
  }
  uint8_t buffer[ECHO_BUFFER_SIZE];
  ssize_t received;
  do {
    received = recv(descriptor, buffer, sizeof buffer, 0);
    if (received <= 0) return received < 0 && errno == EAGAIN ? ECHO_WAITS : ECHO_ENDED;
    ssize_t sent = send(descriptor, buffer, (size_t)received, MSG_NOSIGNAL);
    if (sent != received) {
      if (sent < 0 && errno != EAGAIN) return ECHO_ENDED;
      if (sent < 0) sent = 0;
      enum echo_outcome outcome = keep_pending(descriptor, pending, buffer + sent, (size_t)(received - sent));
      if (outcome != ECHO_WAITS) return outcome;
    }
  } while (received >= full_read);
  return ECHO_WAITS;
}
