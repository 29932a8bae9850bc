// What the programs under test share, in whatever language: the command line, the clocks, the result line, threads.
// The command line is SYSTEM SCENARIO [--option value]…. Benchmarks/README.md says what the options mean.

#pragma once

#include <stdbool.h>
#include <stdint.h>

/// Checks and keeps the command line and the system's name, ignores SIGPIPE, and raises the limit on descriptors.
///
/// Returns the scenario's name.
const char *start_system(const char *name, int argc, char **argv);

/// The number behind `--name`, which is at least 1.
long option(const char *name, long otherwise);

/// The word behind `--name`, which is empty for an option without a value, or a null pointer if there is no such option.
const char *option_word(const char *name);

/// What `--end` says.
enum reading_end { END_OWN, END_LEVEL, END_WOULD_BLOCK, END_SHORT_READ };
enum reading_end reading_end(void);

/// Ends the program, with status 2, because its arguments make no sense.
_Noreturn void fail_usage(void);

/// Ends the program because a call failed; the reason is in errno.
_Noreturn void fail(const char *what);

/// Ends the program because what happened is not what the scenario says.
_Noreturn void fail_scenario(const char *what);

/// Ends the program, with status 3, because the system has no means for the scenario.
_Noreturn void cannot(const char *why);

/// Prints `READY <port>`.
void print_ready(uint16_t port);

/// Begins the measured part.
void begin_measuring(void);

/// Ends the measured part and prints the result line.
void end_measuring(uint64_t operations);

/// How many bytes of memory the process has taken, without those of files that are mapped; counted page by page, since
/// `/proc/self/statm` may be tens of pages behind.
long resident_bytes(void);

/// Prints the result line of the footprint.
void report_footprint(long registrations, long bytes);

/// Starts a thread, for which the program does not wait.
void start_thread(void *(*body)(void *), void *argument);
