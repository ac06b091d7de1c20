//! The way through a proxy: SOCKS 5 (RFC 1928, 1929) and HTTP CONNECT (RFC 9110 §9.3.6).
//!
//! Promises: the proxy finds the address of the broker, nothing is looked up here; the password for
//! the proxy is in no error.

use std::io;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use tokio::net::TcpStream;
use tokio::time::Instant;
use tokio_socks::tcp::Socks5Stream;
use wiretree_model::{Proxy, ProxyKind, Secret};

use super::facts::TransportFacts;
use super::{http, in_words, tcp};
use crate::options::join_address;
use crate::{ConnectOptions, MqttError, Step};

/// Reaches the proxy, and the broker through it.
///
/// # Errors
/// [`MqttError::Proxy`] with what failed.
pub(super) async fn reach(
    options: &ConnectOptions,
    proxy: &Proxy,
    facts: &mut TransportFacts,
    steps: &mut (dyn FnMut(Step) + Send),
) -> Result<TcpStream, MqttError> {
    let fault =
        |cause: String| MqttError::Proxy { address: join_address(&proxy.host, proxy.port), cause };
    let reached = tcp::reach(&proxy.host, proxy.port, facts, steps).await;
    let stream = reached.map_err(|error| match error {
        tcp::Fault::Resolving(cause) => fault(format!("its address cannot be found: {cause}")),
        tcp::Fault::Reaching(error) => fault(format!("it cannot be reached: {}", in_words(&error))),
    })?;
    steps(Step::Proxy);
    let started = Instant::now();
    let opened = match proxy.kind {
        ProxyKind::Socks5 => socks(stream, options, proxy).await,
        ProxyKind::Http => connect(stream, options, proxy).await,
    };
    facts.proxy = Some(started.elapsed());
    opened.map_err(fault)
}

async fn socks(
    stream: TcpStream,
    options: &ConnectOptions,
    proxy: &Proxy,
) -> Result<TcpStream, String> {
    let target = (options.bare_host(), options.port);
    let opened = match &proxy.username {
        None => Socks5Stream::connect_with_socket(stream, target).await,
        Some(user) => {
            let password = password(options)?;
            Socks5Stream::connect_with_password_and_socket(stream, target, user, password).await
        }
    };
    opened.map(Socks5Stream::into_inner).map_err(|error| socks_fault(&error))
}

fn socks_fault(error: &tokio_socks::Error) -> String {
    use tokio_socks::Error as E;
    match error {
        E::Io(error) => in_words(error),
        E::PasswordAuthFailure(_) => "it did not take the user name and the password".to_owned(),
        E::NoAcceptableAuthMethods => "it wants another way of logging in".to_owned(),
        E::InvalidResponseVersion => "what it answered is not SOCKS 5".to_owned(),
        E::HostUnreachable => "it cannot reach the broker's host".to_owned(),
        E::NetworkUnreachable => "it cannot reach the broker's network".to_owned(),
        E::ConnectionRefused => "the broker refused its connection".to_owned(),
        E::ConnectionNotAllowedByRuleset => "its rules do not allow the connection".to_owned(),
        other => other.to_string(),
    }
}

async fn connect(
    mut stream: TcpStream,
    options: &ConnectOptions,
    proxy: &Proxy,
) -> Result<TcpStream, String> {
    let target = options.address();
    if !http::is_target(&target) {
        return Err("the broker's host cannot be named to it".to_owned());
    }
    let mut request = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n");
    if let Some(user) = &proxy.username {
        let login = STANDARD.encode(format!("{user}:{}", password(options)?));
        request.push_str(&format!("Proxy-Authorization: Basic {login}\r\n"));
    }
    request.push_str("\r\n");
    let head = http::ask(&mut stream, &request).await.map_err(|error| words_of(&error))?;
    match head.status {
        200..=299 => Ok(stream),
        407 if proxy.username.is_none() => {
            Err("it wants a user name and a password (407)".to_owned())
        }
        407 => Err("it did not take the user name and the password (407)".to_owned()),
        _ => Err(format!("it answered {}", head.status_line())),
    }
}

fn words_of(error: &io::Error) -> String {
    in_words(error)
}

fn password(options: &ConnectOptions) -> Result<&str, String> {
    let bytes = options.proxy_password.as_ref().map(Secret::expose_bytes).unwrap_or_default();
    std::str::from_utf8(bytes).map_err(|_| "its password is not valid text".to_owned())
}
