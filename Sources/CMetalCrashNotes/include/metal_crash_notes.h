// Notes that a thread writes to the standard error if it crashes.

#pragma once

#include <stddef.h>

// Sets the calling thread's note, or removes it if `bytes` is null. The bytes must stay until the note is replaced or removed,
// or until the thread has ended.
void metal_crash_note_set(const void *_Nullable bytes, size_t count);

// Makes a fatal signal write the note of the thread that it occurs in to the standard error. Afterwards the handler runs that was
// there before. To be called once.
void metal_crash_notes_install(void);
