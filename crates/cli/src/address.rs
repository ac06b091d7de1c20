//! The address of a broker as people write it: `mqtt://HOST:PORT`, `wss://HOST/PATH`, `unix://PATH`.
//!
//! Promise: whatever stands before an `@` may be a password, and is never repeated, neither by the
//! address nor by an error. An `@` in the path of a WebSocket is written `%40`.

/// How a broker is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Mqtt,
    Mqtts,
    Ws,
    Wss,
    Unix,
}

/// Where a broker is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    pub(crate) scheme: Scheme,
    /// Name or address; an IPv6 address without its brackets. Empty for a Unix socket.
    pub(crate) host: String,
    /// 0 for a Unix socket.
    pub(crate) port: u16,
    /// Of a WebSocket with its query, or of a Unix socket; empty where there is none.
    pub(crate) path: String,
    /// A user name or a password stood in the address, and was left out.
    pub(crate) had_credentials: bool,
}

/// Why a text is no address of a broker. Deliberately without the text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// Not one of ours.
    #[error(
        "--broker takes addresses that begin with mqtt://, mqtts://, ws://, wss:// or unix://, as in \
         mqtt://HOST:PORT"
    )]
    Scheme,
    /// There is nothing to connect to.
    #[error("--broker needs the host name or the address of the broker, as in mqtt://HOST:PORT")]
    NoHost,
    /// A Unix socket is a file.
    #[error("--broker needs the path of the socket, as in unix:///run/mosquitto.sock")]
    NoPath,
    /// Colons stand for a port, unless brackets say otherwise.
    #[error("--broker wants an IPv6 address in brackets, as in mqtt://[::1]:1883")]
    Brackets,
    /// Ports are numbers.
    #[error("--broker has a port that is not a number from 1 to 65535")]
    Port,
    /// MQTT has topics, but not here.
    #[error("--broker takes nothing behind the port; leave the path out of the address")]
    Path,
    /// What no host name has.
    #[error("--broker has a host name with a character that no host name has")]
    Characters,
}

impl Scheme {
    fn parse(text: &str) -> Result<Self, AddressError> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "mqtt" => Self::Mqtt,
            "mqtts" => Self::Mqtts,
            "ws" => Self::Ws,
            "wss" => Self::Wss,
            "unix" => Self::Unix,
            _ => return Err(AddressError::Scheme),
        })
    }

    /// Whether TLS protects it.
    pub(crate) fn is_secure(self) -> bool {
        matches!(self, Self::Mqtts | Self::Wss)
    }

    pub(crate) fn is_web_socket(self) -> bool {
        matches!(self, Self::Ws | Self::Wss)
    }

    /// The ports registered with IANA.
    fn port(self) -> u16 {
        match self {
            Self::Mqtt => 1883,
            Self::Mqtts => 8883,
            Self::Ws => 80,
            Self::Wss => 443,
            Self::Unix => 0,
        }
    }
}

impl Address {
    /// Reads an address; the scheme and the port may be left out.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let (scheme, rest) = match text.trim().split_once("://") {
            Some((scheme, rest)) => (Scheme::parse(scheme)?, rest),
            None => (Scheme::Mqtt, text.trim()),
        };
        if scheme == Scheme::Unix {
            let (host, path) = (String::new(), rest.to_owned());
            let address = Self { scheme, host, port: 0, path, had_credentials: false };
            return if rest.is_empty() { Err(AddressError::NoPath) } else { Ok(address) };
        }
        let (credentials, rest) = split_credentials(rest);
        let (place, path) = match rest.find(['/', '?', '#']) {
            Some(at) => rest.split_at(at),
            None => (rest, ""),
        };
        if !scheme.is_web_socket() && !matches!(path, "" | "/") {
            return Err(AddressError::Path);
        }
        let (host, port) = parse_place(place)?;
        let port = port.unwrap_or(scheme.port());
        let path = if scheme.is_web_socket() { path.to_owned() } else { String::new() };
        Ok(Self { scheme, host, port, path, had_credentials: credentials.is_some() })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port, .. } = self;
        if self.scheme == Scheme::Unix {
            write!(formatter, "{}", self.path)
        } else if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
}

