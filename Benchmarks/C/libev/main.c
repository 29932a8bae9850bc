// libev, level-triggered as it is: a watcher for each descriptor.

#include "../common/system.h"

#include <ev.h>

typedef struct ev_loop *loop_t;
typedef struct ev_io watcher_t;
typedef struct ev_async bell_t;
typedef void (*callback_t)(struct ev_loop *, struct ev_io *, int);

enum { READABLE = EV_READ, WRITABLE = EV_WRITE };

#define CALLBACK(handler) \
  static void handler##_called(struct ev_loop *loop, struct ev_io *watcher, int readiness) { \
    handler(readiness & EV_READ, watcher->data); \
  }

static loop_t make_loop(void) {
  loop_t loop = ev_loop_new(EVBACKEND_EPOLL);
  if (loop == NULL) fail("ev_loop_new");
  return loop;
}

static void watch(loop_t loop, watcher_t *watcher, int descriptor, int interest, callback_t called, void *argument) {
  ev_io_init(watcher, called, descriptor, interest);
  watcher->data = argument;
  ev_io_start(loop, watcher);
}

static void unwatch(loop_t loop, watcher_t *watcher) { ev_io_stop(loop, watcher); }

static inline void run(loop_t loop, callback_t called) { ev_run(loop, 0); }
static inline void turn(loop_t loop, callback_t called) { ev_run(loop, EVRUN_ONCE); }
static inline void look(loop_t loop) { ev_run(loop, EVRUN_NOWAIT); }
static inline void stop(loop_t loop) { ev_break(loop, EVBREAK_ALL); }

static void on_bell(struct ev_loop *loop, struct ev_async *bell, int readiness) {
  heard_wakes++;
  stop(loop);
}

static void make_bell(loop_t loop, bell_t *bell) {
  ev_async_init(bell, on_bell);
  ev_async_start(loop, bell);
}

static inline void ring_bell(loop_t loop, bell_t *bell) { ev_async_send(loop, bell); }

#include "../common/loops.h"
#include "../common/level_echo.h"
