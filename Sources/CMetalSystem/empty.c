// All functions are inline. SwiftPM requires a source file for a C target.
#include "CMetalSystem.h"
