//! Ring, churn, dispatch and footprint.

use crate::program::{fail, resident_bytes, End, Measuring, Options};
use mio::net::UnixStream;
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Result, Write};
use std::os::fd::AsRawFd;

fn make_pairs(count: usize) -> Result<(Vec<UnixStream>, Vec<UnixStream>)> {
    let pairs: Result<Vec<_>> = (0..count).map(|_| UnixStream::pair()).collect();
    Ok(pairs?.into_iter().unzip())
}

pub fn run_ring(options: &Options) -> Result<()> {
    let (mut readers, mut writers) = make_pairs(options.pairs)?;
    let mut poll = Poll::new()?;
    for (index, reader) in readers.iter_mut().enumerate() {
        poll.registry().register(reader, Token(index), Interest::READABLE)?;
    }
    let mut events = Events::with_capacity(256);
    let mut buffer = [0; 64];
    let drains = options.end == End::WouldBlock;
    let wanted = options.rounds * options.tokens;
    let mut hops = 0;
    let measuring = Measuring::begin();
    for token in 0..options.tokens {
        writers[token * options.pairs / options.tokens].write_all(&[0])?;
    }
    while hops < wanted {
        poll.poll(&mut events, None)?;
        for event in events.iter() {
            let pair = event.token().0;
            let next = if pair + 1 == options.pairs { 0 } else { pair + 1 };
            loop {
                let count = match readers[pair].read(&mut buffer) {
                    Ok(count) => count,
                    Err(error) if error.kind() == ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                };
                if writers[next].write(&buffer[..count])? != count {
                    fail("a pair is full");
                }
                hops += count;
                if !drains {
                    break;
                }
            }
        }
    }
    measuring.end(hops);
    Ok(())
}

pub fn run_churn(options: &Options) -> Result<()> {
    let (mut reader, _writer) = UnixStream::pair()?;
    let poll = Poll::new()?;
    let measuring = Measuring::begin();
    for _ in 0..options.rounds {
        poll.registry().register(&mut reader, Token(1), Interest::READABLE)?;
        poll.registry().reregister(&mut reader, Token(2), Interest::READABLE)?;
        poll.registry().deregister(&mut reader)?;
    }
    measuring.end(options.rounds);
    Ok(())
}

/// Descriptors of one socket: one byte makes all of them ready.
fn make_crowd(count: usize, reader: &UnixStream) -> Vec<i32> {
    let duplicate = |_| {
        // SAFETY: the call makes a descriptor and touches nothing else.
        let descriptor = unsafe { libc::dup(reader.as_raw_fd()) };
        if descriptor < 0 {
            fail("dup failed");
        }
        descriptor
    };
    (0..count).map(duplicate).collect()
}

pub fn run_dispatch(options: &Options) -> Result<()> {
    let (mut reader, mut writer) = UnixStream::pair()?;
    let crowd = make_crowd(options.ready, &reader);
    let mut poll = Poll::new()?;
    for (index, descriptor) in crowd.iter().enumerate() {
        poll.registry().register(&mut SourceFd(descriptor), Token(index), Interest::READABLE)?;
    }
    let mut events = Events::with_capacity(options.ready);
    let (mut readable, mut sum) = (0, 0);
    let measuring = Measuring::begin();
    for _ in 0..options.rounds {
        writer.write_all(&[0])?;
        poll.poll(&mut events, None)?;
        for event in events.iter() {
            readable += event.is_readable() as usize;
            sum += event.token().0;
        }
        reader.read_exact(&mut [0])?;
    }
    if readable != options.rounds * options.ready
        || sum != options.rounds * (options.ready * (options.ready - 1) / 2)
    {
        fail("events were lost");
    }
    measuring.end(readable);
    Ok(())
}

pub fn run_footprint(options: &Options) -> Result<()> {
    use std::os::fd::FromRawFd;
    let (reader, _writer) = UnixStream::pair()?;
    let crowd = make_crowd(options.registrations, &reader);
    let poll = Poll::new()?;
    // The first reading of the figure takes memory itself.
    resident_bytes();
    let before = resident_bytes();
    let mut sources = Vec::with_capacity(crowd.len());
    for (index, descriptor) in crowd.iter().enumerate() {
        // SAFETY: nothing else owns the descriptor.
        let mut source = unsafe { UnixStream::from_raw_fd(*descriptor) };
        poll.registry().register(&mut source, Token(index), Interest::READABLE)?;
        sources.push(source);
    }
    let bytes = resident_bytes() - before;
    println!("operations={} resident_bytes={bytes}", sources.len());
    Ok(())
}
