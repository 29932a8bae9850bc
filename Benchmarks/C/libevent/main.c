// libevent, level-triggered as it is by default: a persistent event for each descriptor.

#include "../harness/echo.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>
#include <stdatomic.h>
#include <unistd.h>

// Echo.

struct connection {
  struct event event;
  struct pending pending;
};

static struct event_base *base;
static long remaining_connections;

static struct event_base *make_base(void) {
  struct event_base *made = event_base_new();
  if (made == NULL) fail("event_base_new");
  return made;
}

static void on_connection(evutil_socket_t descriptor, short readiness, void *argument) {
  (void)readiness;
  struct connection *connection = argument;
  bool was_pending = connection->pending.count > 0;
  enum echo_outcome outcome = serve_echo(descriptor, &connection->pending, ECHO_BUFFER_SIZE + 1);
  if (outcome == ECHO_ENDED) {
    event_del(&connection->event);
    close(descriptor);
    drop_pending(&connection->pending);
    free(connection);
    if (--remaining_connections == 0) event_base_loopbreak(base);
  } else if (was_pending != (outcome == ECHO_WAITS_TO_WRITE)) {
    event_del(&connection->event);
    short interest = outcome == ECHO_WAITS_TO_WRITE ? EV_WRITE : EV_READ;
    event_assign(&connection->event, base, descriptor, (short)(interest | EV_PERSIST), on_connection, connection);
    event_add(&connection->event, NULL);
  }
}

static void on_listener(evutil_socket_t listener, short readiness, void *argument) {
  (void)readiness;
  (void)argument;
  int descriptor = accept_connection(listener);
  if (descriptor < 0) return;
  struct connection *connection = calloc(1, sizeof *connection);
  if (connection == NULL) fail("calloc");
  event_assign(&connection->event, base, descriptor, EV_READ | EV_PERSIST, on_connection, connection);
  if (event_add(&connection->event, NULL) < 0) fail("event_add");
}

static void run_echo(void) {
  base = make_base();
  int descriptor = open_listener();
  remaining_connections = options.connections;
  struct event *listener = event_new(base, descriptor, EV_READ | EV_PERSIST, on_listener, NULL);
  if (listener == NULL || event_add(listener, NULL) < 0) fail("event_add");
  announce_listener(descriptor);
  event_base_dispatch(base);
  end_measuring((uint64_t)options.connections);
}

// The ring.

static struct ring ring;

static void on_pair(evutil_socket_t descriptor, short readiness, void *argument) {
  (void)descriptor;
  (void)readiness;
  pass_tokens(&ring, (long)(intptr_t)argument);
  if (ring.hops >= ring.wanted_hops) event_base_loopbreak(base);
}

static void watch_all(const int *descriptors, long count, event_callback_fn callback) {
  struct event *events = calloc((size_t)count, sizeof *events);
  if (events == NULL) fail("calloc");
  for (long i = 0; i < count; i++) {
    event_assign(&events[i], base, descriptors[i], EV_READ | EV_PERSIST, callback, (void *)(intptr_t)i);
    if (event_add(&events[i], NULL) < 0) fail("event_add");
  }
}

static void run_ring(void) {
  base = make_base();
  ring = make_ring();
  watch_all(ring.readers, ring.pairs, on_pair);
  begin_measuring();
  start_ring(&ring);
  event_base_dispatch(base);
  end_measuring(ring.hops);
}

// Churn, dispatch and footprint.

static uint64_t readable_count, sum;

static void on_member(evutil_socket_t descriptor, short readiness, void *argument) {
  (void)descriptor;
  if (readiness & EV_READ) readable_count++;
  sum += (uint64_t)(intptr_t)argument;
}

