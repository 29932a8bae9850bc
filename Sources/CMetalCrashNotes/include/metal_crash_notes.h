// Notes that a thread writes to the standard error if the thread crashes.

#pragma once

#include <stddef.h>

// Sets the note of the calling thread, or removes it if `bytes` is null. The bytes must stay valid until the note is
// replaced or removed, or until the thread ends.
void metal_crash_note_set(const void *_Nullable bytes, size_t count);

// Installs handlers for fatal signals. A handler writes the note of the thread that the signal occurs in to the
// standard error. Then the handler runs the previous handler. The program calls this function once.
void metal_crash_notes_install(void);
