// SwiftNIO as its users write it: channels with a handler, and one event loop. Channels own what they register and read
// by themselves, so most scenarios without a server are not its.
run(ends: ["own"], ["echo": runEcho, "wake": runWake, "wake-storm": runWakeStorm, "footprint": runFootprint])
