// The environment of the process.

#pragma once

#include <stdlib.h>

// Returns the value of a variable, or null. The bytes stay valid until the variable changes.
static inline const char *_Nullable metal_environment(const char *_Nonnull name) { return getenv(name); }
