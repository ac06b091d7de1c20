//! The tap: every byte of MQTT passes it, both ways, once.
//!
//! Between the stream and the engine. What comes in is cut into packets, decoded, traced and dealt
//! with here: messages go to the queue of events, acknowledgements of ours to the engine in a form
//! it always understands. What the engine sends becomes the real packet here. Keep-alive, aliases
//! and the limits of packets are the tap's.
//!
//! Promises: it never waits for anybody but the stream; while nobody takes messages it stops
//! reading, and goes on writing; what is queued in it is bounded. One task polls it.

mod aliases;
mod frames;
mod inbound;
mod keep_alive;
mod leaving;
mod outbound;
mod outgoing;
mod pipe;

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::BytesMut;
use tokio::io::DuplexStream;
use tokio::sync::oneshot;
use tokio::time::{Instant, Sleep, sleep_until};
use wiretree_model::{ProtocolVersion, Subscription};
use wiretree_wire::ReasonCode;

use crate::events::Outlet;
use crate::outbox::{Outbox, Token};
use crate::receiver::Receiver;
use crate::scram::Scram;
use crate::trace::{Moment, Trace};
use crate::transport::{self, BoxedStream};
use crate::{ConnectOptions, MqttError, ServerLimits};

use aliases::{ReceivedAliases, SentAliases};
use frames::Frames;
use keep_alive::{Due, KeepAlive};
use outgoing::Outgoing;
use pipe::Pipe;

/// No more of the engine's packets are taken while this many bytes wait to be written.
const ENOUGH_WAITING: usize = 256 * 1024;
/// How long the other side may still say why it takes nothing any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// The session state that is not the engine's (MQTT 5 §4.1): it outlives a connection.
#[derive(Debug)]
pub(crate) struct SessionState {
    pub(crate) receiver: Receiver,
    pub(crate) outbox: Outbox,
    /// What is subscribed to again when the broker has lost the session.
    pub(crate) subscriptions: Vec<Subscription>,
}

/// The answer to a ping.
pub(crate) type Ponged = Result<Duration, MqttError>;

/// How a connection ended against our wish.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) error: MqttError,
    /// What DISCONNECT is to say about it, if the broker is still to be told (MQTT 5 §4.13).
    pub(crate) goodbye: Option<ReasonCode>,
}

impl From<MqttError> for Fault {
    fn from(error: MqttError) -> Self {
        Self { error, goodbye: None }
    }
}

/// What a connection begins with.
pub(crate) struct Beginning<'a> {
    pub(crate) stream: BoxedStream,
    /// What was read behind CONNACK.
    pub(crate) rest: BytesMut,
    /// Whether the session is there, and the engine knows of it.
    pub(crate) resumes: bool,
    pub(crate) limits: &'a ServerLimits,
    /// Which attempt it is, for the trace.
    pub(crate) connection: u32,
}

/// One connection.
pub(crate) struct Tap {
    stream: BoxedStream,
    frames: Frames,
    pipe: Pipe,
    output: Outgoing<Mark>,
    version: ProtocolVersion,
    address: String,
    /// The largest packet that the broker takes, in bytes.
    most_to_send: usize,
    resumes: bool,
    received_aliases: ReceivedAliases,
    sent_aliases: Option<SentAliases>,
    clock: KeepAlive,
    pings: VecDeque<Ping>,
    reauthentication: Option<Reauthentication>,
    trace: Trace,
    connection: u32,
    /// When the bytes at hand were read.
    moment: Moment,
    /// There may be packets that were read and not looked at.
    unread: bool,
    reading: bool,
    /// No message is to be read any more: only what was read is still acknowledged.
    closing: bool,
    /// Nothing can be written any more, and why; what was said last may still be read until then.
    broken: Option<(MqttError, Instant)>,
    /// Clauses that the broker has broken, as far as they have been told.
    deviations: Vec<&'static str>,
    sleep: Pin<Box<Sleep>>,
}

/// What is to happen when the bytes before it have been written.
#[derive(Debug)]
enum Mark {
    Message(Token),
    Ping,
}

/// A PINGREQ that is not answered.
#[derive(Debug)]
struct Ping {
    written: Option<Instant>,
    reply: Option<oneshot::Sender<Ponged>>,
}

/// An exchange of AUTH on a connection that is up (MQTT 5 §4.12.1).
struct Reauthentication {
    scram: Scram,
    reply: oneshot::Sender<Result<(), MqttError>>,
}

impl Tap {
    /// Takes a connection over after CONNACK. Gives the engine's end of the pipe as well.
    pub(crate) fn new(
        options: &ConnectOptions,
        beginning: Beginning<'_>,
        trace: Trace,
    ) -> (Self, DuplexStream) {
        let Beginning { stream, rest, resumes, limits, connection } = beginning;
        let (pipe, other) = pipe::pipe();
        let now = Instant::now();
        let keep_alive = limits.server_keep_alive.unwrap_or(options.keep_alive);
        let allowed = limits.topic_alias_maximum.unwrap_or_default();
        let sends_aliases = options.send_topic_aliases && options.protocol.has_properties();
        let tap = Self {
            stream,
            frames: Frames::beginning_with(rest, options.most_bytes()),
            pipe,
            output: Outgoing::default(),
            version: options.protocol,
            address: options.address(),
            most_to_send: usize::try_from(limits.largest_packet()).unwrap_or(usize::MAX),
            resumes,
            received_aliases: ReceivedAliases::new(
                options.properties.topic_alias_maximum.unwrap_or_default(),
            ),
            sent_aliases: sends_aliases.then(|| SentAliases::new(allowed)),
            clock: KeepAlive::new(keep_alive, now),
            pings: VecDeque::new(),
            reauthentication: None,
            trace,
            connection,
            moment: Moment::now(),
            unread: true,
            reading: true,
            closing: false,
            broken: None,
            deviations: Vec::new(),
            sleep: Box::pin(sleep_until(now)),
        };
        (tap, other)
    }

