//! Transfers by FTP: the reply that ends a transfer must be 226.
//!
//! Compat: agent part 2 §20.2 rule 3.

use std::{
    io,
    net::{TcpStream, ToSocketAddrs},
    path::Path,
    time::Duration,
};

use suppaftp::{FtpStream, types::FileType};

use super::Error;

const PORT: u16 = 21;
/// Who one is to servers that ask for no account, as curl says it.
const ANONYMOUS: (&str, &str) = ("anonymous", "ftp@example.com");

/// The parts of `ftp://[user[:password]@]host[:port]/path`.
#[derive(Debug, PartialEq, Eq)]
struct Address<'a> {
    user: &'a str,
    password: &'a str,
    host: &'a str,
    port: u16,
    path: &'a str,
}

fn parse(url: &str) -> Option<Address<'_>> {
    let (_, rest) = url.split_once("://")?;
    let (authority, path) = rest.split_once('/')?;
    let (account, place) = authority
        .rsplit_once('@')
        .map_or((None, authority), |(account, place)| (Some(account), place));
    let (user, password) = account.map_or(ANONYMOUS, |account| {
        account.split_once(':').unwrap_or((account, ""))
    });
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (place, PORT),
    };
    (!host.is_empty() && !path.is_empty()).then_some(Address {
        user,
        password,
        host,
        port,
        path,
    })
}

fn failed(error: impl std::fmt::Display) -> Error {
    Error::Ftp(error.to_string())
}

fn connect(url: &str, stall: Duration) -> Result<(FtpStream, &str), Error> {
    if url
        .get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("ftps"))
    {
        return Err(Error::FtpsNotBuilt);
    }
    let address = parse(url).ok_or_else(|| failed("malformed URL"))?;
    let place = (address.host, address.port)
        .to_socket_addrs()
        .map_err(failed)?
        .next();
    let place = place.ok_or_else(|| failed("the host has no address"))?;
    let stream = TcpStream::connect_timeout(&place, stall).map_err(failed)?;
    stream.set_read_timeout(Some(stall)).map_err(failed)?;
    stream.set_write_timeout(Some(stall)).map_err(failed)?;
    let mut ftp = FtpStream::connect_with_stream(stream).map_err(failed)?;
    ftp.login(address.user, address.password).map_err(failed)?;
    ftp.transfer_type(FileType::Binary).map_err(failed)?;
    Ok((ftp, address.path))
}

/// # Errors
/// Anything short of a complete transfer.
pub fn download(url: &str, path: &Path, stall: Duration) -> Result<(), Error> {
    let (mut ftp, remote) = connect(url, stall)?;
    let mut stream = ftp.retr_as_stream(remote).map_err(failed)?;
    stream
        .get_ref()
        .set_read_timeout(Some(stall))
        .map_err(failed)?;
    let written = |source| Error::File {
        what: "write",
        path: path.to_owned(),
        source,
    };
    let mut file = std::fs::File::create(path).map_err(written)?;
    io::copy(&mut stream, &mut file).map_err(written)?;
    ftp.finalize_retr_stream(stream).map_err(failed)?;
    // The bytes are here; a server that does not say goodbye changes nothing.
    let _ = ftp.quit();
    Ok(())
}

/// # Errors
/// As for a download; a length of zero is one too.
pub fn size(url: &str, stall: Duration) -> Result<u64, Error> {
    let (mut ftp, remote) = connect(url, stall)?;
    let size = ftp.size(remote).map_err(failed)?;
    // As above.
    let _ = ftp.quit();
    match size {
        0 => Err(failed("the server does not tell the length")),
        size => Ok(size as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_account_host_port_and_path() {
        let plain = Address {
            user: "anonymous",
            password: "ftp@example.com",
            host: "h",
            port: 21,
            path: "a/b",
        };
        assert_eq!(parse("ftp://h/a/b"), Some(plain));
        let full = Address {
            user: "u",
            password: "p",
            host: "h",
            port: 2121,
            path: "x",
        };
        assert_eq!(parse("ftp://u:p@h:2121/x"), Some(full));
        assert_eq!(parse("ftp://h"), None);
    }
}
