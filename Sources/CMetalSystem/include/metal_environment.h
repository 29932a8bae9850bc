// The environment of the process.

#pragma once

#include <stdlib.h>

// The value of a variable, or null; the bytes stay until the variable is changed.
static inline const char *_Nullable metal_environment(const char *_Nonnull name) { return getenv(name); }
