#pragma once

/// An argument of the program, or a null pointer after the last argument.
const char *testing_argument(int position);

/// The number of the one test that this process runs for the sake of an exit test in it, or 0 for all tests.
int testing_only_test(void);

/// The number of that exit test among those of its test.
int testing_only_exit(void);

/// What the function below returns on a system without processes.
enum { TESTING_NO_PROCESSES = 1000 };

/// Starts the program anew for one exit test, and waits for its end.
///
/// The program writes to the buffer whatever the process writes, as far as that fits, and a zero at the end. Returns the exit code
/// of the process, or the negated number of the signal that ended it.
int testing_start_anew(int test, int exit, char *text, int capacity);

/// Ends the process.
_Noreturn void testing_exit(int code);
