// libuv: streams for the echo, as its users write it, and uv_poll for descriptors of the program's own.

#include "../harness/harness.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { BUFFER_SIZE = 4096 };

static _Noreturn void fail_uv(const char *what, int code) {
  (void)what;
  fail_scenario(uv_strerror(code));
}

static void check(const char *what, int code) {
  if (code < 0) fail_uv(what, code);
}

// Echo.

static uv_loop_t *loop;
static uv_tcp_t listener;
static long remaining_connections;
// A read is answered before the next one is asked for, so that all connections share a buffer.
static char shared_buffer[BUFFER_SIZE];

struct late_write {
  uv_write_t request;
  char bytes[];
};

static void on_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer) {
  (void)handle;
  (void)suggested;
  *buffer = uv_buf_init(shared_buffer, BUFFER_SIZE);
}

static void on_closed(uv_handle_t *handle) {
  free(handle);
  if (--remaining_connections == 0) uv_stop(loop);
}

static void on_written(uv_write_t *request, int status) {
  if (status < 0 && !uv_is_closing((uv_handle_t *)request->handle)) uv_close((uv_handle_t *)request->handle, on_closed);
  free(request);
}

/// Hands over what the socket did not take at once.
static void write_later(uv_stream_t *stream, const char *bytes, size_t count) {
  struct late_write *write = malloc(sizeof *write + count);
  if (write == NULL) fail("malloc");
  memcpy(write->bytes, bytes, count);
  uv_buf_t rest = uv_buf_init(write->bytes, (unsigned)count);
  check("uv_write", uv_write(&write->request, stream, &rest, 1, on_written));
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer) {
  if (count < 0) {
    uv_close((uv_handle_t *)stream, on_closed);
    return;
  }
  if (count == 0) return;
  uv_buf_t bytes = uv_buf_init(buffer->base, (unsigned)count);
  int written = uv_try_write(stream, &bytes, 1);
  if (written < 0 && written != UV_EAGAIN) {
    uv_close((uv_handle_t *)stream, on_closed);
    return;
  }
  if (written < 0) written = 0;
  if (written < count) write_later(stream, buffer->base + written, (size_t)(count - written));
}

static void on_connection(uv_stream_t *server, int status) {
  check("listening", status);
  uv_tcp_t *connection = malloc(sizeof *connection);
  if (connection == NULL) fail("malloc");
  check("uv_tcp_init", uv_tcp_init(loop, connection));
  check("uv_accept", uv_accept(server, (uv_stream_t *)connection));
  uv_tcp_nodelay(connection, 1);
  check("uv_read_start", uv_read_start((uv_stream_t *)connection, on_buffer, on_read));
}

static void run_echo(void) {
  loop = uv_default_loop();
  remaining_connections = options.connections;
  int descriptor = open_listener();
  check("uv_tcp_init", uv_tcp_init(loop, &listener));
  check("uv_tcp_open", uv_tcp_open(&listener, descriptor));
  check("uv_listen", uv_listen((uv_stream_t *)&listener, 4096, on_connection));
  announce_listener(descriptor);
  uv_run(loop, UV_RUN_DEFAULT);
  end_measuring((uint64_t)options.connections);
}

// The ring.

static struct ring ring;

static void on_pair(uv_poll_t *poll, int status, int events) {
  (void)events;
  check("polling", status);
  pass_tokens(&ring, (long)(intptr_t)poll->data);
  if (ring.hops >= ring.wanted_hops) uv_stop(loop);
}

static uv_poll_t *watch_all(const int *descriptors, long count, uv_poll_cb callback) {
  uv_poll_t *polls = calloc((size_t)count, sizeof *polls);
  if (polls == NULL) fail("calloc");
  for (long i = 0; i < count; i++) {
    check("uv_poll_init", uv_poll_init(loop, &polls[i], descriptors[i]));
    polls[i].data = (void *)(intptr_t)i;
    check("uv_poll_start", uv_poll_start(&polls[i], UV_READABLE, callback));
  }
  // A change takes effect at the next wait.
  uv_run(loop, UV_RUN_NOWAIT);
  return polls;
}

