// The bytes of a stream are a function of the stream's seed and the position, so neither the sending nor the
// verifying side has to remember any, however long the stream.

#ifndef ECHO_LOAD_STREAM_H
#define ECHO_LOAD_STREAM_H

#include <stddef.h>
#include <stdint.h>

enum {
  // So many bytes one call sends or receives at most.
  CHUNK_SIZE = 16384,
};

/// The eight bytes at position 8 * index of a stream.
uint64_t stream_word(uint64_t seed, uint64_t index);

/// Writes the bytes at a position of a stream.
void fill_from_stream(uint64_t seed, uint64_t position, uint8_t *bytes, size_t count);

#endif
