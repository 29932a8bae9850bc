internal import MetalKqueue

// The filter for events that the program itself triggers.

extension Knote {
  /// Begins a user event by its first change (U4).
  func begin(_ change: KernelEvent) {
    let isTrigger = change.filterFlags & UserEventFlags.trigger != 0
    isTriggered = isTrigger && queue.kernel.profile.queues.triggersOnFirstAdd
    filterFlags = change.filterFlags & UserEventFlags.bitsMask
  }

  /// Applies a further change to a user event (U2, U3, U5).
  func update(_ change: KernelEvent, _ world: World) {
    let bits = change.filterFlags & UserEventFlags.bitsMask
    switch change.filterFlags & UserEventFlags.controlMask {
    case UserEventFlags.and: filterFlags &= bits
    case UserEventFlags.or: filterFlags |= bits
    case UserEventFlags.copy: filterFlags = bits
    default: break
    }
    data = change.data
    if change.filterFlags & UserEventFlags.trigger != 0 {
      isTriggered = true
      // A program that wakes itself makes progress, although no time passes.
      world.idlePolls = 0
    }
    if world.profile.queues.clearResetsTrigger, change.flags.contains(.clear) { isTriggered = false }
  }
}
