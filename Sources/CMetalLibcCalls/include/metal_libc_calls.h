// If this header exists, all system calls go through libc. metal_calls.h checks for this header.