/// What stands before the last `@`: a password may contain the character, a host name cannot.
pub(crate) fn split_credentials(text: &str) -> (Option<&str>, &str) {
    match text.rsplit_once('@') {
        Some((credentials, rest)) => (Some(credentials), rest),
        None => (None, text),
    }
}

/// Reads `HOST`, `HOST:PORT` or `[IPV6]:PORT`.
///
/// # Errors
/// The first thing that is wrong.
pub(crate) fn parse_place(place: &str) -> Result<(String, Option<u16>), AddressError> {
    let (host, port) = split(place)?;
    if host.is_empty() {
        return Err(AddressError::NoHost);
    }
    if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(AddressError::Characters);
    }
    let number = |port: &str| port.parse().ok().filter(|port| *port != 0).ok_or(AddressError::Port);
    Ok((host.to_owned(), port.map(number).transpose()?))
}

fn split(place: &str) -> Result<(&str, Option<&str>), AddressError> {
    if let Some(rest) = place.strip_prefix('[') {
        let (host, behind) = rest.split_once(']').ok_or(AddressError::Brackets)?;
        return match behind.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if behind.is_empty() => Ok((host, None)),
            None => Err(AddressError::Port),
        };
    }
    match place.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(AddressError::Brackets),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((place, None)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_as_people_write_them() {
        use Scheme::{Mqtt, Mqtts, Unix, Ws, Wss};
        for (text, scheme, host, port, path) in [
            ("mqtt://broker.local:1884", Mqtt, "broker.local", 1884, ""),
            ("mqtt://broker.local", Mqtt, "broker.local", 1883, ""),
            ("MQTT://10.0.0.1:1/", Mqtt, "10.0.0.1", 1, ""),
            ("broker", Mqtt, "broker", 1883, ""),
            ("localhost:65535", Mqtt, "localhost", 65535, ""),
            ("mqtt://[::1]:1884", Mqtt, "::1", 1884, ""),
            ("mqtt://[fe80::1%eth0]", Mqtt, "fe80::1%eth0", 1883, ""),
            ("mqtts://broker", Mqtts, "broker", 8883, ""),
            ("ws://broker", Ws, "broker", 80, ""),
            ("ws://broker:9001/", Ws, "broker", 9001, "/"),
            ("wss://broker/mqtt?x=/1", Wss, "broker", 443, "/mqtt?x=/1"),
            ("unix:///run/mosquitto.sock", Unix, "", 0, "/run/mosquitto.sock"),
            ("unix://odd@name", Unix, "", 0, "odd@name"),
        ] {
            let (host, path) = (host.to_owned(), path.to_owned());
            let address = Address { scheme, host, port, path, had_credentials: false };
            assert_eq!(Address::parse(text), Ok(address), "{text}");
        }
        let text = Address::parse("[::1]").unwrap().to_string();
        assert_eq!(text, "[::1]:1883");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("http://broker", AddressError::Scheme),
            ("", AddressError::NoHost),
            ("mqtt://", AddressError::NoHost),
            ("mqtt://:1883", AddressError::NoHost),
            ("wss:///mqtt", AddressError::NoHost),
            ("unix://", AddressError::NoPath),
            ("mqtt://::1:1883", AddressError::Brackets),
            ("mqtt://[::1", AddressError::Brackets),
            ("mqtt://[::1]1883", AddressError::Port),
            ("mqtt://broker:", AddressError::Port),
            ("mqtt://broker:0", AddressError::Port),
            ("mqtt://broker:65536", AddressError::Port),
            ("mqtt://broker:1883/topic", AddressError::Path),
            ("mqtts://broker/topic", AddressError::Path),
            ("mqtt://bro ker", AddressError::Characters),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn credentials_are_left_out_and_never_repeated() {
        for text in [
            "mqtt://me:s3cret@broker:1884",
            "mqtt://me:s3c/ret@x@broker:1884",
            "me@broker:1884",
            "wss://me:s3c/ret@broker:1884/mqtt",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), "broker:1884", "{text}");
            assert!(address.had_credentials && !format!("{address:?}").contains("s3c"));
        }
        for text in ["mqtt://me:s3cret@broker:x", "mqtt://me:s3cret@", "http://me:s3cret@broker"] {
            let error = Address::parse(text).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
        }
    }
}
