// Darwin and the BSDs: kqueue.

#pragma once

#if defined(__APPLE__) || defined(__FreeBSD__) || defined(__OpenBSD__) || defined(__NetBSD__)

#include <sys/types.h>
#include <sys/event.h>
#include <sys/time.h>

#include "metal_calls.h"

#ifndef EVFILT_USER
#error "The selector needs EVFILT_USER. Use OpenBSD 7.8 or later, or NetBSD 10 or later."
#endif

// struct kevent in the layout of Swift's KernelEvent. On a 32-bit system with 64 bits of `data`, the layouts differ,
// and this file does not compile.
struct metal_kernel_event {
  uintptr_t ident;
#ifdef __NetBSD__
  uint32_t filter;
  uint32_t flags;
#else
  int16_t filter;
  uint16_t flags;
#endif
  uint32_t filter_flags;
  intptr_t data;
  uintptr_t token;
#if defined(__FreeBSD__) || defined(__NetBSD__)
  uint64_t reserved[4];
#endif
};

#define METAL_KERNEL_EVENT_HAS(field, original)                                                                    \
  _Static_assert(offsetof(struct metal_kernel_event, field) == offsetof(struct kevent, original) &&                \
                     sizeof(((struct metal_kernel_event *)0)->field) == sizeof(((struct kevent *)0)->original),    \
                 #original)

_Static_assert(sizeof(struct metal_kernel_event) == sizeof(struct kevent), "kevent");
METAL_KERNEL_EVENT_HAS(ident, ident);
METAL_KERNEL_EVENT_HAS(filter, filter);
METAL_KERNEL_EVENT_HAS(flags, flags);
METAL_KERNEL_EVENT_HAS(filter_flags, fflags);
METAL_KERNEL_EVENT_HAS(data, data);
METAL_KERNEL_EVENT_HAS(token, udata);
#if defined(__FreeBSD__) || defined(__NetBSD__)
METAL_KERNEL_EVENT_HAS(reserved, ext);
#endif

#undef METAL_KERNEL_EVENT_HAS

// KernelEvent.swift and KernelEventLayout.swift contain the same numbers as the next lines.

#if defined(__NetBSD__)
_Static_assert(EVFILT_READ == 0 && EVFILT_WRITE == 1 && EVFILT_USER == 8, "kqueue's filters");
#elif defined(__FreeBSD__)
_Static_assert(EVFILT_READ == -1 && EVFILT_WRITE == -2 && EVFILT_USER == -11, "kqueue's filters");
#else
_Static_assert(EVFILT_READ == -1 && EVFILT_WRITE == -2 && EVFILT_USER == -10, "kqueue's filters");
#endif

_Static_assert(EV_ADD == 0x0001 && EV_DELETE == 0x0002 && EV_ENABLE == 0x0004 && EV_DISABLE == 0x0008 &&
                   EV_ONESHOT == 0x0010 && EV_CLEAR == 0x0020 && EV_RECEIPT == 0x0040 && EV_DISPATCH == 0x0080 &&
                   EV_ERROR == 0x4000 && EV_EOF == 0x8000,
               "kqueue's flags");

_Static_assert(NOTE_FFNOP == 0 && NOTE_FFAND == 0x40000000u && NOTE_FFOR == 0x80000000u &&
                   NOTE_FFCOPY == 0xC0000000u && NOTE_FFCTRLMASK == 0xC0000000u && NOTE_FFLAGSMASK == 0x00FFFFFFu &&
                   NOTE_TRIGGER == 0x01000000u && NOTE_LOWAT == 0x0001,
               "the flags of kqueue's filters");

static inline int metal_kqueue(void) { return (int)metal_result(kqueue()); }

// The lists have the layout of struct kevent. A list may be null if its count is 0.

static inline int metal_kevent(int queue, const void *_Nullable changes, int change_count, void *_Nullable events,
                               int capacity, int64_t nanoseconds) {
  struct timespec timeout = metal_timespec(nanoseconds);
  return (int)metal_result(kevent(queue, (const struct kevent *)changes, change_count, (struct kevent *)events, capacity,
                                  &timeout));
}

// Calls kevent like metal_kevent, but without a timeout.
static inline int metal_kevent_forever(int queue, const void *_Nullable changes, int change_count,
                                       void *_Nullable events, int capacity) {
  return (int)metal_result(kevent(queue, (const struct kevent *)changes, change_count, (struct kevent *)events, capacity,
                                  NULL));
}

#endif
