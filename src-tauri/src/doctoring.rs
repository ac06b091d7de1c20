//! The doctor: tries a connection out step by step, and tells the page what it finds.

use tauri::ipc::Channel;
use wiretree_session::{ConnectOptions, connect_options, examine};

use crate::keychain;
use crate::state::AppState;
use crate::wire::{AppError, DoctorCheck, DoctorEvent, Finding, GivenSecrets, Profile};

/// Starts to try out what the form describes, saved or not, and gives the number to cancel it by.
///
/// # Errors
/// Something in the form is wrong, or a secret is needed that nobody has given yet.
pub(crate) async fn start(
    state: &AppState,
    form: &Profile,
    given: GivenSecrets,
    checks: Vec<DoctorCheck>,
    events: Channel<DoctorEvent>,
) -> Result<u32, AppError> {
    let profile = form.to_model()?;
    let secrets = keychain::given_or_stored(&profile, given).await?;
    let job = state.number();
    state.doctors.start(job, examination(connect_options(&profile, secrets)?, checks, events));
    Ok(job)
}

async fn examination(
    options: ConnectOptions,
    checks: Vec<DoctorCheck>,
    events: Channel<DoctorEvent>,
) {
    let checks = checks.into_iter().map(Into::into).collect();
    // It goes on to its end although nobody may listen any more.
    let report = |found| {
        let finding = Box::new(Finding::from_session(&found));
        drop(events.send(DoctorEvent::Finding { finding }));
    };
    let ok = examine(options, checks, report).await;
    let _ = events.send(DoctorEvent::Done { ok });
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::time::Duration;

    use serde_json::Value;
    use tauri::async_runtime::block_on;
    use tauri::ipc::InvokeResponseBody;
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
    use tokio::time::timeout;
    use wiretree_model::PasswordSource;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(60);

    fn page() -> (UnboundedReceiver<Value>, Channel<DoctorEvent>) {
        let (sender, events) = unbounded_channel();
        let channel = Channel::new(move |body| {
            let InvokeResponseBody::Json(text) = body else { panic!("events are JSON") };
            let _ = sender.send(serde_json::from_str(&text)?);
            Ok(())
        });
        (events, channel)
    }

    fn form(port: u16) -> Profile {
        let mut profile = crate::profiles::tests::profile("p");
        (profile.port, profile.password) = (port, PasswordSource::None);
        Profile::from_model(&profile)
    }

    fn state() -> AppState {
        AppState::new(tempfile::tempdir().unwrap().path(), false)
    }

    #[test]
    fn each_step_is_told_and_the_last_word_is_how_it_went() {
        let state = state();
        block_on(async {
            let options = state.demo.enter().await.unwrap();
            for (form, healthy) in [(form(options.port), true), (form(1), false)] {
                let (mut events, channel) = page();
                let checks = vec![DoctorCheck::AllTopics];
                let given = GivenSecrets::default();
                start(&state, &form, given, checks, channel).await.unwrap();
                let mut told = Vec::new();
                while let Some(event) = timeout(PATIENCE, events.recv()).await.unwrap() {
                    told.push(event);
                }
                let last = told.pop().unwrap();
                assert_eq!(last["kind"], "done");
                assert_eq!(last["ok"], healthy, "{told:?}");
                let of = |id: &str, status: &str| {
                    told.iter().any(|event| {
                        event["finding"]["id"] == id && event["finding"]["status"] == status
                    })
                };
                assert_eq!(of("reach", "failed"), !healthy);
                assert_eq!(of("connack", "ok"), healthy);
                assert_eq!(of("allTopics", "ok"), healthy, "what was asked for is looked at");
            }
            state.demo.leave().await;
        });
    }

    #[test]
    fn a_cancelled_run_lets_the_broker_go_and_says_no_more() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let state = state();
        let form = form(listener.local_addr().unwrap().port());
        let (mut events, channel) = page();
        block_on(async {
            let given = GivenSecrets::default();
            let job = start(&state, &form, given, Vec::new(), channel).await.unwrap();
            let (mut peer, _) = listener.accept().unwrap();
            state.doctors.cancel(job);
            // The socket ends, although nobody has answered CONNECT.
            std::io::copy(&mut peer, &mut std::io::sink()).unwrap();
            while let Some(event) = timeout(PATIENCE, events.recv()).await.unwrap() {
                assert_ne!(event["kind"], "done");
            }
        });
    }

    #[test]
    fn a_form_that_cannot_be_used_is_not_tried_out() {
        let state = state();
        let code = |form: &Profile| {
            let started = start(&state, form, GivenSecrets::default(), Vec::new(), page().1);
            block_on(started).unwrap_err().code
        };
        assert_eq!(code(&Profile { port: 0, ..form(1) }), "profile-invalid");
        let ask = crate::wire::PasswordSource::Ask;
        assert_eq!(code(&Profile { password: ask, ..form(1) }), "password-needed");
    }
}
