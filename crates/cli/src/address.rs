//! The address of a broker as people write it: `mqtt://HOST:PORT`.
//!
//! Promise: whatever stands before an `@` may be a password, and is never repeated, neither by the
//! address nor by an error.

/// The port that MQTT has by custom (registered with IANA).
const DEFAULT_PORT: u16 = 1883;

/// Where a broker is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Address {
    /// Name or address; an IPv6 address without its brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
    /// A user name or a password stood in the address, and was left out.
    pub(crate) had_credentials: bool,
}

/// Why a text is no address of a broker. Deliberately without the text.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// TLS and WebSocket have schemes of their own.
    #[error(
        "--broker takes addresses of the form mqtt://HOST:PORT; other schemes are not supported"
    )]
    Scheme,
    /// There is nothing to connect to.
    #[error("--broker needs the host name or the address of the broker, as in mqtt://HOST:PORT")]
    NoHost,
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

impl Address {
    /// Reads an address; the scheme and the port may be left out.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub(crate) fn parse(text: &str) -> Result<Self, AddressError> {
        let rest = match text.trim().split_once("://") {
            Some((scheme, rest)) if scheme.eq_ignore_ascii_case("mqtt") => rest,
            Some(_) => return Err(AddressError::Scheme),
            None => text.trim(),
        };
        // At the last one: a password may contain the character, a host name cannot.
        let (had_credentials, rest) = match rest.rsplit_once('@') {
            Some((_, rest)) => (true, rest),
            None => (false, rest),
        };
        let place = rest.strip_suffix('/').unwrap_or(rest);
        if place.contains(['/', '?', '#']) {
            return Err(AddressError::Path);
        }
        let (host, port) = split(place)?;
        if host.is_empty() {
            return Err(AddressError::NoHost);
        }
        if host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(AddressError::Characters);
        }
        let port = match port {
            None => DEFAULT_PORT,
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or(AddressError::Port)?,
        };
        Ok(Self { host: host.to_owned(), port, had_credentials })
    }
}

impl std::fmt::Display for Address {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { host, port, .. } = self;
        if host.contains(':') {
            write!(formatter, "[{host}]:{port}")
        } else {
            write!(formatter, "{host}:{port}")
        }
    }
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
        for (text, host, port) in [
            ("mqtt://broker.local:1884", "broker.local", 1884),
            ("mqtt://broker.local", "broker.local", 1883),
            ("MQTT://10.0.0.1:1/", "10.0.0.1", 1),
            ("broker", "broker", 1883),
            ("localhost:65535", "localhost", 65535),
            ("mqtt://[::1]:1884", "::1", 1884),
            ("mqtt://[fe80::1%eth0]", "fe80::1%eth0", 1883),
        ] {
            let address = Address { host: host.to_owned(), port, had_credentials: false };
            assert_eq!(Address::parse(text), Ok(address), "{text}");
        }
        let text = Address::parse("[::1]").unwrap().to_string();
        assert_eq!(text, "[::1]:1883");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, error) in [
            ("mqtts://broker", AddressError::Scheme),
            ("ws://broker:80/mqtt", AddressError::Scheme),
            ("", AddressError::NoHost),
            ("mqtt://", AddressError::NoHost),
            ("mqtt://:1883", AddressError::NoHost),
            ("mqtt://::1:1883", AddressError::Brackets),
            ("mqtt://[::1", AddressError::Brackets),
            ("mqtt://[::1]1883", AddressError::Port),
            ("mqtt://broker:", AddressError::Port),
            ("mqtt://broker:0", AddressError::Port),
            ("mqtt://broker:65536", AddressError::Port),
            ("mqtt://broker:1883/topic", AddressError::Path),
            ("mqtt://bro ker", AddressError::Characters),
        ] {
            assert_eq!(Address::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn credentials_are_left_out_and_never_repeated() {
        for text in
            ["mqtt://me:s3cret@broker:1884", "mqtt://me:s3c/ret@x@broker:1884", "me@broker:1884"]
        {
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
