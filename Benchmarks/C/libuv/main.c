// libuv: streams for the echo, as its users write it, and uv_poll for descriptors of the program's own.

#include "../common/system.h"

#include <uv.h>

typedef uv_loop_t *loop_t;
typedef uv_poll_t watcher_t;
typedef uv_async_t bell_t;
typedef uv_poll_cb callback_t;

enum { READABLE = UV_READABLE };

static inline void check(int code) {
  if (code < 0) fail_scenario(uv_strerror(code));
}

#define CALLBACK(handler) \
  static void handler##_called(uv_poll_t *poll, int status, int events) { \
    check(status); \
    handler(events & UV_READABLE, poll->data); \
  }

static loop_t make_loop(void) {
  loop_t loop = allocate(1, sizeof *loop);
  check(uv_loop_init(loop));
  return loop;
}

static void watch(loop_t loop, watcher_t *poll, int descriptor, int interest, callback_t called, void *argument) {
  check(uv_poll_init(loop, poll, descriptor));
  poll->data = argument;
  check(uv_poll_start(poll, interest, called));
}

static inline void run(loop_t loop, callback_t called) { uv_run(loop, UV_RUN_DEFAULT); }
static inline void turn(loop_t loop, callback_t called) { uv_run(loop, UV_RUN_ONCE); }
static inline void look(loop_t loop) { uv_run(loop, UV_RUN_NOWAIT); }
static inline void stop(loop_t loop) { uv_stop(loop); }

static void on_bell(uv_async_t *bell) {
  heard_wakes++;
  stop(bell->loop);
}

static void make_bell(loop_t loop, bell_t *bell) { check(uv_async_init(loop, bell, on_bell)); }

static inline void ring_bell(loop_t loop, bell_t *bell) { check(uv_async_send(bell)); }

#include "../common/loops.h"

static uv_tcp_t listener;
static long remaining_connections;
// A read is answered before the next one is asked for, so that all connections share a buffer.
static char shared_buffer[4096];

struct late_write {
  uv_write_t request;
  char bytes[];
};

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  *buffer = uv_buf_init(shared_buffer, sizeof shared_buffer);
}

static void on_closed(uv_handle_t *handle) {
  free(handle);
  if (--remaining_connections == 0) stop(main_loop);
}

static void on_written(uv_write_t *request, int status) {
  if (status < 0 && !uv_is_closing((uv_handle_t *)request->handle)) uv_close((uv_handle_t *)request->handle, on_closed);
  free(request);
}

/// Hands over what the socket did not take at once.
static void write_later(uv_stream_t *stream, const char *bytes, size_t count) {
  struct late_write *write = allocate(1, sizeof *write + count);
  memcpy(write->bytes, bytes, count);
  uv_buf_t rest = uv_buf_init(write->bytes, (unsigned)count);
  check(uv_write(&write->request, stream, &rest, 1, on_written));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  if (count == 0) return;
  uv_buf_t bytes = uv_buf_init(buffer->base, (unsigned)count);
  ssize_t written = count < 0 ? count : uv_try_write(stream, &bytes, 1);
  if (written < 0 && written != UV_EAGAIN) {
    uv_close((uv_handle_t *)stream, on_closed);
  } else if (written < count) {
    if (written < 0) written = 0;
    write_later(stream, buffer->base + written, (size_t)(count - written));
  }
}

static void on_connection(uv_stream_t *server, int status) {
  check(status);
  uv_tcp_t *connection = allocate(1, sizeof *connection);
  check(uv_tcp_init(main_loop, connection));
  check(uv_accept(server, (uv_stream_t *)connection));
  uv_tcp_nodelay(connection, 1);
  check(uv_read_start((uv_stream_t *)connection, on_buffer, on_read));
}

void run_echo(void) {
  long connections = remaining_connections = option("connections", 1);
  main_loop = make_loop();
  int descriptor = open_listener();
  check(uv_tcp_init(main_loop, &listener));
  check(uv_tcp_open(&listener, descriptor));
  check(uv_listen((uv_stream_t *)&listener, 4096, on_connection));
  run(main_loop, NULL);
  end_measuring((uint64_t)connections);
}
