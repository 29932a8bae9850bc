#include "stream.h"

#include <string.h>

uint64_t stream_word(uint64_t seed, uint64_t index) {
  // Both factors are odd, so that no bit gets lost.
  uint64_t word = (index + 1) * 0xD1B54A32D192ED03u ^ (seed + 1) * 0xABC98388FB8FAC03u;
  word = (word ^ word >> 29) * 0x8CB92BA72F3D8DD7u;
  word = (word ^ word >> 31) * 0xD1B54A32D192ED03u;
  return word ^ word >> 32;
}

void fill_from_stream(uint64_t seed, uint64_t position, uint8_t *bytes, size_t count) {
  size_t done = 0;
  while (done < count) {
    uint64_t word = stream_word(seed, (position + done) / 8);
    size_t offset = (position + done) % 8;
    size_t length = 8 - offset < count - done ? 8 - offset : count - done;
    memcpy(bytes + done, (const uint8_t *)&word + offset, length);
    done += length;
  }
}
