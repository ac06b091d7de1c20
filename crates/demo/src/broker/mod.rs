//! The broker: one task owns all sessions, one task a connection talks to it by events.
//!
//! Memory is bounded whatever clients do: what is read waits for room, what is to be written has a
//! limit for each client, and the retained messages have one together. What does not fit is
//! dropped and counted under `$SYS/broker/publish/messages/dropped`.

mod actor;
mod arrival;
mod connection;
mod limits;
mod message;
mod outgoing;
mod packets;
mod retained;
mod routing;
mod session;
mod subscribing;
mod system;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::DemoError;
use actor::{Event, LinkId};
use connection::Events;

/// A running broker on 127.0.0.1. Dropping it ends it at once, with all connections.
#[derive(Debug)]
pub struct Broker {
    address: SocketAddr,
    events: mpsc::Sender<Event>,
    /// Dropped, it aborts what runs in it.
    tasks: JoinSet<()>,
}

impl Broker {
    /// Listens on 127.0.0.1, on any free port if `port` is `None`. Must be called inside a Tokio
    /// runtime with IO and time, on which the broker then runs.
    ///
    /// # Errors
    /// [`DemoError::Listen`] and [`DemoError::Runtime`].
    pub fn start(port: Option<u16>) -> Result<Self, DemoError> {
        let runtime = Handle::try_current().map_err(|_| DemoError::Runtime)?;
        let port = port.unwrap_or_default();
        let failed = |source| DemoError::Listen { port, source };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;

        let (sender, receiver) = mpsc::channel(limits::EVENTS);
        let events =
            Events { sender: sender.clone(), room: Arc::new(Semaphore::new(limits::UNREAD)) };
        let mut tasks = JoinSet::new();
        tasks.spawn_on(actor::run(receiver), &runtime);
        tasks.spawn_on(accept(listener, events), &runtime);
        Ok(Self { address, events: sender, tasks })
    }

    /// Where clients connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Tells the clients, closes their connections and gives the port back.
    pub async fn stop(mut self) {
        // If the actor is gone already, there is nobody left to tell.
        let _ = self.events.send(Event::Stop).await;
        while self.tasks.join_next().await.is_some() {}
    }
}

/// Accepts connections until the actor has ended, and then waits for what is still being written.
async fn accept(listener: tokio::net::TcpListener, events: Events) {
    let next = AtomicU64::new(1);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // What cannot be accepted (no file handles, gone already) is the client's loss.
                if let Ok((stream, _)) = accepted && connections.len() < limits::CONNECTIONS {
                    let link = LinkId(next.fetch_add(1, Ordering::Relaxed));
                    connections.spawn(connection::serve(stream, link, events.clone()));
                }
            }
            Some(_) = connections.join_next() => {}
            () = events.sender.closed() => break,
        }
    }
    drop(listener);
    let all = async { while connections.join_next().await.is_some() {} };
    // Whoever does not read in this time is cut off when the set is dropped.
    let _ = timeout(limits::CLOSING, all).await;
}
