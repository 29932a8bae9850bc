#include "system.h"

const char *scenario;
enum reading_end reading;
long rounds;

int main(int argc, char **argv) {
  const struct {
    const char *name;
    void (*run)(void);
  } scenarios[] = {
    {"echo", run_echo}, {"ring", run_ring}, {"churn", run_churn}, {"dispatch", run_dispatch}, {"footprint", run_footprint},
    {"wake", run_wake}, {"wake-storm", run_wake_storm},
  };
  scenario = start_system(argv[0], argc, argv);
  reading = reading_end();
  rounds = option("rounds", 1000);
  if (reading != END_OWN && &hears_level == NULL) cannot("it ends a reading in its own way");
  if (reading == END_LEVEL && !hears_level) cannot("its events are edge-triggered");
  for (size_t i = 0; i < sizeof scenarios / sizeof *scenarios; i++) {
    if (strcmp(scenario, scenarios[i].name) != 0) continue;
    if (scenarios[i].run == NULL) cannot("it has no such scenario");
    scenarios[i].run();
    return 0;
  }
  fail_usage();
}
