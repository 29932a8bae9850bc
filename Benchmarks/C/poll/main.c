// The yardstick of a loop on poll(2): the array is gone through once for each wait, until all that is ready has been found.

#include "../common/system.h"

#include <poll.h>

void run_ring(void) {
  struct ring ring = make_ring();
  struct pollfd *entries = allocate(ring.pairs, sizeof *entries);
  for (long i = 0; i < ring.pairs; i++) entries[i] = (struct pollfd){.fd = ring.readers[i], .events = POLLIN};
  bool asks_first = option_word("ask-first") != NULL;
  start_ring(&ring);
  while (ring.hops < ring.wanted_hops) {
    int ready = asks_first ? poll(entries, (nfds_t)ring.pairs, 0) : 0;
    if (ready == 0) ready = poll(entries, (nfds_t)ring.pairs, -1);
    if (ready < 0) fail("poll");
    for (long i = 0; ready > 0; i++) {
      if (entries[i].revents == 0) continue;
      ready--;
      pass_tokens(&ring, i);
    }
  }
  end_measuring(ring.hops);
}