static void run_ring(void) {
  loop = uv_default_loop();
  ring = make_ring();
  watch_all(ring.readers, ring.pairs, on_pair);
  begin_measuring();
  start_ring(&ring);
  uv_run(loop, UV_RUN_DEFAULT);
  end_measuring(ring.hops);
}

// Dispatch and footprint.

static uint64_t readable_count, sum;
static struct crowd crowd;
static uint64_t wanted_count;

/// In one turn the loop may wait several times, so the last of the crowd calms it.
static void on_member(uv_poll_t *poll, int status, int events) {
  check("polling", status);
  if (events & UV_READABLE) readable_count++;
  sum += (uint64_t)(intptr_t)poll->data;
  if (readable_count == wanted_count) calm_crowd(&crowd);
}

static void run_dispatch(void) {
  loop = uv_default_loop();
  crowd = make_crowd(options.ready);
  // No more than so many events come with one wait of the loop, of which the first would come again with the next.
  if (options.ready > 1024) cannot("its waits bring 1,024 events at most");
  watch_all(crowd.readers, crowd.count, on_member);
  begin_measuring();
  for (long round = 0; round < options.rounds; round++) {
    wanted_count += (uint64_t)crowd.count;
    rouse_crowd(&crowd);
    uv_run(loop, UV_RUN_ONCE);
    if (readable_count != wanted_count) fail_scenario("events were lost");
  }
  end_measuring(readable_count);
}

static void run_footprint(void) {
  loop = uv_default_loop();
  crowd = make_crowd(options.registrations);
  resident_bytes();
  long before = resident_bytes();
  watch_all(crowd.readers, crowd.count, on_member);
  report_footprint(resident_bytes() - before);
}

// Wakes.

struct sleeper {
  uv_loop_t loop;
  uv_async_t bell;
};

static struct sleeper first, second;
static long heard;

static void on_bell(uv_async_t *bell) {
  if (bell == &first.bell) heard++;
  uv_stop(bell->loop);
}

static void make_sleeper(struct sleeper *sleeper) {
  check("uv_loop_init", uv_loop_init(&sleeper->loop));
  check("uv_async_init", uv_async_init(&sleeper->loop, &sleeper->bell, on_bell));
}

static void *answer(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) {
    uv_run(&second.loop, UV_RUN_DEFAULT);
    uv_async_send(&first.bell);
  }
  return NULL;
}

static void run_wake(void) {
  make_sleeper(&first);
  make_sleeper(&second);
  unsigned long thread = start_thread(answer, NULL);
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    uv_async_send(&second.bell);
    uv_run(&first.loop, UV_RUN_DEFAULT);
  }
  end_measuring((uint64_t)options.rounds);
  join_thread(thread);
}

static atomic_long working;

static void *ring_often(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) uv_async_send(&first.bell);
  atomic_fetch_sub(&working, 1);
  return NULL;
}

static void run_wake_storm(void) {
  make_sleeper(&first);
  working = options.threads;
  unsigned long threads[64];
  if (options.threads > 64) cannot("64 threads are the most");
  begin_measuring();
  for (long i = 0; i < options.threads; i++) threads[i] = start_thread(ring_often, NULL);
  while (atomic_load(&working) > 0) uv_run(&first.loop, UV_RUN_NOWAIT);
  uv_run(&first.loop, UV_RUN_NOWAIT);
  if (heard == 0) fail_scenario("no wake was heard");
  end_measuring((uint64_t)(options.rounds * options.threads));
  for (long i = 0; i < options.threads; i++) join_thread(threads[i]);
}

const struct benchmarked_system benchmarked_system = {
  .name = "libuv",
  .echo = run_echo,
  .ring = run_ring,
  .wake = run_wake,
  .wake_storm = run_wake_storm,
  .dispatch = run_dispatch,
  .footprint = run_footprint,
};
