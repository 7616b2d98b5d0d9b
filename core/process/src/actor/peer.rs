//! The task behind one outgoing connection: writes what is queued, reads and discards the answers.
//!
//! Compat: libprocess §2. Unlinked connections stay open for [`IDLE_CLOSE`] instead of closing at
//! once, so that the peer's 202s do not meet a closed socket.

use std::collections::VecDeque;
use std::io::{self, IoSlice};
use std::net::SocketAddrV4;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use nix::sys::socket::MsgFlags;
use socket2::SockRef;
use tokio::io::{AsyncWriteExt as _, Interest};
use tokio::net::TcpStream;

use super::node::Inner;
use super::outgoing::{Batch, Outgoing};

/// How long an unlinked connection without traffic is kept.
pub const IDLE_CLOSE: Duration = Duration::from_secs(30);
/// How long connecting may take; a host that does not answer counts as one that refuses.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a closing connection waits for the peer to read what was written.
const LINGER: Duration = Duration::from_secs(1);
/// Segments of one vectored write.
const MAX_SEGMENTS: usize = 64;

/// One outgoing connection as the node's table knows it.
pub(crate) struct Peer {
    pub outgoing: Arc<Outgoing>,
    pub generation: u64,
}

/// Why a connection task ended.
pub(crate) enum End {
    /// On purpose: idle, replaced by a reconnect, or the node shuts down.
    Closed,
    /// Connecting failed.
    Refused(io::Error),
    /// The connection broke while it was open.
    Broken(io::Error),
}

pub(crate) async fn run(
    node: Arc<Inner>,
    address: SocketAddrV4,
    outgoing: Arc<Outgoing>,
    generation: u64,
) {
    let end = match connect(TcpStream::connect(address)).await {
        Ok(stream) => match pump(&node, address, &outgoing, generation, stream).await {
            Ok(()) => End::Closed,
            Err(error) => End::Broken(error),
        },
        Err(error) => End::Refused(error),
    };
    node.connection_ended(address, generation, &outgoing, end);
}

async fn connect<T>(attempt: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    let late = |_| io::ErrorKind::TimedOut.into();
    let result = tokio::time::timeout(CONNECT_TIMEOUT, attempt).await;
    result.map_err(late).and_then(|connected| connected)
}

async fn pump(
    node: &Inner,
    address: SocketAddrV4,
    outgoing: &Outgoing,
    generation: u64,
    mut stream: TcpStream,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    loop {
        let Batch {
            mut segments,
            messages,
        } = outgoing.take();
        if messages > 0 {
            let result = write_all(&stream, &mut segments).await;
            node.wrote(messages, result.is_ok());
            result?;
            continue;
        }
        if outgoing.is_closed() || outgoing.is_finished() {
            return finish(&mut stream).await;
        }
        let idle = tokio::time::sleep(IDLE_CLOSE);
        tokio::select! {
            () = outgoing.changed() => {}
            ready = stream.readable() => { ready?; drain(&stream)?; }
            () = idle => if node.close_idle(address, generation, outgoing) {
                return finish(&mut stream).await;
            }
        }
    }
}

/// Writes all segments; reads and discards answers meanwhile so that neither side blocks.
async fn write_all(stream: &TcpStream, segments: &mut VecDeque<Bytes>) -> io::Result<()> {
    while !segments.is_empty() {
        let mut slices = [IoSlice::new(&[]); MAX_SEGMENTS];
        let count = segments.len().min(MAX_SEGMENTS);
        for (slice, segment) in slices.iter_mut().zip(segments.iter()) {
            *slice = IoSlice::new(segment);
        }
        match try_send(stream, &slices[..count]) {
            Ok(written) => advance(segments, written),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                let ready = stream
                    .ready(Interest::READABLE | Interest::WRITABLE)
                    .await?;
                if ready.is_readable() {
                    drain(stream)?;
                }
            }
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// One vectored write. `writev` would raise SIGPIPE when the peer is gone, which kills a host
/// process that does not ignore that signal.
fn try_send(stream: &TcpStream, slices: &[IoSlice<'_>]) -> io::Result<usize> {
    stream.try_io(Interest::WRITABLE, || {
        SockRef::from(stream).send_vectored_with_flags(slices, MsgFlags::MSG_NOSIGNAL.bits())
    })
}

fn advance(segments: &mut VecDeque<Bytes>, mut written: usize) {
    while let Some(first) = segments.front_mut() {
        if written < first.len() {
            first.advance(written);
            return;
        }
        written -= first.len();
        segments.pop_front();
    }
}

/// Reads what is there; the end of the stream is an error.
fn drain(stream: &TcpStream) -> io::Result<()> {
    let mut discard = [0; 8 * 1024];
    loop {
        match stream.try_read(&mut discard) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        }
    }
}

/// Ends the writing side and waits a little for the peer's answers: closing a socket with unread
/// bytes would reset it and could destroy messages that the peer has not read yet.
async fn finish(stream: &mut TcpStream) -> io::Result<()> {
    stream.shutdown().await?;
    let answers = async { while stream.readable().await.is_ok() && drain(stream).is_ok() {} };
    let _ = tokio::time::timeout(LINGER, answers).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_host_that_does_not_answer_counts_as_refusing_after_the_deadline() {
        let begin = tokio::time::Instant::now();
        let error = connect(std::future::pending::<io::Result<()>>()).await;
        assert_eq!(error.unwrap_err().kind(), io::ErrorKind::TimedOut);
        assert_eq!(begin.elapsed(), CONNECT_TIMEOUT);
    }
}
