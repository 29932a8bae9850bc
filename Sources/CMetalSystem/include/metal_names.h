// Resolution of the names of hosts and services. Every build uses libc for the resolution, because the kernel resolves
// no names.

#pragma once

#include <netdb.h>

#include "metal_calls.h"

// Codes that some systems lack. glibc has both codes, but hides them from programs that do not request GNU extensions.
enum {
#if defined(EAI_NODATA)
  METAL_EAI_NODATA = EAI_NODATA,
#elif defined(__GLIBC__)
  METAL_EAI_NODATA = -5,
#else
  METAL_EAI_NODATA = EAI_NONAME,
#endif
#if defined(EAI_ADDRFAMILY)
  METAL_EAI_ADDRFAMILY = EAI_ADDRFAMILY,
#elif defined(__GLIBC__)
  METAL_EAI_ADDRFAMILY = -9,
#else
  METAL_EAI_ADDRFAMILY = EAI_NONAME,
#endif
};

// The addresses of a name, or the reason for the failure: a code of getaddrinfo and, for EAI_SYSTEM, the errno.
struct metal_resolution {
  struct addrinfo *_Nullable first;
  int code;
  int error_number;
};

// Resolves a name in a blocking call. The hints contain the protocol. Some systems have several protocols for a kind of
// socket, and would otherwise return each address once per protocol.
static inline struct metal_resolution metal_resolve(const char *_Nonnull host, const char *_Nullable service, int family,
                                                    int kind) {
  struct addrinfo hints = {.ai_family = family,
                           .ai_socktype = kind,
                           .ai_protocol = kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP};
  struct metal_resolution resolution = {0};
  resolution.code = getaddrinfo(host, service, &hints, &resolution.first);
  if (resolution.code == EAI_SYSTEM) resolution.error_number = errno;
  if (resolution.code != 0) resolution.first = NULL;
  return resolution;
}

static inline void metal_resolution_free(struct metal_resolution resolution) {
  if (resolution.first) freeaddrinfo(resolution.first);
}

// Returns the system's text for a code of getaddrinfo. The text stays valid.
static inline const char *_Nonnull metal_resolution_words(int code) {
  const char *words = gai_strerror(code);
  return words ? words : "";
}
