//! SCRAM-SHA-256 (RFC 5802, RFC 7677), the client's side: proves that it knows the password without
//! sending it, and has the broker prove the same.
//!
//! Promises: the password is in no error and no text; a broker cannot make us count for minutes. The
//! steps come in order: first, answer, finish. Does no IO; the codec of the AUTH packets is elsewhere.

use bytes::Bytes;
use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::config::SASLConfig;
use rsasl::prelude::{Mechname, SASLClient, Session, SessionError};
use rsasl::property::{AuthId, Password};
use wiretree_model::Secret;

use crate::MqttError;

/// The name of the method in MQTT (MQTT 5 §4.12).
pub(crate) const METHOD: &str = "SCRAM-SHA-256";
/// The most rounds of hashing that a broker may ask for; 4,096 to 600,000 are usual.
const MOST_ROUNDS: u32 = 2_000_000;

/// One exchange.
pub(crate) struct Scram {
    session: Session,
}

/// What is proved.
struct Login {
    user: String,
    password: Secret,
}

impl SessionCallback for Login {
    fn callback(
        &self,
        _: &SessionData,
        _: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        request.satisfy::<AuthId>(&self.user)?;
        request.satisfy::<Password>(self.password.expose_bytes())?;
        Ok(())
    }
}

impl Scram {
    /// A new exchange, with a random number of its own.
    ///
    /// # Errors
    /// When the method is not to be had.
    pub(crate) fn new(user: &str, password: &Secret) -> Result<Self, MqttError> {
        let login = Login { user: user.to_owned(), password: password.clone() };
        let config = SASLConfig::builder()
            .with_default_mechanisms()
            .with_callback(login)
            .map_err(|error| failed(&error.to_string()))?;
        let method =
            Mechname::parse(METHOD.as_bytes()).map_err(|error| failed(&error.to_string()))?;
        let session = SASLClient::new(config).start_suggested(&[method]);
        Ok(Self { session: session.map_err(|error| failed(&error.to_string()))? })
    }

    /// The data for CONNECT, or for the AUTH that authenticates anew.
    ///
    /// # Errors
    /// A user name or password that cannot be prepared (RFC 4013).
    pub(crate) fn first(&mut self) -> Result<Bytes, MqttError> {
        self.step(None)
    }

    /// The answer to the broker's challenge. Counts for up to a second: the broker says how long.
    ///
    /// # Errors
    /// A challenge that is none, or asks for too much.
    pub(crate) fn answer(&mut self, challenge: &[u8]) -> Result<Bytes, MqttError> {
        if rounds(challenge).is_none_or(|rounds| rounds > MOST_ROUNDS) {
            return Err(failed("what the broker asks for is no challenge, or far too much"));
        }
        self.step(Some(challenge))
    }

    /// Checks the broker's own proof.
    ///
    /// # Errors
    /// When it does not know the password.
    pub(crate) fn finish(&mut self, proof: &[u8]) -> Result<(), MqttError> {
        if proof.is_empty() {
            return Err(failed("the broker did not prove that it knows the password"));
        }
        self.step(Some(proof)).map(|_| ())
    }

    fn step(&mut self, input: Option<&[u8]>) -> Result<Bytes, MqttError> {
        let mut output = Vec::new();
        match self.session.step(input, &mut output) {
            Ok(_) => Ok(output.into()),
            Err(error) => Err(failed(&error.to_string())),
        }
    }
}

/// The number of rounds in `r=…,s=…,i=4096`.
fn rounds(challenge: &[u8]) -> Option<u32> {
    let text = std::str::from_utf8(challenge).ok()?;
    text.split(',').find_map(|part| part.strip_prefix("i="))?.parse().ok()
}

fn failed(cause: &str) -> MqttError {
    MqttError::Authentication(crate::reason::Quoted(cause).to_string())
}

