// Waiting for what the threads of the server's process do. What fails ends the program.

#ifndef ECHO_LOAD_SERVER_THREADS_H
#define ECHO_LOAD_SERVER_THREADS_H

#include <dirent.h>

/// Opens the directory of a process's threads.
DIR *open_threads(long process);

/// Waits until every thread is in one of some states, letters as in proc(5), for at most ten seconds.
void wait_until_in(DIR *threads, const char *states);

#endif
