//! SYSTEM SCENARIO [--option value]… [PORT]: Benchmarks/README.md says what that means.

mod echo;
mod loops;
mod program;
mod wakes;

use program::{cannot, fail_usage, End, Options};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let scenario = arguments.next().unwrap_or_else(|| fail_usage());
    let options = Options::parse(arguments);
    program::raise_descriptor_limit();
    if options.end == End::Level {
        cannot("its events are edge-triggered");
    }
    match scenario.as_str() {
        "echo" => echo::run(&options),
        "ring" => loops::run_ring(&options),
        "churn" => loops::run_churn(&options),
        "dispatch" => loops::run_dispatch(&options),
        "footprint" => loops::run_footprint(&options),
        "wake" => wakes::run_wake(&options),
        "wake-storm" => wakes::run_wake_storm(&options),
        _ => fail_usage(),
    }
}
