//! HTTP/1.1 beside the messages on one port: types, routing, server loop and a small client.
//!
//! Compat: libprocess §5.

pub mod accept;
pub mod body;
pub mod bounded;
pub mod client;
pub mod connection;
pub mod cors;
pub mod decode;
pub mod media;
pub mod message;
pub mod mime;
pub mod query;
pub mod router;
pub(crate) mod serialize;
pub(crate) mod server;
pub mod status;
pub mod stream;

use std::future::Future;
use std::pin::Pin;

pub use body::{Body, BodyStream};
pub use bounded::BoundedStream;
pub use cors::Cors;
pub use http::{HeaderMap, HeaderName, HeaderValue, Method};
pub use media::MediaType;
pub use message::{Principal, Request, Response};
pub use query::{Query, is_path_prefix};
pub use router::{Authenticator, Route, Router};
pub use serialize::gzip;
pub use stream::{StreamBody, StreamSender, stream_of};

/// A boxed future, as handlers return it.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// Answers requests. Implemented by [`Router`] and by async closures.
pub trait Handler: Send + Sync {
    fn call(&self, request: Request) -> BoxFuture<Response>;
}

impl<F, Fut> Handler for F
where
    F: Fn(Request) -> Fut + Send + Sync,
    Fut: Future<Output = Response> + Send + 'static,
{
    fn call(&self, request: Request) -> BoxFuture<Response> {
        Box::pin(self(request))
    }
}
