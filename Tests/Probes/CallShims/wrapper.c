// A library to load before a program, in the place of libc's functions of sockets, as tools and kernel-bypass libraries are:
// each port has another number for the program than for the kernel. A program does not get far if only half of its calls come
// here. At the end it says how many sockets it has made.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdio.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static int made;

__attribute__((destructor)) static void report(void) { fprintf(stderr, "wrapper: %d sockets\n", made); }

#define WITH_ADDRESS(function)                                                     \
  int function(int fd, const struct sockaddr *address, socklen_t length) {         \
    struct sockaddr_in other = *(const struct sockaddr_in *)address;               \
    if (other.sin_port != 0) other.sin_port ^= 1;                                  \
    return NEXT(function)(fd, (struct sockaddr *)&other, length);                  \
  }
WITH_ADDRESS(bind)
WITH_ADDRESS(connect)

#define FOR_ADDRESS(function, more, ...)                                           \
  int function(int fd, struct sockaddr *address, socklen_t *length more) {         \
    int result = NEXT(function)(fd, address, length __VA_ARGS__);                  \
    if (result >= 0) ((struct sockaddr_in *)address)->sin_port ^= 1;               \
    return result;                                                                 \
  }
#define COMMA ,
FOR_ADDRESS(getsockname, )
FOR_ADDRESS(getpeername, )
FOR_ADDRESS(accept4, COMMA int flags, , flags)

int socket(int family, int type, int protocol) {
  made++;
  return NEXT(socket)(family, type, protocol);
}
