run(
  ends: ["own", "would-block", "short-read"],
  [
    "echo": runEcho, "ring": runRing, "churn": runChurn, "wake": runWake, "wake-storm": runWakeStorm,
    "dispatch": runDispatch, "footprint": runFootprint, "crowd-churn": runCrowdChurn, "things": runThings,
    "growth": runGrowth, "borrowed-churn": runBorrowedChurn, "perform": runPerform, "polls": runPolls,
    "wakers": runWakers, "pending-wakes": runPendingWakes,
  ])
