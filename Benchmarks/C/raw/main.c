#include "raw.h"

const struct benchmarked_system benchmarked_system = {
  .name = "raw C on epoll",
  .hears_end = true,
  .echo = run_echo,
  .ring = run_ring,
  .churn = run_churn,
  .wake = run_wake,
  .wake_storm = run_wake_storm,
  .dispatch = run_dispatch,
  .footprint = run_footprint,
};
