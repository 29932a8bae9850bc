//! Ring, churn, dispatch, footprint and wakes.

use crate::{begin_measuring, drains, end_measuring, if_ready, option, report_footprint, resident_bytes};
use mio::net::UnixStream;
use mio::{Events, Interest, Poll, Token, Waker};
use std::io::{Read, Write};
use std::os::unix::net;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{thread::scope, time::Duration};

fn register(poll: &Poll, streams: impl ExactSizeIterator<Item = UnixStream>) -> Vec<UnixStream> {
    let mut sources = Vec::with_capacity(streams.len());
    for (index, mut source) in streams.enumerate() {
        poll.registry().register(&mut source, Token(index), Interest::READABLE).unwrap();
        sources.push(source);
    }
    sources
}

#[no_mangle]
extern "C" fn run_ring() {
    let (pairs, tokens, drains) = (option("pairs", 100), option("tokens", 1), drains());
    let (readers, mut writers): (Vec<_>, Vec<_>) = (0..pairs).map(|_| UnixStream::pair().unwrap()).unzip();
    let mut poll = Poll::new().unwrap();
    let mut readers = register(&poll, readers.into_iter());
    let mut events = Events::with_capacity(256);
    let mut buffer = [0; 64];
    let wanted = option("rounds", 1000) * tokens;
    let mut hops = 0;
    begin_measuring();
    for token in 0..tokens {
        writers[token * pairs / tokens].write_all(&[0]).unwrap();
    }
    while hops < wanted {
        poll.poll(&mut events, None).unwrap();
        for event in events.iter() {
            let pair = event.token().0;
            let next = if pair + 1 == pairs { 0 } else { pair + 1 };
            while let Some(count) = if_ready(readers[pair].read(&mut buffer)).unwrap() {
                assert_eq!(writers[next].write(&buffer[..count]).unwrap(), count, "a pair is full");
                hops += count;
                if !drains {
                    break;
                }
            }
        }
    }
    end_measuring(hops);
}

#[no_mangle]
extern "C" fn run_churn() {
    let (mut reader, _writer) = UnixStream::pair().unwrap();
    let poll = Poll::new().unwrap();
    let rounds = option("rounds", 1000);
    begin_measuring();
    for _ in 0..rounds {
        poll.registry().register(&mut reader, Token(1), Interest::READABLE).unwrap();
        poll.registry().reregister(&mut reader, Token(2), Interest::READABLE).unwrap();
        poll.registry().deregister(&mut reader).unwrap();
    }
    end_measuring(rounds);
}

/// Descriptors of one socket, and the socket's peer: one byte from it makes all of them ready.
fn make_crowd(count: usize) -> (Vec<net::UnixStream>, net::UnixStream) {
    let (reader, writer) = net::UnixStream::pair().unwrap();
    reader.set_nonblocking(true).unwrap();
    ((0..count).map(|_| reader.try_clone().unwrap()).collect(), writer)
}

#[no_mangle]
extern "C" fn run_dispatch() {
    let (ready, rounds) = (option("ready", 1000), option("rounds", 1000));
    let (readers, mut writer) = make_crowd(ready);
    let mut poll = Poll::new().unwrap();
    let mut readers = register(&poll, readers.into_iter().map(UnixStream::from_std));
    let mut events = Events::with_capacity(ready);
    let (mut readable, mut sum) = (0, 0);
    begin_measuring();
    for _ in 0..rounds {
        writer.write_all(&[0]).unwrap();
        poll.poll(&mut events, None).unwrap();
        for event in events.iter() {
            readable += event.is_readable() as usize;
            sum += event.token().0;
        }
        readers[0].read_exact(&mut [0]).unwrap();
    }
    assert_eq!((readable, sum), (rounds * ready, rounds * ready * (ready - 1) / 2), "events were lost");
    end_measuring(readable);
}

#[no_mangle]
extern "C" fn run_footprint() {
    let (readers, _writer) = make_crowd(option("registrations", 10_000));
    let poll = Poll::new().unwrap();
    let before = resident_bytes();
    let sources = register(&poll, readers.into_iter().map(UnixStream::from_std));
    report_footprint(sources.len(), resident_bytes() - before);
}

/// A poll on which a thread sleeps until it is woken.
fn make_bed() -> (impl FnMut(Option<Duration>) -> usize, Waker) {
    let (mut poll, mut events) = (Poll::new().unwrap(), Events::with_capacity(4));
    let waker = Waker::new(poll.registry(), Token(0)).unwrap();
    // Returns how many wakes were seen, of which many make one.
    let wait = move |timeout| {
        poll.poll(&mut events, timeout).unwrap();
        events.iter().count()
    };
    (wait, waker)
}

#[no_mangle]
extern "C" fn run_wake() {
    let rounds = option("rounds", 1000);
    let ((mut wait, waker), (mut wait_there, waker_there)) = (make_bed(), make_bed());
    scope(|threads| {
        threads.spawn(|| {
            for _ in 0..rounds {
                while wait_there(None) == 0 {}
                waker.wake().unwrap();
            }
        });
        begin_measuring();
        for _ in 0..rounds {
            waker_there.wake().unwrap();
            while wait(None) == 0 {}
        }
        end_measuring(rounds);
    });
}

#[no_mangle]
extern "C" fn run_wake_storm() {
    let (rounds, count) = (option("rounds", 1000), option("threads", 1));
    let (mut wait, waker) = make_bed();
    let working = AtomicUsize::new(count);
    scope(|threads| {
        begin_measuring();
        for _ in 0..count {
            threads.spawn(|| {
                for _ in 0..rounds {
                    waker.wake().unwrap();
                }
                working.fetch_sub(1, Ordering::Release);
            });
        }
        let mut heard = 0;
        while working.load(Ordering::Acquire) > 0 {
            heard += wait(Some(Duration::ZERO));
        }
        heard += wait(Some(Duration::ZERO));
        assert!(heard > 0, "no wake was heard");
        end_measuring(rounds * count);
    });
}
