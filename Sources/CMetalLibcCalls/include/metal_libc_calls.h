// Where this header is found, all system calls go through libc; metal_calls.h looks for it.
