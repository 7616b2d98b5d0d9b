//! A client's connection that stays: requests go out without waiting for answers, which come back in order and in
//! pieces.
//!
//! Compat: libprocess §6 (connections, outgoing HTTP client).

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use bytes::{Buf, Bytes, BytesMut};
use http::HeaderMap;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, UnixStream};
use tokio::sync::mpsc::{Receiver, Sender, UnboundedReceiver, UnboundedSender, channel};
use tokio::sync::mpsc::{error::TryRecvError, unbounded_channel};
use tokio::task::AbortHandle;

use super::client::{ClientError, framing, parse_head};
use super::decode::framing::{Framing, Progress};
use super::decode::{MAX_HEAD_BYTES, head};

/// How long making a connection may take.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// Pieces that wait for the reader; beyond that nothing is taken from the socket.
const WAITING_MAX: usize = 64;
const READ_BYTES: usize = 16 * 1024;
const READ_MAX_BYTES: usize = 1024 * 1024;
/// Requests that are written at once.
const WRITE_BATCH_BYTES: usize = 256 * 1024;

/// Where to connect to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint {
    Tcp(SocketAddr),
    /// A socket in the file system.
    Unix(PathBuf),
}

impl Endpoint {
    /// The `Host` header: the port is left out when it is the scheme's own.
    #[must_use]
    pub fn host(&self) -> String {
        match self {
            Self::Tcp(address) if matches!(address.port(), 80 | 443) => address.ip().to_string(),
            Self::Tcp(address) => address.to_string(),
            Self::Unix(_) => "localhost".to_owned(),
        }
    }
}

/// What comes back; after `Closed` nothing more.
#[derive(Debug)]
pub enum Incoming {
    Head { status: u16, headers: HeaderMap },
    Piece(Bytes),
    End,
    Closed(String),
}

/// A connection; dropping it closes the socket.
#[derive(Debug)]
pub struct Connection {
    requests: UnboundedSender<Request>,
    incoming: Receiver<Incoming>,
    task: AbortHandle,
}

#[derive(Debug)]
enum Request {
    Bytes(Bytes),
    /// Answered when everything before it has been written.
    Flush(tokio::sync::oneshot::Sender<()>),
}

