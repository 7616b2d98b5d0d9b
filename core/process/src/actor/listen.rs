//! The listening socket and the address of this host.
//!
//! Compat: libprocess §2 (socket options), §3 (address of this instance).

use std::io;
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;

use super::node::{BindError, Inner};
use crate::http;

/// Connections that may wait to be accepted.
const BACKLOG: i32 = 65_535;
/// Pause after a failed accept (usually no free file descriptor).
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the node shuts down.
pub(super) async fn accept(node: Arc<Inner>, listener: TcpListener) {
    let mut shutdown = node.shutdown.subscribe();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = shutdown.wait_for(|down| *down) => return,
        };
        let (stream, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                tracing::warn!("Failed to accept a connection: {error}");
                tokio::time::sleep(ACCEPT_PAUSE).await;
                continue;
            }
        };
        let (node, mut shutdown) = (node.clone(), node.shutdown.subscribe());
        tokio::spawn(async move {
            tokio::select! {
                () = http::server::serve(node, stream, peer) => {}
                _ = shutdown.wait_for(|down| *down) => {}
            }
        });
    }
}

pub(super) fn listen(address: SocketAddrV4) -> io::Result<TcpListener> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::IPV4, Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&SocketAddr::V4(address).into())?;
    socket.listen(BACKLOG)?;
    TcpListener::from_std(socket.into())
}

/// The system's text of an error, without Rust's number behind it.
pub(super) fn os_text(error: &io::Error) -> String {
    error.raw_os_error().map_or_else(
        || error.to_string(),
        |code| nix::errno::Errno::from_raw(code).desc().to_owned(),
    )
}

/// The first IPv4 address of this host's name.
pub(super) fn own_ip() -> Result<Ipv4Addr, BindError> {
    let name = nix::unistd::gethostname()
        .map(|name| name.to_string_lossy().into_owned())
        .map_err(|error| BindError::Resolve {
            host: String::new(),
            reason: error.to_string(),
        })?;
    let resolved = (name.as_str(), 0).to_socket_addrs();
    let reason = match resolved {
        Ok(addresses) => {
            let mut ipv4 = addresses.filter_map(|address| match address {
                SocketAddr::V4(address) => Some(*address.ip()),
                SocketAddr::V6(_) => None,
            });
            match ipv4.next() {
                Some(ip) => return Ok(ip),
                None => "no IPv4 address".to_owned(),
            }
        }
        Err(error) => error.to_string(),
    };
    Err(BindError::Resolve { host: name, reason })
}
