//! The command line, the clocks and the result line.

use std::time::Instant;

/// How a reading ends that an event began.
#[derive(Clone, Copy, PartialEq)]
pub enum End {
    Own,
    Level,
    WouldBlock,
    ShortRead,
}

/// The command line behind the scenario.
pub struct Options {
    pub end: End,
    pub connections: usize,
    pub pairs: usize,
    pub tokens: usize,
    pub rounds: usize,
    pub threads: usize,
    pub ready: usize,
    pub registrations: usize,
    pub port: u16,
}

impl Options {
    pub fn parse(mut arguments: impl Iterator<Item = String>) -> Options {
        let mut options = Options {
            end: End::Own,
            connections: 1,
            pairs: 100,
            tokens: 1,
            rounds: 1000,
            threads: 1,
            ready: 1000,
            registrations: 10_000,
            port: 0,
        };
        while let Some(argument) = arguments.next() {
            let number = match argument.as_str() {
                "--end" => {
                    options.end = match arguments.next().as_deref() {
                        Some("own") => End::Own,
                        Some("level") => End::Level,
                        Some("would-block") => End::WouldBlock,
                        Some("short-read") => End::ShortRead,
                        _ => fail_usage(),
                    };
                    continue;
                }
                "--connections" => &mut options.connections,
                "--pairs" => &mut options.pairs,
                "--tokens" => &mut options.tokens,
                "--rounds" => &mut options.rounds,
                "--threads" => &mut options.threads,
                "--ready" => &mut options.ready,
                "--registrations" => &mut options.registrations,
                port => {
                    options.port = port.parse().unwrap_or_else(|_| fail_usage());
                    continue;
                }
            };
            let word = arguments.next().unwrap_or_default();
            *number = word.parse().ok().filter(|&n| n >= 1).unwrap_or_else(|| fail_usage());
        }
        options
    }
}

fn exit(message: &str, status: i32) -> ! {
    eprintln!("{message}");
    std::process::exit(status)
}

pub fn fail_usage() -> ! {
    exit("usage: SYSTEM SCENARIO [--option value]... [PORT]; see Benchmarks/README.md", 2)
}

pub fn fail(message: &str) -> ! {
    exit(&format!("mio: {message}"), 1)
}

pub fn cannot(why: &str) -> ! {
    exit(&format!("mio: {why}"), 3)
}

pub fn raise_descriptor_limit() {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: both calls use the local structure only.
    unsafe {
        libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        limit.rlim_cur = limit.rlim_max;
        libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
    }
}

/// The measured part of a scenario.
pub struct Measuring {
    began: Instant,
    user: u64,
    system: u64,
}

impl Measuring {
    pub fn begin() -> Measuring {
        let (user, system) = processor_time();
        Measuring { began: Instant::now(), user, system }
    }

    /// Prints the result line.
    pub fn end(self, operations: usize) {
        let wall = self.began.elapsed().as_nanos();
        let (user, system) = processor_time();
        println!(
            "operations={operations} wall_ns={wall} user_ns={} system_ns={}",
            user - self.user,
            system - self.system
        );
    }
}

fn processor_time() -> (u64, u64) {
    // SAFETY: the structure is plain numbers, and the call writes to it only.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let nanoseconds = |time: libc::timeval| time.tv_sec as u64 * 1_000_000_000 + time.tv_usec as u64 * 1000;
    (nanoseconds(usage.ru_utime), nanoseconds(usage.ru_stime))
}

/// How many bytes of memory the process has taken, without those of files that are mapped; counted page by page, since
/// `/proc/self/statm` may be tens of pages behind.
pub fn resident_bytes() -> i64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("/proc/self/smaps_rollup");
    let line = text.lines().find(|line| line.starts_with("Anonymous:")).expect("a line of the resident memory");
    let kibibytes: i64 = line.split_whitespace().nth(1).and_then(|word| word.parse().ok()).expect("a number");
    kibibytes * 1024
}
