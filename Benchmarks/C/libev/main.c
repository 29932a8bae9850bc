// libev, level-triggered as it is: a watcher for each descriptor.

#include "../harness/echo.h"

#include <ev.h>
#include <stdatomic.h>
#include <unistd.h>

// Echo.

struct connection {
  struct ev_io watcher;
  struct pending pending;
};

static long remaining_connections;

static void on_connection(struct ev_loop *loop, struct ev_io *watcher, int readiness) {
  (void)readiness;
  struct connection *connection = (struct connection *)watcher;
  bool was_pending = connection->pending.count > 0;
  enum echo_outcome outcome = serve_echo(watcher->fd, &connection->pending, ECHO_BUFFER_SIZE + 1);
  if (outcome == ECHO_ENDED) {
    ev_io_stop(loop, watcher);
    close(watcher->fd);
    drop_pending(&connection->pending);
    free(connection);
    if (--remaining_connections == 0) ev_break(loop, EVBREAK_ALL);
  } else if (was_pending != (outcome == ECHO_WAITS_TO_WRITE)) {
    ev_io_stop(loop, watcher);
    ev_io_set(watcher, watcher->fd, outcome == ECHO_WAITS_TO_WRITE ? EV_WRITE : EV_READ);
    ev_io_start(loop, watcher);
  }
}

static void on_listener(struct ev_loop *loop, struct ev_io *watcher, int readiness) {
  (void)readiness;
  int descriptor = accept_connection(watcher->fd);
  if (descriptor < 0) return;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) fail("calloc");
  ev_io_init(&connection->watcher, on_connection, descriptor, EV_READ);
  ev_io_start(loop, &connection->watcher);
}

static void run_echo(void) {
  struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
  struct ev_io listener;
  remaining_connections = options.connections;
  ev_io_init(&listener, on_listener, open_listener(), EV_READ);
  ev_io_start(loop, &listener);
  announce_listener(listener.fd);
  ev_run(loop, 0);
  end_measuring((uint64_t)options.connections);
}

// The ring.

static struct ring ring;

static void on_pair(struct ev_loop *loop, struct ev_io *watcher, int readiness) {
  (void)readiness;
  pass_tokens(&ring, (long)(intptr_t)watcher->data);
  if (ring.hops >= ring.wanted_hops) ev_break(loop, EVBREAK_ALL);
}

static struct ev_io *watch_all(
  struct ev_loop *loop, const int *descriptors, long count, void (*callback)(struct ev_loop *, struct ev_io *, int)) {
  struct ev_io *watchers = calloc((size_t)count, sizeof *watchers);
  if (watchers == NULL) fail("calloc");
  for (long i = 0; i < count; i++) {
    ev_io_init(&watchers[i], callback, descriptors[i], EV_READ);
    watchers[i].data = (void *)(intptr_t)i;
    ev_io_start(loop, &watchers[i]);
  }
  // A change takes effect at the next wait.
  ev_run(loop, EVRUN_NOWAIT);
  return watchers;
}

static void run_ring(void) {
  struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
  ring = make_ring();
  watch_all(loop, ring.readers, ring.pairs, on_pair);
  begin_measuring();
  start_ring(&ring);
  ev_run(loop, 0);
  end_measuring(ring.hops);
}

// Dispatch and footprint.

static uint64_t readable_count, sum;

static void on_member(struct ev_loop *loop, struct ev_io *watcher, int readiness) {
  (void)loop;
  if (readiness & EV_READ) readable_count++;
  sum += (uint64_t)(intptr_t)watcher->data;
}

static void run_dispatch(void) {
  struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
  struct crowd crowd = make_crowd(options.ready);
  watch_all(loop, crowd.readers, crowd.count, on_member);
  begin_measuring();
  for (long round = 0; round < options.rounds; round++) {
    rouse_crowd(&crowd);
    // The loop waits anew, with more room, when it was told as much as it had room for: until it has told all.
    for (uint64_t wanted = readable_count + (uint64_t)crowd.count; readable_count < wanted;) ev_run(loop, EVRUN_ONCE);
    calm_crowd(&crowd);
  }
  if (sum == 0) fail_scenario("events were lost");
  end_measuring(readable_count);
}

static void run_footprint(void) {
  struct ev_loop *loop = ev_default_loop(EVBACKEND_EPOLL);
  struct crowd crowd = make_crowd(options.registrations);
  resident_bytes();
  long before = resident_bytes();
  watch_all(loop, crowd.readers, crowd.count, on_member);
  report_footprint(resident_bytes() - before);
}

// Wakes.

struct sleeper {
  struct ev_loop *loop;
  struct ev_async bell;
};

static struct sleeper first, second;
static long heard;

static void on_bell(struct ev_loop *loop, struct ev_async *bell, int readiness) {
  (void)readiness;
  (void)bell;
  heard++;
  ev_break(loop, EVBREAK_ALL);
}

static void on_second_bell(struct ev_loop *loop, struct ev_async *bell, int readiness) {
  (void)readiness;
  (void)bell;
  ev_break(loop, EVBREAK_ALL);
}

static void make_sleeper(
  struct sleeper *sleeper, void (*callback)(struct ev_loop *, struct ev_async *, int)) {
  sleeper->loop = ev_loop_new(EVBACKEND_EPOLL);
  if (sleeper->loop == NULL) fail("ev_loop_new");
  ev_async_init(&sleeper->bell, callback);
  ev_async_start(sleeper->loop, &sleeper->bell);
}

static void *answer(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) {
    ev_run(second.loop, 0);
    ev_async_send(first.loop, &first.bell);
  }
  return NULL;
}

static void run_wake(void) {
  make_sleeper(&first, on_bell);
  make_sleeper(&second, on_second_bell);
  unsigned long thread = start_thread(answer, NULL);
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    ev_async_send(second.loop, &second.bell);
    ev_run(first.loop, 0);
  }
  end_measuring((uint64_t)options.rounds);
  join_thread(thread);
}

static atomic_long working;

static void *ring_often(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) ev_async_send(first.loop, &first.bell);
  atomic_fetch_sub(&working, 1);
  return NULL;
}

static void run_wake_storm(void) {
  make_sleeper(&first, on_bell);
  working = options.threads;
  unsigned long threads[64];
  if (options.threads > 64) cannot("64 threads are the most");
  begin_measuring();
  for (long i = 0; i < options.threads; i++) threads[i] = start_thread(ring_often, NULL);
  while (atomic_load(&working) > 0) ev_run(first.loop, EVRUN_NOWAIT);
  ev_run(first.loop, EVRUN_NOWAIT);
  if (heard == 0) fail_scenario("no wake was heard");
  end_measuring((uint64_t)(options.rounds * options.threads));
  for (long i = 0; i < options.threads; i++) join_thread(threads[i]);
}

const struct benchmarked_system benchmarked_system = {
  .name = "libev",
  .echo = run_echo,
  .ring = run_ring,
  .wake = run_wake,
  .wake_storm = run_wake_storm,
  .dispatch = run_dispatch,
  .footprint = run_footprint,
};
