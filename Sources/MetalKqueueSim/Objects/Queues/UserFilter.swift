internal import MetalKqueue

/// The filter for events that the program itself triggers.
enum UserFilter {
  /// It fires when it was triggered, and until it is taken back (U1).
  static func condition(_ knote: Knote) -> Condition {
    Condition(isTrue: knote.isTriggered, data: knote.data)
  }

  /// Makes a user event of a first change (U4).
  static func attach(_ knote: Knote, _ change: KernelEvent, _ profile: KernelProfile) {
    knote.isTriggered = profile.queues.triggersOnFirstAdd && change.filterFlags & UserEventFlags.trigger != 0
    knote.filterFlags = change.filterFlags & UserEventFlags.bitsMask
  }

  /// Takes over what a further change says (U2, U3, U5).
  static func touch(_ knote: Knote, _ change: KernelEvent, _ world: World) {
    let bits = change.filterFlags & UserEventFlags.bitsMask
    switch change.filterFlags & UserEventFlags.controlMask {
    case UserEventFlags.and: knote.filterFlags &= bits
    case UserEventFlags.or: knote.filterFlags |= bits
    case UserEventFlags.copy: knote.filterFlags = bits
    default: break
    }
    knote.data = change.data
    if change.filterFlags & UserEventFlags.trigger != 0 {
      knote.isTriggered = true
      // A program that wakes itself gets on, although no time passes.
      world.idlePolls = 0
    }
    if world.profile.queues.clearResetsTrigger, change.flags.contains(.clear) { knote.isTriggered = false }
  }

  /// Takes back the trigger of an event that was delivered and reports edges; what was stored stays.
  static func consume(_ knote: Knote) {
    knote.isTriggered = false
  }
}
