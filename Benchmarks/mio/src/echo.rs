//! A server that sends back what it receives, until as many connections as were announced have ended.

use crate::{begin_measuring, drains, end_measuring, if_ready, option, print_ready};
use mio::net::{TcpListener, TcpStream};
use mio::{event::Event, Events, Interest, Poll, Token};
use std::io::{ErrorKind, Read, Result, Write};

const LISTENER: Token = Token(usize::MAX);
const BUFFER_SIZE: usize = 4096;

struct Connection {
    stream: TcpStream,
    /// What the socket did not take yet.
    pending: Vec<u8>,
}

impl Connection {
    /// Returns whether the connection goes on.
    fn serve(&mut self, event: &Event, buffer: &mut [u8; BUFFER_SIZE], full_read: usize) -> Result<bool> {
        if !self.pending.is_empty() {
            if !self.flush()? {
                return Ok(true);
            }
        } else if !event.is_readable() && !event.is_read_closed() && !event.is_error() {
            return Ok(true);
        }
        // The end may have been announced together with the last bytes: then only a read that finds it is the last.
        let full_read = if event.is_read_closed() { 0 } else { full_read };
        while let Some(count) = if_ready(self.stream.read(buffer))? {
            if count == 0 {
                return Ok(false);
            }
            let written = if_ready(self.stream.write(&buffer[..count]))?.unwrap_or(0);
            if written < count {
                self.pending.extend_from_slice(&buffer[written..count]);
                if !self.flush()? {
                    return Ok(true);
                }
            }
            if count < full_read {
                return Ok(true);
            }
        }
        Ok(true)
    }

    /// Writes what is pending; returns whether nothing is left.
    fn flush(&mut self) -> Result<bool> {
        while !self.pending.is_empty() {
            match if_ready(self.stream.write(&self.pending))? {
                Some(count) => drop(self.pending.drain(..count)),
                None => return Ok(false),
            }
        }
        Ok(true)
    }
}

#[no_mangle]
extern "C" fn run_echo() {
    let full_read = if drains() { 0 } else { BUFFER_SIZE };
    let mut poll = Poll::new().unwrap();
    let mut events = Events::with_capacity(256);
    let mut listener = TcpListener::bind(([127, 0, 0, 1], 0).into()).unwrap();
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE).unwrap();
    print_ready(listener.local_addr().unwrap().port());
    begin_measuring();
    // Connections by token; a place that was given up is taken again.
    let mut places: Vec<Option<Connection>> = Vec::new();
    let mut free = Vec::new();
    let mut buffer = [0; BUFFER_SIZE];
    let mut remaining = option("connections", 1);
    while remaining > 0 {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result.unwrap(),
        }
        for event in events.iter() {
            let place = event.token().0;
            if event.token() == LISTENER {
                while let Some((mut stream, _)) = if_ready(listener.accept()).unwrap() {
                    stream.set_nodelay(true).unwrap();
                    let place = free.pop().unwrap_or(places.len());
                    let interests = Interest::READABLE | Interest::WRITABLE;
                    poll.registry().register(&mut stream, Token(place), interests).unwrap();
                    let connection = Some(Connection { stream, pending: Vec::new() });
                    match places.get_mut(place) {
                        Some(free) => *free = connection,
                        None => places.push(connection),
                    }
                }
            } else if let Some(connection) = &mut places[place] {
                if !connection.serve(event, &mut buffer, full_read).unwrap_or(false) {
                    places[place] = None;
                    free.push(place);
                    remaining -= 1;
                }
            }
        }
    }
    end_measuring(option("connections", 1));
}
