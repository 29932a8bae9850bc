// All functions are inline; SwiftPM wants a C target to have a source file.
#include "CMetalSystem.h"
