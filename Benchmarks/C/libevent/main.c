// libevent, level-triggered as it is by default: a persistent event for each descriptor.

#include "../common/system.h"

#include <event2/event.h>
#include <event2/event_struct.h>
#include <event2/thread.h>

typedef struct event_base *loop_t;
typedef struct event watcher_t, bell_t;
typedef event_callback_fn callback_t;

enum { READABLE = EV_READ | EV_PERSIST, WRITABLE = EV_WRITE | EV_PERSIST };

#define CALLBACK(handler) \
  static void handler##_called(evutil_socket_t descriptor, short readiness, void *argument) { \
    handler(readiness & EV_READ, argument); \
  }

static loop_t make_loop(void) {
  // Only threads that wake each other need the locks.
  if (strncmp(scenario, "wake", 4) == 0) evthread_use_pthreads();
  loop_t loop = event_base_new();
  if (loop == NULL) fail("event_base_new");
  return loop;
}

static void watch(loop_t loop, watcher_t *event, int descriptor, int interest, callback_t called, void *argument) {
  event_assign(event, loop, descriptor, (short)interest, called, argument);
  if (event_add(event, NULL) < 0) fail("event_add");
}

static void unwatch(loop_t loop, watcher_t *event) {
  if (event_del(event) < 0) fail("event_del");
}

static inline void run(loop_t loop, callback_t called) { event_base_loop(loop, EVLOOP_NO_EXIT_ON_EMPTY); }
static inline void turn(loop_t loop, callback_t called) { event_base_loop(loop, EVLOOP_ONCE); }
static inline void look(loop_t loop) { event_base_loop(loop, EVLOOP_NONBLOCK); }
static inline void stop(loop_t loop) { event_base_loopbreak(loop); }

/// The bell is an event of the program's own, made active from another thread.
static void on_bell(evutil_socket_t descriptor, short readiness, void *loop) {
  heard_wakes++;
  stop(loop);
}

static void make_bell(loop_t loop, bell_t *bell) { watch(loop, bell, -1, EV_PERSIST, on_bell, loop); }

static inline void ring_bell(loop_t loop, bell_t *bell) { event_active(bell, EV_READ, 0); }

#include "../common/loops.h"
#include "../common/level_echo.h"

void run_churn(void) {
  loop_t loop = make_loop();
  struct crowd crowd = make_crowd(1);
  watcher_t event;
  begin_measuring();
  for (long i = 0; i < rounds; i++) {
    // An event is changed by taking it out and adding it anew.
    for (intptr_t token = 1; token <= 2; token++) {
      watch(loop, &event, crowd.readers[0], READABLE, on_member_called, (void *)token);
      unwatch(loop, &event);
    }
  }
  end_measuring((uint64_t)rounds);
}
