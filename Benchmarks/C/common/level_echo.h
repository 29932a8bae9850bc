// An echo server on a library whose loop calls back, level-triggered: what a connection is watched for has to change when bytes
// are pending, and again when none are. Beside what loops.h needs, a system defines `void unwatch(loop_t, watcher_t *)`.

#include "echo.h"

#include <unistd.h>

struct connection {
  watcher_t watcher;
  int descriptor;
  struct pending pending;
};

static long remaining_connections;

static void on_connection(bool is_readable, void *argument);
CALLBACK(on_connection)

static inline void on_connection(bool is_readable, void *argument) {
  struct connection *connection = argument;
  bool was_pending = connection->pending.count > 0;
  enum echo_outcome outcome = serve_echo(connection->descriptor, &connection->pending, ECHO_BUFFER_SIZE + 1);
  if (outcome == ECHO_ENDED) {
    unwatch(main_loop, &connection->watcher);
    close(connection->descriptor);
    free(connection->pending.bytes);
    free(connection);
    if (--remaining_connections == 0) stop(main_loop);
  } else if (was_pending != (outcome == ECHO_WAITS_TO_WRITE)) {
    unwatch(main_loop, &connection->watcher);
    int interest = outcome == ECHO_WAITS_TO_WRITE ? WRITABLE : READABLE;
    watch(main_loop, &connection->watcher, connection->descriptor, interest, on_connection_called, connection);
  }
}

static inline void on_listener(bool is_readable, void *listener) {
  int descriptor = accept_connection((int)(intptr_t)listener);
  if (descriptor < 0) return;
  struct connection *connection = allocate(1, sizeof *connection);
  connection->descriptor = descriptor;
  watch(main_loop, &connection->watcher, descriptor, READABLE, on_connection_called, connection);
}
CALLBACK(on_listener)

void run_echo(void) {
  long connections = remaining_connections = option("connections", 1);
  main_loop = make_loop();
  int descriptor = open_listener();
  watcher_t listener;
  watch(main_loop, &listener, descriptor, READABLE, on_listener_called, (void *)(intptr_t)descriptor);
  run(main_loop, NULL);
  end_measuring((uint64_t)connections);
}