static void run_churn(void) {
  base = make_base();
  struct crowd crowd = make_crowd(1);
  struct event event;
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    // An event is changed by taking it out and adding it anew.
    for (intptr_t token = 1; token <= 2; token++) {
      event_assign(&event, base, crowd.readers[0], EV_READ | EV_PERSIST, on_member, (void *)token);
      if (event_add(&event, NULL) < 0 || event_del(&event) < 0) fail("event_add");
    }
  }
  end_measuring((uint64_t)options.rounds);
}

static void run_dispatch(void) {
  base = make_base();
  struct crowd crowd = make_crowd(options.ready);
  watch_all(crowd.readers, crowd.count, on_member);
  begin_measuring();
  for (long round = 0; round < options.rounds; round++) {
    rouse_crowd(&crowd);
    // While its room for events grows, it is not told all at once.
    for (uint64_t wanted = readable_count + (uint64_t)crowd.count; readable_count < wanted;) {
      event_base_loop(base, EVLOOP_ONCE);
    }
    calm_crowd(&crowd);
  }
  if (sum == 0) fail_scenario("events were lost");
  end_measuring(readable_count);
}

static void run_footprint(void) {
  base = make_base();
  struct crowd crowd = make_crowd(options.registrations);
  resident_bytes();
  long before = resident_bytes();
  watch_all(crowd.readers, crowd.count, on_member);
  report_footprint(resident_bytes() - before);
}

// Wakes: an event of the program's own, made active from another thread.

struct sleeper {
  struct event_base *base;
  struct event *bell;
};

static struct sleeper first, second;
static long heard;

static void on_bell(evutil_socket_t descriptor, short readiness, void *argument) {
  (void)descriptor;
  (void)readiness;
  struct sleeper *sleeper = argument;
  if (sleeper == &first) heard++;
  event_base_loopbreak(sleeper->base);
}

static void make_sleeper(struct sleeper *sleeper) {
  sleeper->base = make_base();
  sleeper->bell = event_new(sleeper->base, -1, EV_PERSIST, on_bell, sleeper);
  if (sleeper->bell == NULL || event_add(sleeper->bell, NULL) < 0) fail("event_add");
}

static void *answer(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) {
    event_base_loop(second.base, EVLOOP_NO_EXIT_ON_EMPTY);
    event_active(first.bell, EV_READ, 0);
  }
  return NULL;
}

static void run_wake(void) {
  evthread_use_pthreads();
  make_sleeper(&first);
  make_sleeper(&second);
  unsigned long thread = start_thread(answer, NULL);
  begin_measuring();
  for (long i = 0; i < options.rounds; i++) {
    event_active(second.bell, EV_READ, 0);
    event_base_loop(first.base, EVLOOP_NO_EXIT_ON_EMPTY);
  }
  end_measuring((uint64_t)options.rounds);
  join_thread(thread);
}

static atomic_long working;

static void *ring_often(void *unused) {
  (void)unused;
  for (long i = 0; i < options.rounds; i++) event_active(first.bell, EV_READ, 0);
  atomic_fetch_sub(&working, 1);
  return NULL;
}

static void run_wake_storm(void) {
  evthread_use_pthreads();
  make_sleeper(&first);
  working = options.threads;
  unsigned long threads[64];
  if (options.threads > 64) cannot("64 threads are the most");
  begin_measuring();
  for (long i = 0; i < options.threads; i++) threads[i] = start_thread(ring_often, NULL);
  while (atomic_load(&working) > 0) event_base_loop(first.base, EVLOOP_NONBLOCK);
  event_base_loop(first.base, EVLOOP_NONBLOCK);
  if (heard == 0) fail_scenario("no wake was heard");
  end_measuring((uint64_t)(options.rounds * options.threads));
  for (long i = 0; i < options.threads; i++) join_thread(threads[i]);
}

const struct benchmarked_system benchmarked_system = {
  .name = "libevent",
  .echo = run_echo,
  .ring = run_ring,
  .churn = run_churn,
  .wake = run_wake,
  .wake_storm = run_wake_storm,
  .dispatch = run_dispatch,
  .footprint = run_footprint,
};