    /// Goes on with everything that can go on. Ready when something was done, and then it is to be
    /// asked again; pending when all of it has to wait.
    ///
    /// # Errors
    /// How the connection ended. What was read before is in the outlet.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Poll<Result<(), Fault>> {
        let mut busy = self.poll_engine(context, state)?;
        busy |= self.poll_read(context, state, outlet)?;
        self.send_receipts(state)?;
        busy |= self.poll_write(context, state);
        if let Poll::Ready(Err(error)) = self.pipe.poll_write(context) {
            return Poll::Ready(Err(MqttError::Engine(error.to_string()).into()));
        }
        if busy { Poll::Ready(Ok(())) } else { self.poll_clock(context) }
    }

    fn poll_read(
        &mut self,
        context: &mut Context<'_>,
        state: &mut SessionState,
        outlet: &mut Outlet,
    ) -> Result<bool, Fault> {
        let may = outlet.has_room() && !self.closing && self.output.has_room();
        if may && !self.reading {
            self.clock.resumed(Instant::now());
        }
        self.reading = may;
        if !may {
            return Ok(false);
        }
        if std::mem::take(&mut self.unread) {
            self.take_frames(state, outlet)?;
            return Ok(true);
        }
        match self.frames.poll_fill(&mut *self.stream, context) {
            Poll::Pending => Ok(false),
            Poll::Ready(Ok(0)) => Err(self.hung_up().into()),
            Poll::Ready(Ok(_)) => {
                self.moment = Moment::now();
                self.clock.read(self.moment.instant);
                self.take_frames(state, outlet)?;
                Ok(true)
            }
            Poll::Ready(Err(error)) => Err(self.lost(&error).into()),
        }
    }

    /// Writes what the stream takes. A failure is kept: the other side may have said why.
    fn poll_write(&mut self, context: &mut Context<'_>, state: &mut SessionState) -> bool {
        if self.broken.is_some() {
            return false;
        }
        let mut progress = 0;
        let written = self.output.poll_write(&mut *self.stream, context, &mut progress);
        if progress > 0 || written.is_pending() {
            let now = Instant::now();
            if progress > 0 {
                self.clock.wrote(now, self.output.waiting() > 0);
            } else {
                self.clock.waits(now);
            }
            while let Some(mark) = self.output.reached() {
                self.passed(mark, now, state);
            }
        }
        if let Poll::Ready(Err(error)) = written {
            self.broken = Some((self.lost(&error), Instant::now() + LAST_WORDS));
            return true;
        }
        progress > 0
    }

    fn passed(&mut self, mark: Mark, now: Instant, state: &mut SessionState) {
        match mark {
            Mark::Message(token) => state.outbox.written(token),
            Mark::Ping => {
                self.clock.asked(now);
                if let Some(ping) = self.pings.iter_mut().find(|ping| ping.written.is_none()) {
                    ping.written = Some(now);
                }
            }
        }
    }

    fn poll_clock(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Fault>> {
        let now = Instant::now();
        let due = match &self.broken {
            Some((error, until)) if *until <= now => return Poll::Ready(Err(error.clone().into())),
            Some((_, until)) => Due::Later(Some(*until)),
            None => self.clock.due(now, !self.pings.is_empty(), self.reading),
        };
        match due {
            Due::Dead => {
                let address = self.address.clone();
                Poll::Ready(Err(MqttError::KeepAlive { address }.into()))
            }
            Due::Ping => {
                self.ping(None)?;
                Poll::Ready(Ok(()))
            }
            Due::Later(None) => Poll::Pending,
            Due::Later(Some(moment)) => {
                if self.sleep.deadline() != moment {
                    self.sleep.as_mut().reset(moment);
                }
                self.sleep.as_mut().poll(context).map(Ok)
            }
        }
    }

    fn hung_up(&self) -> MqttError {
        let address = self.address.clone();
        MqttError::ConnectionLost { address, cause: "the broker closed it".to_owned() }
    }

    fn lost(&self, error: &io::Error) -> MqttError {
        transport::lost(&self.address, error)
    }

    fn broke_the_protocol(&self, cause: impl ToString, goodbye: ReasonCode) -> Fault {
        let error = MqttError::Protocol { address: self.address.clone(), cause: cause.to_string() };
        Fault { error, goodbye: Some(goodbye) }
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        for reply in self.pings.drain(..).filter_map(|ping| ping.reply) {
            // Whoever asked may have gone.
            let _ = reply.send(Err(MqttError::NotConnected));
        }
        if let Some(exchange) = self.reauthentication.take() {
            let _ = exchange.reply.send(Err(MqttError::NotConnected));
        }
    }
}

#[cfg(test)]
mod tests;
