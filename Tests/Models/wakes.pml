/* Wakes that are left out because another is pending: Sources/MetalCore/Backend/PendingWakes.swift.
 *
 * Two threads each write a datum, relaxed, and wake a third, which polls. Stores are as on x86: each thread has a buffer, from
 * which its stores reach the memory later, and which it reads first. Fences and read-modify-writes empty it. When nobody can
 * do anything more, the thread that polls must have seen both data after its last event.
 *
 * The model fails with -DNO_FENCE, which leaves out the fence of a wake, and with -DCLEAR_LATE, by which the thread that polls
 * clears the word after it has looked at the data. The fence of that thread has no place here: on x86 the exchange is one.
 */

#define WAKERS 2

bit data[WAKERS];          /* in memory */
bit buffered[WAKERS];      /* whether a thread's store to its datum is still in its buffer */
bit pending;
byte signals;              /* what the kernel still has to deliver */
bit seen[WAKERS];          /* what the thread that polls has read */

proctype store_buffer(byte me) {
  /* The store reaches the memory at any time. */
  atomic { buffered[me] -> data[me] = 1; buffered[me] = 0 }
}

proctype wakes(byte me) {
  bit before;
  buffered[me] = 1;
  run store_buffer(me);
#ifndef NO_FENCE
  !buffered[me];
#endif
  if
  :: pending -> skip                                  /* the load; another wake stands for this one */
  :: !pending ->
    atomic { !buffered[me] -> before = pending; pending = 1 }
    if
    :: before -> skip
    :: else -> signals++
    fi
  fi
}

active proctype polls() {
  byte i;
end:
  do
  :: atomic { signals > 0 -> signals = 0 }            /* the wait returns */
#ifndef CLEAR_LATE
    pending = 0;                                      /* the exchange */
#endif
    i = 0;
    do
    :: i < WAKERS -> seen[i] = data[i]; i++
    :: else -> break
    od
#ifdef CLEAR_LATE
    ; pending = 0
#endif
  od
}

init {
  atomic { run wakes(0); run wakes(1) }
  /* Nobody runs any more but the thread that polls, and it waits. */
  timeout -> assert(seen[0] && seen[1])
}
