//! A server that sends back what it receives, until as many connections as were announced have ended.

use crate::program::{End, Measuring, Options};
use mio::net::{TcpListener, TcpStream};
use mio::{event::Event, Events, Interest, Poll, Registry, Token};
use std::io::{ErrorKind, Read, Result, Write};

const LISTENER: Token = Token(usize::MAX);
const BUFFER_SIZE: usize = 4096;

struct Connection {
    stream: TcpStream,
    /// What the socket did not take yet.
    pending: Vec<u8>,
}

/// Connections by token; a place that was given up is taken again.
#[derive(Default)]
struct Connections {
    places: Vec<Option<Connection>>,
    free: Vec<usize>,
}

impl Connections {
    fn next_token(&self) -> Token {
        Token(self.free.last().copied().unwrap_or(self.places.len()))
    }

    fn insert(&mut self, connection: Connection) {
        match self.free.pop() {
            Some(place) => self.places[place] = Some(connection),
            None => self.places.push(Some(connection)),
        }
    }

    fn remove(&mut self, token: Token) {
        self.places[token.0] = None;
        self.free.push(token.0);
    }
}

fn if_ready(result: Result<usize>) -> Result<Option<usize>> {
    match result {
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(error),
    }
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

fn accept(listener: &TcpListener, connections: &mut Connections, registry: &Registry) -> Result<()> {
    loop {
        let mut stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nodelay(true)?;
        let interests = Interest::READABLE | Interest::WRITABLE;
        registry.register(&mut stream, connections.next_token(), interests)?;
        connections.insert(Connection { stream, pending: Vec::new() });
    }
}

pub fn run(options: &Options) -> Result<()> {
    let mut poll = Poll::new()?;
    let mut events = Events::with_capacity(256);
    let mut listener = TcpListener::bind(([127, 0, 0, 1], options.port).into())?;
    poll.registry().register(&mut listener, LISTENER, Interest::READABLE)?;
    println!("READY {}", listener.local_addr()?.port());
    let measuring = Measuring::begin();
    let full_read = if options.end == End::WouldBlock { 0 } else { BUFFER_SIZE };
    let mut connections = Connections::default();
    let mut buffer = [0; BUFFER_SIZE];
    let mut remaining = options.connections;
    while remaining > 0 {
        match poll.poll(&mut events, None) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            result => result?,
        }
        for event in events.iter() {
            if event.token() == LISTENER {
                accept(&listener, &mut connections, poll.registry())?;
                continue;
            }
            let Some(connection) = &mut connections.places[event.token().0] else { continue };
            if !connection.serve(event, &mut buffer, full_read).unwrap_or(false) {
                connections.remove(event.token());
                remaining -= 1;
            }
        }
    }
    measuring.end(options.connections);
    Ok(())
}
