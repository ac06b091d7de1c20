//! What lies between: the request of a WebSocket, and a proxy.

use wiretree_model::{PasswordSource, Proxy, ProxyKind, WebSocket};

use super::parsing::parse_header;
use crate::address::{parse_place, split_credentials};
use crate::console::warn;
use crate::error::CliError;

#[derive(clap::Args)]
#[command(next_help_heading = "WebSocket (ws:// and wss://)")]
pub(super) struct WebSocketOptions {
    /// Header for the request, 'Name: value'; may be given again
    #[arg(long, value_name = "HEADER", value_parser = parse_header)]
    ws_header: Vec<(String, String)>,
    /// Subprotocol to ask for [default: mqtt]
    #[arg(long, value_name = "NAME")]
    ws_subprotocol: Option<String>,
}

impl WebSocketOptions {
    /// The WebSocket with this path; `/mqtt` where there is none.
    pub(super) fn to_web_socket(&self, path: &str) -> WebSocket {
        let usual = WebSocket::default();
        WebSocket {
            path: match path {
                "" => usual.path,
                path if path.starts_with('/') => path.to_owned(),
                query => format!("/{query}"),
            },
            subprotocol: self.ws_subprotocol.clone().unwrap_or(usual.subprotocol),
            headers: self.ws_header.clone(),
        }
    }

    /// Refuses these options where there is no WebSocket.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(super) fn check_absent(&self) -> Result<(), CliError> {
        if self.ws_header.is_empty() && self.ws_subprotocol.is_none() {
            return Ok(());
        }
        let sentence = "headers and subprotocols belong to a WebSocket: give the broker as ws:// \
                        or wss://";
        Err(CliError::Usage(sentence.to_owned()))
    }
}

#[derive(clap::Args)]
#[command(next_help_heading = "Proxy")]
pub(super) struct ProxyOptions {
    /// Proxy on the way: socks5://HOST:PORT or http://HOST:PORT, with USER@ before the host where it
    /// wants one. The password comes from WIRETREE_PROXY_PASSWORD, or is asked for at the terminal
    // Checked later, as the address of the broker is.
    #[arg(long, value_name = "URL")]
    proxy: Option<String>,
}

impl ProxyOptions {
    /// The proxy, if there is one, and a word to the user when a password stood in its address.
    ///
    /// # Errors
    /// [`CliError::Usage`].
    pub(super) fn to_proxy(&self) -> Result<Option<Proxy>, CliError> {
        let Some(text) = &self.proxy else { return Ok(None) };
        let wrong = || {
            CliError::Usage(
                "--proxy takes addresses of the form socks5://HOST:PORT or http://HOST:PORT"
                    .to_owned(),
            )
        };
        let (scheme, rest) = text.trim().split_once("://").ok_or_else(wrong)?;
        let (kind, usual_port) = match scheme.to_ascii_lowercase().as_str() {
            "socks5" | "socks5h" => (ProxyKind::Socks5, 1080),
            "http" => (ProxyKind::Http, 8080),
            _ => return Err(wrong()),
        };
        let (credentials, place) = split_credentials(rest.strip_suffix('/').unwrap_or(rest));
        let (host, port) = parse_place(place).map_err(|_| wrong())?;
        let username = credentials.map(|text| text.split_once(':').map_or(text, |(user, _)| user));
        if credentials.is_some_and(|text| text.contains(':')) {
            warn(
                "A password in the address of the proxy is not used. Give it in \
                 WIRETREE_PROXY_PASSWORD",
            );
        }
        let username = username.filter(|username| !username.is_empty()).map(str::to_owned);
        let password = match username {
            Some(_) => PasswordSource::Ask,
            None => PasswordSource::None,
        };
        let port = port.unwrap_or(usual_port);
        Ok(Some(Proxy { kind, host, port, username, password }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxy(text: &str) -> Result<Option<Proxy>, String> {
        let options = ProxyOptions { proxy: Some(text.to_owned()) };
        options.to_proxy().map_err(|error| error.to_string())
    }

    #[test]
    fn proxies_as_people_write_them() {
        use ProxyKind::{Http, Socks5};
        for (text, kind, host, port, username) in [
            ("socks5://localhost", Socks5, "localhost", 1080, None),
            ("SOCKS5://10.0.0.1:9050/", Socks5, "10.0.0.1", 9050, None),
            ("http://me@proxy:3128", Http, "proxy", 3128, Some("me")),
            ("http://me:s3c@ret@[::1]", Http, "::1", 8080, Some("me")),
        ] {
            let found = proxy(text).unwrap().unwrap();
            assert_eq!((found.kind, found.host.as_str(), found.port), (kind, host, port), "{text}");
            assert_eq!(found.username.as_deref(), username, "{text}");
            assert!(!format!("{found:?}").contains("s3c"));
        }
        for text in ["", "localhost:1080", "https://me:s3cret@p", "socks5://", "http://s3cret@:x"] {
            let sentence = proxy(text).unwrap_err();
            assert!(sentence.contains("socks5://HOST") && !sentence.contains("s3cret"));
        }
    }

    #[test]
    fn the_path_of_a_web_socket() {
        let options = WebSocketOptions { ws_header: Vec::new(), ws_subprotocol: None };
        for (path, expected) in [("", "/mqtt"), ("/", "/"), ("/a?b=c", "/a?b=c"), ("?b", "/?b")] {
            assert_eq!(options.to_web_socket(path).path, expected);
        }
    }
}
