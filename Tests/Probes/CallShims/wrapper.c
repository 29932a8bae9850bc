// A library to load before a program, in the place of libc's functions of sockets, as tools and kernel-bypass libraries are:
// TCP over IPv4 becomes Unix-domain sockets, whose names are the ports. A program does not get far if only half of its calls
// come here. At the end it says how many sockets it has made.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define NEXT(function) ((__typeof__(&function))dlsym(RTLD_NEXT, #function))

static int made;

__attribute__((destructor)) static void report(void) { fprintf(stderr, "wrapper: %d sockets\n", made); }

// Calls a function with the name for an address; a port of 0 becomes another one.
#define WITH_NAME(function)                                                                               \
  int function(int fd, const struct sockaddr *address, socklen_t length) {                                \
    unsigned port = ntohs(((const struct sockaddr_in *)address)->sin_port);                               \
    struct sockaddr_un name = {.sun_family = AF_UNIX};                                                    \
    int count = sprintf(name.sun_path + 1, "metal-io-%d-%u", getpid(), port ? port : 40000u + (unsigned)fd); \
    length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)count);                     \
    return NEXT(function)(fd, (struct sockaddr *)&name, length);                                          \
  }
WITH_NAME(bind)
WITH_NAME(connect)

static int give_address(int result, const struct sockaddr_un *name, struct sockaddr *address, socklen_t *length) {
  unsigned port = 0;
  sscanf(name->sun_path + 1, "metal-io-%*d-%u", &port);
  struct sockaddr_in internet = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
  internet.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (result < 0) return result;
  memcpy(address, &internet, sizeof internet);
  *length = sizeof internet;
  return result;
}

#define FOR_ADDRESS(function, more, ...)                                            \
  int function(int fd, struct sockaddr *address, socklen_t *length more) {          \
    struct sockaddr_un name = {0};                                                  \
    socklen_t size = sizeof name;                                                   \
    int result = NEXT(function)(fd, (struct sockaddr *)&name, &size __VA_ARGS__);   \
    return give_address(result, &name, address, length);                            \
  }
#define COMMA ,
FOR_ADDRESS(getsockname, )
FOR_ADDRESS(getpeername, )
FOR_ADDRESS(accept4, COMMA int flags, , flags)

int socket(int family, int type, int protocol) {
  made++;
  return NEXT(socket)(family == AF_INET ? AF_UNIX : family, type, protocol);
}
