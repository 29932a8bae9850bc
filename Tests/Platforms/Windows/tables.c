// The standard library's tables of Unicode, which are compiled for the registers of System V.
//
// The build gives each function of the tables another name. The functions here have the names that Swift calls.

#include <stdint.h>

#define PASS(result, name, parameters, arguments)                             \
  __attribute__((sysv_abi)) result table_swift_stdlib_##name parameters;      \
  result _swift_stdlib_##name parameters { return table_swift_stdlib_##name arguments; }

PASS(uint16_t, getNormData, (uint32_t scalar), (scalar))
PASS(uint32_t, getDecompositionEntry, (uint32_t scalar), (scalar))
PASS(uint32_t, getComposition, (uint32_t scalar, uint32_t next), (scalar, next))
PASS(uint8_t, getGraphemeBreakProperty, (uint32_t scalar), (scalar))
PASS(uint8_t, getWordBreakProperty, (uint32_t scalar), (scalar))
PASS(_Bool, isExtendedPictographic, (uint32_t scalar), (scalar))
PASS(_Bool, isInCB_Consonant, (uint32_t scalar), (scalar))
PASS(uint64_t, getBinaryProperties, (uint32_t scalar), (scalar))
PASS(uint8_t, getGeneralCategory, (uint32_t scalar), (scalar))
PASS(uint8_t, getNumericType, (uint32_t scalar), (scalar))
PASS(double, getNumericValue, (uint32_t scalar), (scalar))
PASS(int32_t, getMapping, (uint32_t scalar, uint8_t kind), (scalar, kind))
PASS(const uint8_t *, getSpecialMapping, (uint32_t scalar, uint8_t kind, intptr_t *count), (scalar, kind, count))
PASS(void, getCaseMapping, (uint32_t scalar, uint32_t *mapped), (scalar, mapped))