#[cfg(test)]
pub(crate) mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::STANDARD;
    use ring::hmac::{HMAC_SHA256, Key, sign};
    use ring::{digest, pbkdf2};

    use super::*;

    const ROUNDS: u32 = 4096;

    /// The broker's side by the formulas of RFC 5802 §3: its challenge, and then the proof, if the
    /// client has proved that it knows `password`.
    pub(crate) struct Server {
        first: String,
        pub(crate) challenge: String,
    }

    impl Server {
        pub(crate) fn greet(first: &[u8]) -> Self {
            let first = String::from_utf8(first.to_vec()).unwrap();
            let nonce = first.split("r=").nth(1).unwrap();
            let challenge = format!("r={nonce}more,s={},i={ROUNDS}", STANDARD.encode("salt"));
            Self { first: first.strip_prefix("n,,").unwrap().to_owned(), challenge }
        }

        pub(crate) fn prove(&self, last: &[u8], password: &str) -> Option<String> {
            let last = String::from_utf8(last.to_vec()).unwrap();
            let (bare, proof) = last.split_once(",p=").unwrap();
            let mut salted = [0; 32];
            pbkdf2::derive(
                pbkdf2::PBKDF2_HMAC_SHA256,
                ROUNDS.try_into().unwrap(),
                b"salt",
                password.as_bytes(),
                &mut salted,
            );
            let hmac = |key: &[u8], text: &[u8]| sign(&Key::new(HMAC_SHA256, key), text);
            let client_key = hmac(&salted, b"Client Key");
            let stored = digest::digest(&digest::SHA256, client_key.as_ref());
            let all = format!("{},{},{bare}", self.first, self.challenge);
            let signature = hmac(stored.as_ref(), all.as_bytes());
            let pairs = client_key.as_ref().iter().zip(signature.as_ref());
            let expected: Vec<u8> = pairs.map(|(one, other)| one ^ other).collect();
            let server_key = hmac(&salted, b"Server Key");
            (STANDARD.decode(proof).unwrap() == expected).then(|| {
                format!("v={}", STANDARD.encode(hmac(server_key.as_ref(), all.as_bytes())))
            })
        }
    }

    fn scram(password: &str) -> Scram {
        Scram::new("ada", &Secret::new(password)).unwrap()
    }

    #[test]
    fn both_sides_prove_that_they_know_the_password() {
        let mut client = scram("right");
        let first = client.first().unwrap();
        assert!(first.starts_with(b"n,,n=ada,r="), "{first:?}");
        let server = Server::greet(&first);
        let last = client.answer(server.challenge.as_bytes()).unwrap();
        let proof = server.prove(&last, "right").expect("the client knows it");
        assert_eq!(client.finish(proof.as_bytes()), Ok(()));
    }

    #[test]
    fn who_does_not_know_the_password_is_found_out() {
        let mut client = scram("wrong");
        let server = Server::greet(&client.first().unwrap());
        let last = client.answer(server.challenge.as_bytes()).unwrap();
        assert_eq!(server.prove(&last, "right"), None);
        for proof in
            [format!("v={}", STANDARD.encode([0; 32])), "e=other-error".into(), String::new()]
        {
            let mut client = scram("right");
            let server = Server::greet(&client.first().unwrap());
            client.answer(server.challenge.as_bytes()).unwrap();
            let error = client.finish(proof.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "authentication-failed", "{proof}");
            assert!(!error.to_string().contains("right"));
        }
    }

    #[test]
    fn a_challenge_that_is_none_is_refused() {
        let mut client = scram("right");
        let first = client.first().unwrap();
        let nonce = String::from_utf8(first.to_vec()).unwrap().split_off("n,,n=ada,r=".len());
        for challenge in [
            "".to_owned(),
            "i=4096".to_owned(),
            format!("r={nonce}x,s=AAAA,i=4000000000"),
            "r=other,s=AAAA,i=4096".to_owned(),
            format!("r={nonce}x,s=AAAA,i=0"),
        ] {
            let mut client = scram("right");
            client.first().unwrap();
            let error = client.answer(challenge.as_bytes()).unwrap_err();
            assert_eq!(error.code(), "authentication-failed", "{challenge}");
        }
    }
}
