// Notes that a thread writes to the standard error if the thread crashes.

#pragma once

#include <stddef.h>

// Sets the note of the calling thread, or removes it if `bytes` is null. The bytes must stay valid until the thread
// replaces or removes the note, or until the thread ends.
void metal_crash_note_set(const void *_Nullable bytes, size_t count);

// Installs handlers for fatal signals. If a thread gets a fatal signal, the handler writes the note of that thread to
// the standard error. Then the handler runs the previous handler. The program calls this function once.
void metal_crash_notes_install(void);
