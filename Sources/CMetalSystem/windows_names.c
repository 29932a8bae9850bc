// Windows: the resolution of names, and the environment of the process.
//
// Source: getaddrinfo and GetEnvironmentVariableW; Microsoft's documentation.

#ifdef _WIN32

#include <stdlib.h>

#include "windows_shared.h"

// MARK: Names

METAL_IS_AT(metal_address_info, ai_flags, addrinfo, ai_flags);
METAL_IS_AT(metal_address_info, ai_family, addrinfo, ai_family);
METAL_IS_AT(metal_address_info, ai_socktype, addrinfo, ai_socktype);
METAL_IS_AT(metal_address_info, ai_protocol, addrinfo, ai_protocol);
METAL_IS_AT(metal_address_info, ai_addrlen, addrinfo, ai_addrlen);
METAL_IS_AT(metal_address_info, ai_canonname, addrinfo, ai_canonname);
METAL_IS_AT(metal_address_info, ai_addr, addrinfo, ai_addr);
METAL_IS_AT(metal_address_info, ai_next, addrinfo, ai_next);
_Static_assert(sizeof(struct metal_address_info) == sizeof(struct addrinfo), "addrinfo");

struct metal_resolution metal_resolve(const char *host, const char *service, int family, int kind) {
  struct addrinfo hints = {
      .ai_family = family, .ai_socktype = kind, .ai_protocol = kind == SOCK_STREAM ? IPPROTO_TCP : IPPROTO_UDP};
  struct metal_resolution resolution = {0};
  struct addrinfo *first = NULL;
  resolution.code = metal_windows_start();
  if (resolution.code == 0) resolution.code = getaddrinfo(host, service, &hints, &first);
  if (resolution.code == 0) resolution.first = (struct metal_address_info *)first;
  return resolution;
}

void metal_resolution_free(struct metal_resolution resolution) {
  if (resolution.first) freeaddrinfo((struct addrinfo *)resolution.first);
}

// This function has its own texts, because the text of gai_strerror on Windows is valid only until the next call.
const char *metal_resolution_words(int code) {
  switch (code) {
    case EAI_NONAME: return "The host is unknown.";
    case WSANO_DATA: return "The host has no address of the family.";
    case EAI_AGAIN: return "No server has answered.";
    case EAI_FAIL: return "A server has refused to answer.";
    case EAI_SERVICE: return "The service is unknown for this kind of socket.";
    case EAI_FAMILY: return "The system does not resolve names for the family.";
    case EAI_SOCKTYPE: return "The system does not resolve names for the kind of socket.";
    case EAI_BADFLAGS: return "The system does not accept an argument.";
    case EAI_MEMORY: return "The system has no memory for the resolution.";
    default: return "The system could not resolve the name.";
  }
}

// MARK: The environment

// A value that metal_environment has returned.
struct variable {
  struct variable *next;
  char *name, *value;
};

// Values stay in the list, because a caller may still read them. The list gets another entry for a variable only if the
// variable has changed.
static struct variable *variables;
static SRWLOCK variables_lock = SRWLOCK_INIT;

// Returns the text in UTF-8, or null.
static char *narrow(const wchar_t *text) {
  int size = WideCharToMultiByte(CP_UTF8, 0, text, -1, NULL, 0, NULL, NULL);
  char *result = size > 0 ? malloc((size_t)size) : NULL;
  if (result != NULL) WideCharToMultiByte(CP_UTF8, 0, text, -1, result, size, NULL, NULL);
  return result;
}

// Returns the value in UTF-8, or null if the variable is not set.
static char *value_of(const char *name) {
  wchar_t wide[256];
  if (MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, name, -1, wide, 256) == 0) return NULL;
  // A value has at most 32,767 units. Another thread may change the variable, so the buffer has room for any value.
  wchar_t *buffer = malloc(32768 * sizeof *buffer);
  if (buffer == NULL) return NULL;
  SetLastError(ERROR_SUCCESS);
  DWORD length = GetEnvironmentVariableW(wide, buffer, 32768);
  int is_set = length < 32768 && (length > 0 || GetLastError() == ERROR_SUCCESS);
  char *value = is_set ? narrow(buffer) : NULL;
  free(buffer);
  return value;
}

const char *metal_environment(const char *name) {
  char *value = value_of(name);
  if (value == NULL) return NULL;
  AcquireSRWLockExclusive(&variables_lock);
  struct variable *entry = variables;
  while (entry != NULL && (strcmp(entry->name, name) != 0 || strcmp(entry->value, value) != 0)) entry = entry->next;
  if (entry != NULL) {
    free(value);
  } else if ((entry = malloc(sizeof *entry)) != NULL && (entry->name = _strdup(name)) != NULL) {
    entry->value = value;
    entry->next = variables;
    variables = entry;
  } else {
    free(entry);
    free(value);
    entry = NULL;
  }
  ReleaseSRWLockExclusive(&variables_lock);
  return entry != NULL ? entry->value : NULL;
}

#endif
