//! Threads that wake each other.

use crate::program::{cannot, fail, Measuring, Options};
use mio::{Events, Poll, Token, Waker};
use std::io::Result;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;
use std::time::Duration;

/// Where a thread sleeps until it is woken.
struct Bed {
    poll: Poll,
    events: Events,
}

impl Bed {
    fn new() -> Result<(Bed, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), Token(0))?);
        Ok((Bed { poll, events: Events::with_capacity(4) }, waker))
    }

    fn sleep(&mut self) -> Result<()> {
        loop {
            self.poll.poll(&mut self.events, None)?;
            if !self.events.is_empty() {
                return Ok(());
            }
        }
    }

    /// Does not sleep; returns how many wakes were seen, of which many make one.
    fn look(&mut self) -> Result<usize> {
        self.poll.poll(&mut self.events, Some(Duration::ZERO))?;
        Ok(self.events.iter().count())
    }
}

pub fn run_wake(options: &Options) -> Result<()> {
    let rounds = options.rounds;
    let (mut first, first_waker) = Bed::new()?;
    let (mut second, second_waker) = Bed::new()?;
    // The wake of a waker that is gone is lost, so this one is kept until both are done.
    let kept = first_waker.clone();
    let thread = std::thread::spawn(move || -> Result<()> {
        for _ in 0..rounds {
            second.sleep()?;
            first_waker.wake()?;
        }
        Ok(())
    });
    let measuring = Measuring::begin();
    for _ in 0..rounds {
        second_waker.wake()?;
        first.sleep()?;
    }
    measuring.end(rounds);
    drop(kept);
    thread.join().unwrap_or_else(|_| fail("a thread failed"))
}

pub fn run_wake_storm(options: &Options) -> Result<()> {
    if options.threads > 64 {
        cannot("64 threads are the most");
    }
    let rounds = options.rounds;
    let (mut bed, waker) = Bed::new()?;
    let working = Arc::new(AtomicUsize::new(options.threads));
    let measuring = Measuring::begin();
    for _ in 0..options.threads {
        let (waker, working) = (waker.clone(), working.clone());
        std::thread::spawn(move || {
            for _ in 0..rounds {
                if waker.wake().is_err() {
                    fail("a wake failed");
                }
            }
            working.fetch_sub(1, Ordering::Release);
        });
    }
    let mut heard = 0;
    while working.load(Ordering::Acquire) > 0 {
        heard += bed.look()?;
    }
    heard += bed.look()?;
    if heard == 0 {
        fail("no wake was heard");
    }
    measuring.end(rounds * options.threads);
    Ok(())
}