/// A POST request as it goes over the wire.
#[must_use]
pub fn post(host: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Bytes {
    let clean = |text: &str| text.replace(['\r', '\n'], "");
    let mut out = format!(
        "POST {} HTTP/1.1\r\nContent-Length: {}\r\nHost: {}\r\n",
        clean(path),
        body.len(),
        clean(host)
    );
    for (name, value) in headers {
        out.push_str(&format!("{}: {}\r\n", clean(name), clean(value)));
    }
    out.push_str("\r\n");
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(body);
    bytes.into()
}

impl Connection {
    /// Connects; must be called inside a tokio runtime.
    ///
    /// # Errors
    /// If the connection cannot be made in time.
    pub async fn open(endpoint: &Endpoint) -> Result<Self, ClientError> {
        let failed = |address: &dyn std::fmt::Debug, source| ClientError::Connect {
            address: format!("{address:?}"),
            source,
        };
        let late = || io::Error::from(io::ErrorKind::TimedOut);
        match endpoint {
            Endpoint::Tcp(address) => {
                let opened = tokio::time::timeout(OPEN_TIMEOUT, TcpStream::connect(address));
                let stream = opened.await.unwrap_or_else(|_| Err(late()));
                let stream = stream.map_err(|source| failed(address, source))?;
                stream.set_nodelay(true)?;
                Ok(Self::over(stream))
            }
            Endpoint::Unix(path) => {
                let opened = tokio::time::timeout(OPEN_TIMEOUT, UnixStream::connect(path));
                let stream = opened.await.unwrap_or_else(|_| Err(late()));
                Ok(Self::over(stream.map_err(|source| failed(path, source))?))
            }
        }
    }

    fn over<S: AsyncRead + AsyncWrite + Send + 'static>(stream: S) -> Self {
        let (requests, to_write) = unbounded_channel();
        let (sender, incoming) = channel(WAITING_MAX);
        let task = tokio::spawn(serve(stream, to_write, sender)).abort_handle();
        Self {
            requests,
            incoming,
            task,
        }
    }

    /// Hands over a request made by [`post`]; lost if the connection is.
    pub fn send(&self, request: Bytes) {
        let _ = self.requests.send(Request::Bytes(request));
    }

    /// The next of what comes back.
    pub async fn next(&mut self) -> Incoming {
        let closed = || Incoming::Closed("Disconnected".to_owned());
        self.incoming.recv().await.unwrap_or_else(closed)
    }

    /// Resolves when what was sent before is written, or never will be.
    pub fn flushed(&self) -> impl Future<Output = ()> + Send + use<> {
        let (sender, receiver) = tokio::sync::oneshot::channel();
        let _ = self.requests.send(Request::Flush(sender));
        async move {
            let _ = receiver.await;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Writes and reads, until either side ends the connection.
async fn serve<S: AsyncRead + AsyncWrite>(
    stream: S,
    requests: UnboundedReceiver<Request>,
    incoming: Sender<Incoming>,
) {
    let (reader, writer) = tokio::io::split(stream);
    let result = tokio::select! {
        result = read(reader, &incoming) => result,
        result = write(writer, requests) => result.map_err(ClientError::Io),
    };
    let reason = match result {
        Ok(()) => "Disconnected".to_owned(),
        Err(error) => error.to_string(),
    };
    let _ = incoming.send(Incoming::Closed(reason)).await;
}

async fn write<W: AsyncWrite + Unpin>(
    mut writer: W,
    mut requests: UnboundedReceiver<Request>,
) -> io::Result<()> {
    let mut batch = Vec::new();
    let mut flushed = Vec::new();
    loop {
        let mut next = requests.recv().await;
        loop {
            match next {
                Some(Request::Bytes(bytes)) => batch.extend_from_slice(&bytes),
                Some(Request::Flush(done)) => flushed.push(done),
                None => return writer.shutdown().await,
            }
            if batch.len() >= WRITE_BATCH_BYTES {
                break;
            }
            next = match requests.try_recv() {
                Ok(request) => Some(request),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            };
        }
        writer.write_all(&batch).await?;
        writer.flush().await?;
        batch.clear();
        // One large request must not occupy memory for ever.
        batch.shrink_to(WRITE_BATCH_BYTES);
        flushed.clear();
    }
}

async fn read<R: AsyncRead + Unpin>(
    mut reader: R,
    incoming: &Sender<Incoming>,
) -> Result<(), ClientError> {
    let mut input = BytesMut::with_capacity(READ_BYTES);
    let mut body: Option<Framing> = None;
    loop {
        while let Some(item) = next_item(&mut input, &mut body)? {
            if incoming.send(item).await.is_err() {
                return Ok(());
            }
        }
        let wanted = body.map_or(0, |framing| framing.wanted());
        input.reserve(wanted.clamp(READ_BYTES, READ_MAX_BYTES));
        if reader.read_buf(&mut input).await? > 0 {
            continue;
        }
        return match body {
            None if input.is_empty() => Ok(()),
            Some(Framing::UntilClose) => {
                let _ = incoming.send(Incoming::End).await;
                Ok(())
            }
            Some(_) | None => Err(ClientError::Disconnected),
        };
    }
}

/// Takes the next part of an answer out of `input`; `None` when more bytes are needed.
fn next_item(
    input: &mut BytesMut,
    body: &mut Option<Framing>,
) -> Result<Option<Incoming>, ClientError> {
    if let Some(framing) = body {
        return Ok(match framing.step(input) {
            Progress::NeedMore => None,
            Progress::Piece(piece) => Some(Incoming::Piece(piece)),
            Progress::End | Progress::Trailers => {
                *body = None;
                Some(Incoming::End)
            }
            Progress::Failed(_) => return Err(ClientError::Decode("malformed body")),
        });
    }
    while let Some(end) = head::find_end(input, 0) {
        let (status, headers) = parse_head(&input[..end])?;
        input.advance(end);
        if status / 100 == 1 {
            continue;
        }
        *body = Some(framing(status, &headers, false)?);
        return Ok(Some(Incoming::Head { status, headers }));
    }
    if input.len() > MAX_HEAD_BYTES {
        return Err(ClientError::Decode("head too large"));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use tokio::net::TcpListener;

    /// Bytes that look like answers, more or less.
    fn answers() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            Just(b"HTTP/1.1 200 OK\r\n".to_vec()),
            Just(b"HTTP/1.1 100 \r\n\r\n".to_vec()),
            Just(b"Content-Length: 3\r\n".to_vec()),
            Just(b"Transfer-Encoding: chunked\r\n".to_vec()),
            Just(b"\r\n".to_vec()),
            Just(b"2\r\nab\r\n0\r\n\r\n".to_vec()),
            proptest::collection::vec(any::<u8>(), 0..8),
        ];
        proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    /// Everything that comes of bytes which arrive in pieces of `step`.
    fn decoded(bytes: &[u8], step: usize) -> String {
        let (mut input, mut body, mut seen) = (BytesMut::new(), None, String::new());
        for piece in bytes.chunks(step) {
            input.extend_from_slice(piece);
            loop {
                match next_item(&mut input, &mut body) {
                    Ok(None) => break,
                    Ok(Some(Incoming::Piece(piece))) => {
                        seen.push_str(&String::from_utf8_lossy(&piece));
                    }
                    Ok(Some(other)) => seen.push_str(&format!("<{other:?}>")),
                    Err(error) => return format!("{seen}<{error}>"),
                }
            }
        }
        seen
    }

    proptest! {
        #[test]
        fn anything_may_come_in_pieces_of_any_size(bytes in answers(), step in 1usize..20) {
            prop_assert_eq!(decoded(&bytes, step), decoded(&bytes, bytes.len().max(1)));
        }
    }

    async fn pair() -> (Connection, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::Tcp(listener.local_addr().unwrap());
        let connection = Connection::open(&endpoint).await.unwrap();
        (connection, listener.accept().await.unwrap().0)
    }

    async fn status(connection: &mut Connection) -> u16 {
        match connection.next().await {
            Incoming::Head { status, .. } => status,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn requests_do_not_wait_for_answers_which_come_in_order() {
        let (mut connection, mut server) = pair().await;
        connection.send(post("h:1", "/p", &[("A", "b\r\nc")], b"one"));
        connection.send(post("h:1", "/p", &[], b"two"));
        let expected = "POST /p HTTP/1.1\r\nContent-Length: 3\r\nHost: h:1\r\nA: bc\r\n\r\none\
                        POST /p HTTP/1.1\r\nContent-Length: 3\r\nHost: h:1\r\n\r\ntwo";
        let mut seen = vec![0; expected.len()];
        server.read_exact(&mut seen).await.unwrap();
        assert_eq!(String::from_utf8(seen).unwrap(), expected);
        let answers = b"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n\
                        HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno";
        server.write_all(answers).await.unwrap();
        assert_eq!(status(&mut connection).await, 202);
        assert!(matches!(connection.next().await, Incoming::End));
        assert_eq!(status(&mut connection).await, 400);
        assert!(matches!(connection.next().await, Incoming::Piece(piece) if &piece[..] == b"no"));
        assert!(matches!(connection.next().await, Incoming::End));
    }

    #[tokio::test]
    async fn an_idle_connection_that_ends_is_noticed() {
        let (mut connection, server) = pair().await;
        drop(server);
        let next = connection.next().await;
        assert!(matches!(next, Incoming::Closed(_)), "{next:?}");
    }

    #[tokio::test]
    async fn a_broken_body_closes_the_connection() {
        let (mut connection, mut server) = pair().await;
        let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nzz\r\n";
        server.write_all(answer).await.unwrap();
        assert_eq!(status(&mut connection).await, 200);
        assert!(matches!(connection.next().await, Incoming::Piece(piece) if &piece[..] == b"abc"));
        let Incoming::Closed(reason) = connection.next().await else {
            panic!("not closed");
        };
        assert_eq!(reason, "failed to decode response: malformed body");
    }
}
