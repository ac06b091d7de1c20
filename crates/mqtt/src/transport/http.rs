//! Heads of HTTP/1.1 responses, for proxies and WebSockets (RFC 9112 §2).
//!
//! Promises: a head is bounded, and not one byte behind it is taken, for that belongs to the stream;
//! what cannot stand in a request line or header is refused before it is sent.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::reason::Quoted;

/// The longest head that is read, in bytes.
const LONGEST: usize = 16 * 1024;
const MOST_HEADERS: usize = 64;

/// What a server answered.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    reason: String,
    headers: Vec<(String, String)>,
}

impl Head {
    /// The first header with this name.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(each, _)| each.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// As people say it: `404 Not Found`.
    pub(super) fn status_line(&self) -> String {
        format!("{} {}", self.status, Quoted(&self.reason)).trim_end().to_owned()
    }
}

/// Sends a request and reads the head of the response.
///
/// # Errors
/// The stream's; `InvalidData` for what is no head of HTTP, or too long for one.
pub(super) async fn ask<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    request: &str,
) -> io::Result<Head> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await?;
    let mut bytes = Vec::new();
    // One at a time: heads are short and rare, and nothing behind them may be lost.
    while !bytes.ends_with(b"\r\n\r\n") {
        bytes.push(stream.read_u8().await?);
        if bytes.len() > LONGEST || !begins_like_http(&bytes) {
            return Err(foreign());
        }
    }
    parse(&bytes).ok_or_else(foreign)
}

fn begins_like_http(bytes: &[u8]) -> bool {
    bytes.iter().zip(b"HTTP/1.").all(|(each, expected)| each == expected)
}

fn foreign() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "what it answered is not HTTP")
}

fn parse(bytes: &[u8]) -> Option<Head> {
    let mut space = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut response = httparse::Response::new(&mut space);
    let parsed = response.parse(bytes).ok()?;
    if parsed.is_partial() {
        return None;
    }
    let header = |each: &httparse::Header<'_>| {
        (each.name.to_owned(), String::from_utf8_lossy(each.value).into_owned())
    };
    Some(Head {
        status: response.code?,
        reason: response.reason.unwrap_or_default().to_owned(),
        headers: response.headers.iter().map(header).collect(),
    })
}

/// Whether this can stand in a request line.
pub(super) fn is_target(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether this can be a header (RFC 9110 §5): a name is a token, a value has no line end.
pub(super) fn is_header(name: &str, value: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !name.is_empty()
        && name.bytes().all(token)
        && value.bytes().all(|byte| byte == b'\t' || !byte.is_ascii_control())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::{AsyncReadExt, duplex};

    use super::*;

    async fn answered(bytes: &[u8]) -> (Option<Head>, Vec<u8>) {
        let (mut near, mut far) = duplex(64 * 1024);
        far.write_all(bytes).await.unwrap();
        far.shutdown().await.unwrap();
        let head = ask(&mut near, "GET / HTTP/1.1\r\n\r\n").await.ok();
        let mut rest = Vec::new();
        near.read_to_end(&mut rest).await.unwrap();
        (head, rest)
    }

    #[tokio::test]
    async fn what_follows_the_head_is_left_to_the_stream() {
        let (head, rest) =
            answered(b"HTTP/1.1 101 Switching\r\nUpgrade: websocket\r\n\r\n\x82\x01").await;
        let head = head.unwrap();
        assert_eq!((head.status, head.header("UPGRADE")), (101, Some("websocket")));
        assert_eq!(head.status_line(), "101 Switching");
        assert_eq!(rest, [0x82, 1]);
    }

    #[tokio::test]
    async fn what_is_no_head_is_refused_and_bounded() {
        let endless = [b"HTTP/1.1 200 OK\r\nX: ".as_slice(), &vec![b'x'; 40_000]].concat();
        let cases: [&[u8]; 5] =
            [b"", b"SSH-2.0-x\r\n\r\n", b"HTTP/1.1 2", b"HTTP/1.1 abc\r\n\r\n", &endless];
        for bytes in cases {
            assert_eq!(answered(bytes).await.0, None, "{:?}", bytes.get(..20));
        }
    }

    #[test]
    fn a_header_cannot_smuggle_another_one() {
        assert!(is_header("X-Token", "a b\tc ä"));
        for (name, value) in [("", "x"), ("a b", "x"), ("a:", "x"), ("a", "x\r\ny: z"), ("a", "\0")]
        {
            assert!(!is_header(name, value), "{name:?} {value:?}");
        }
        assert!(is_target("/mqtt?x=1") && !is_target("/a b") && !is_target(""));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_fail(bytes in any::<Vec<u8>>()) {
            let _ = parse(&bytes);
        }
    }
}
