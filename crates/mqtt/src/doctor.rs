//! The doctor: goes through a connection step by step and says how each went, how long it took, and
//! for a failure the likely cause and what can be done.
//!
//! Promises: it tells of each step as it begins and as it ends; it subscribes or publishes only on
//! request, and leaves nothing behind; what it subscribes to it gives up at once. Dropping the
//! future closes the connection, without DISCONNECT: a will is then published as after any loss.
//!
//! Deliberately absent: retries, sessions, the engine. It talks over the stream and the codec alone.

mod advice;
mod checks;
mod finding;
mod limits;
mod requests;
mod transport;

use tokio::time::Instant;

use crate::conversation::Conversation;
use crate::{ConnectOptions, MqttError, TransportFacts};

use checks::Patient;
pub use finding::{Check, Finding, FindingId, FindingStatus};

/// Tells of findings, and remembers which steps have begun.
struct Journal<R> {
    report: R,
    begun: Vec<(FindingId, Instant)>,
    healthy: bool,
}

impl<R: FnMut(Finding)> Journal<R> {
    fn tell(&mut self, finding: Finding) {
        self.healthy &= finding.status != FindingStatus::Failed;
        (self.report)(finding);
    }

    /// A step begins, so the one before it has ended well.
    fn begin(&mut self, id: FindingId) {
        if let Some((last, started)) = self.begun.last().copied() {
            if last == id {
                return;
            }
            let took = Some(started.elapsed());
            self.tell(Finding { took, ..Finding::ok(last, "") });
        }
        self.begun.push((id, Instant::now()));
        self.tell(Finding::new(id, FindingStatus::Running));
    }

    /// The step that is under way has failed.
    fn fail(&mut self, problem: MqttError) {
        let (last, started) =
            self.begun.last().copied().unwrap_or((FindingId::Address, Instant::now()));
        let took = Some(started.elapsed());
        // In TLS 1.3 the refusal of a client certificate comes after the handshake.
        let id = match problem {
            MqttError::TlsFailed { .. } => FindingId::Tls,
            _ => last,
        };
        if id != last {
            self.tell(Finding::new(last, FindingStatus::Skipped));
        }
        self.tell(Finding { took, ..advice::failed(id, problem) });
    }
}

/// Examines a connection. Says whether nothing failed; warnings are no failures.
pub async fn examine(
    mut options: ConnectOptions,
    checks: Vec<Check>,
    report: impl FnMut(Finding) + Send,
) -> bool {
    let mut journal = Journal { report, begun: Vec::new(), healthy: true };
    if let Err(problem) = options.settle_client_id(rand::random()) {
        journal.begin(FindingId::Connack);
        journal.fail(problem);
        return false;
    }
    let rest = || checks.iter().map(|check| FindingId::from(*check)).chain([FindingId::Disconnect]);
    let Some(conversation) = connect(&options, &mut journal).await else {
        for id in planned(&options).chain(rest()) {
            if !journal.begun.iter().any(|(begun, _)| *begun == id) {
                journal.tell(Finding::new(id, FindingStatus::Skipped));
            }
        }
        return false;
    };
    let mut patient = conversation;
    for check in &checks {
        let id = FindingId::from(*check);
        let started = Instant::now();
        journal.tell(Finding::new(id, FindingStatus::Running));
        let finding = patient.check(*check).await;
        journal.tell(Finding { took: Some(started.elapsed()), ..finding });
    }
    journal.tell(Finding::new(FindingId::Disconnect, FindingStatus::Running));
    let started = Instant::now();
    let finding = patient.leave().await;
    journal.tell(Finding { took: Some(started.elapsed()), ..finding });
    journal.healthy
}

/// The steps that every examination has.
fn planned(options: &ConnectOptions) -> impl Iterator<Item = FindingId> + use<> {
    let unix = matches!(options.transport, wiretree_model::Transport::Unix { .. });
    let web_socket = matches!(options.transport, wiretree_model::Transport::WebSocket(_));
    [
        (FindingId::Address, !unix),
        (FindingId::Reach, true),
        (FindingId::Proxy, options.proxy.is_some() && !unix),
        (FindingId::Tls, options.tls.is_some()),
        (FindingId::WebSocket, web_socket),
        (FindingId::Connack, true),
    ]
    .into_iter()
    .filter_map(|(id, planned)| planned.then_some(id))
}

/// Everything up to CONNACK; nothing when a step failed, which is told.
async fn connect<'a, R: FnMut(Finding) + Send>(
    options: &'a ConnectOptions,
    journal: &mut Journal<R>,
) -> Option<Patient<'a>> {
    let mut facts = TransportFacts::default();
    let opened =
        Conversation::open(options, &mut facts, &mut |step| journal.begin(step.into())).await;
    let done = journal.begun.len() - usize::from(opened.is_err());
    let done: Vec<_> = journal.begun.iter().take(done).map(|(id, _)| *id).collect();
    for id in done {
        journal.tell(transport::finding(id, &facts));
    }
    let mut conversation = match opened {
        Ok(conversation) => conversation,
        Err(problem) => {
            journal.fail(problem);
            return None;
        }
    };
    // What was told of the steps below is complete: they are not to be ended again.
    journal.begun.push((FindingId::Connack, Instant::now()));
    journal.tell(Finding::new(FindingId::Connack, FindingStatus::Running));
    match conversation.greet(options, &mut |_| {}).await {
        Ok(greeted) => {
            journal.tell(limits::finding(options, &greeted));
            Some(Patient::new(options, greeted.limits, conversation))
        }
        Err(problem) => {
            journal.fail(problem);
            None
        }
    }
}
