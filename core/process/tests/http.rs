//! The HTTP side over real sockets: keep-alive, HEAD, gzip, files, streams, failures.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use mesos_process::http::client::{self, ClientRequest};
use mesos_process::http::{Body, Request, Response, Route, Router};
use mesos_process::{Node, NodeConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

const WAIT: Duration = Duration::from_secs(10);

async fn serve(router: Router) -> (Node, String) {
    let node = Node::bind(NodeConfig::loopback())
        .await
        .expect("an ephemeral port is free");
    node.serve(Arc::new(router));
    let url = format!("http://{}", node.address());
    (node, url)
}

fn route<F, Fut>(path: &str, handler: F) -> Router
where
    F: Fn(Request) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Response> + Send + 'static,
{
    let mut router = Router::new();
    router.add("p", path, Route::new(handler)).delegate("p");
    router
}

async fn raw(node: &Node, request: &str) -> String {
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    stream.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(WAIT, stream.read_to_end(&mut answer)).await;
    read.expect("closed in time").expect("readable");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn requests_carry_decoded_path_query_and_body() {
    let router = route("/echo", |request: Request| async move {
        let query = request.query.get("a").unwrap_or("-").to_owned();
        let body = String::from_utf8_lossy(&request.body).into_owned();
        Response::text(format!(
            "{} {} {query} {body}",
            request.method, request.path
        ))
    });
    let (_node, url) = serve(router).await;
    let request = ClientRequest::post(format!("{url}/p/echo/%41?a=b%20c"), "text/plain", "hello");
    let response = client::send(request).await.expect("answered");
    assert_eq!(
        (response.status, response.header("content-length")),
        (200, Some("24"))
    );
    assert_eq!(
        response.bytes().await.expect("body"),
        "POST /p/echo/A b c hello"
    );
}

#[tokio::test]
async fn keep_alive_and_close_follow_the_request() {
    let (node, _) = serve(route("/x", |_| async { Response::text("x") })).await;
    let answers = raw(
        &node,
        "GET /x HTTP/1.1\r\n\r\nGET /x HTTP/1.1\r\nConnection: close\r\n\r\nGET /x HTTP/1.1\r\n\r\n",
    )
    .await;
    assert_eq!(answers.matches("HTTP/1.1 200 OK").count(), 2, "{answers}");
    let answers = raw(&node, "GET /x HTTP/1.0\r\n\r\n").await;
    assert!(
        answers.starts_with("HTTP/1.1 200 OK\r\nDate: "),
        "{answers}"
    );
}

#[tokio::test]
async fn head_gives_the_headers_of_get_without_the_body() {
    let (node, _) = serve(route("/x", |_| async { Response::text("four") })).await;
    let answer = raw(&node, "HEAD /x HTTP/1.1\r\nConnection: close\r\n\r\n").await;
    assert!(
        answer.contains("Content-Length: 4\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
}

#[tokio::test]
async fn only_large_bodies_are_compressed_and_only_for_clients_that_take_it() {
    let router = route("/n", |request: Request| async move {
        let size = request
            .query
            .get("n")
            .and_then(|n| n.parse().ok())
            .unwrap_or(0);
        Response::text("x".repeat(size))
    });
    let (_node, url) = serve(router).await;
    for (size, accept, packed) in [
        (1024, "gzip", true),
        (1023, "gzip", false),
        (2000, "", false),
        (500_000, "gzip", true),
    ] {
        let request =
            ClientRequest::get(format!("{url}/n?n={size}")).header("Accept-Encoding", accept);
        let response = client::send(request).await.expect("answered");
        assert_eq!(
            response.header("content-encoding") == Some("gzip"),
            packed,
            "{size} {accept}"
        );
        let length: usize = response
            .header("content-length")
            .expect("present")
            .parse()
            .expect("number");
        let body = response.bytes().await.expect("body");
        assert_eq!(body.len(), length);
        assert_eq!(packed, length < size);
    }
}

#[tokio::test]
async fn files_are_sent_and_directories_are_not_found() {
    let dir = tempfile::tempdir().expect("temporary directory");
    let file = dir.path().join("file");
    std::fs::write(&file, vec![b'z'; 300_000]).expect("written");
    let base = dir.path().to_owned();
    let router = route("/f", move |request: Request| {
        let path = base.join(request.query.get("name").unwrap_or_default());
        async move { Response::ok().body(Body::File(path)) }
    });
    let (_node, url) = serve(router).await;
    let response = client::send(ClientRequest::get(format!("{url}/f?name=file")))
        .await
        .expect("answered");
    assert_eq!(response.bytes().await.expect("body").len(), 300_000);
    for name in ["", "missing"] {
        let request = ClientRequest::get(format!("{url}/f?name={name}"));
        assert_eq!(client::send(request).await.expect("answered").status, 404);
    }
}

#[tokio::test]
async fn streams_arrive_piece_by_piece_and_notice_a_client_that_leaves() {
    let (left, mut has_left) = tokio::sync::mpsc::channel(1);
    let router = route("/s", move |_| {
        let left = left.clone();
        async move {
            let (sender, body) = Body::stream();
            tokio::spawn(async move {
                let _ = sender.send(Bytes::from_static(b"one")).await;
                sender.closed().await;
                let _ = left.send(()).await;
            });
            Response::ok().body(body)
        }
    });
    let (_node, url) = serve(router).await;
    let mut response = client::send(ClientRequest::get(format!("{url}/s")))
        .await
        .expect("answered");
    assert_eq!(response.header("transfer-encoding"), Some("chunked"));
    assert_eq!(
        response.chunk().await.expect("open"),
        Some(Bytes::from_static(b"one"))
    );
    drop(response);
    let noticed = tokio::time::timeout(WAIT, has_left.recv()).await;
    assert_eq!(noticed.expect("noticed in time"), Some(()));
}

#[tokio::test]
async fn a_finished_stream_leaves_the_connection_usable() {
    let router = route("/s", |_| async {
        let (sender, body) = Body::stream();
        let _ = sender.send(Bytes::from_static(b"abc")).await;
        Response::ok().body(body)
    });
    let (node, _) = serve(router).await;
    let answers = raw(
        &node,
        "GET /s HTTP/1.1\r\n\r\nGET /s HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert_eq!(
        answers.matches("3\r\nabc\r\n0\r\n\r\n").count(),
        2,
        "{answers}"
    );
}

#[tokio::test]
async fn recordio_requests_are_handled_while_they_arrive() {
    let router = route("/in", |mut request: Request| async move {
        let mut stream = request.stream.take().expect("recordio streams");
        let mut total = 0;
        while let Some(piece) = stream.next().await {
            total += piece.expect("well-formed").len();
        }
        Response::text(total.to_string())
    });
    let (_node, url) = serve(router).await;
    let body = vec![b'r'; 1_000_000];
    let request = ClientRequest::post(format!("{url}/in"), "application/recordio", body);
    let response = client::send(request).await.expect("answered");
    assert_eq!(response.bytes().await.expect("body"), "1000000");
}

#[tokio::test]
async fn a_panicking_handler_gives_500_and_the_node_lives() {
    let router = route("/boom", |_| async { panic!("handler bug") });
    let (_node, url) = serve(router).await;
    for _ in 0..2 {
        let request = ClientRequest::get(format!("{url}/boom"));
        assert_eq!(client::send(request).await.expect("answered").status, 500);
    }
}

#[tokio::test]
async fn large_request_bodies_arrive_whole() {
    let router = route("/len", |request: Request| async move {
        Response::text(request.body.len().to_string())
    });
    let (_node, url) = serve(router).await;
    let request = ClientRequest::post(format!("{url}/len"), "text/plain", vec![b'x'; 20_000_000]);
    let response = client::send(request).await.expect("answered");
    assert_eq!(response.bytes().await.expect("body"), "20000000");
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let router = route("/len", |request: Request| async move {
        Response::text(format!("{}", request.body.len()))
    });
    let (node, _) = serve(router).await;
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    let head = "POST /len HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("written");
    let mut interim = vec![0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    let read = tokio::time::timeout(WAIT, stream.read_exact(&mut interim)).await;
    read.expect("in time").expect("readable");
    assert_eq!(interim, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"abc").await.expect("written");
    let mut answer = vec![0; 15];
    stream.read_exact(&mut answer).await.expect("answered");
    assert_eq!(answer, b"HTTP/1.1 200 OK");
}

/// Tells when the memory that it stands for is given back.
struct Watched(Vec<u8>, tokio::sync::mpsc::Sender<()>);

impl AsRef<[u8]> for Watched {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.1.try_send(());
    }
}

/// A client that keeps its connection open but reads nothing: what waits for it is given back.
async fn nothing_waits_for_a_client_that_does_not_read(is_cut: bool) {
    let (freed, mut is_freed) = tokio::sync::mpsc::channel(1);
    let (ended, mut has_ended) = tokio::sync::mpsc::channel(1);
    let router = route("/s", move |_| {
        let (freed, ended) = (freed.clone(), ended.clone());
        async move {
            let (sender, body) = Body::stream();
            tokio::spawn(async move {
                // More than the sockets hold.
                let chunk = Bytes::from(vec![b'x'; 1024 * 1024]);
                for _ in 0..64 {
                    let _ = sender.try_send(chunk.clone());
                }
                let last = Bytes::from_owner(Watched(vec![b'y'; 1024], freed));
                let _ = sender.try_send(last);
                if is_cut {
                    sender.cut();
                }
                drop(sender);
                let _ = ended.send(()).await;
            });
            Response::ok().body(body)
        }
    });
    let (node, _) = serve(router).await;
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    let request = b"GET /s HTTP/1.1\r\n\r\n";
    stream.write_all(request).await.expect("written");
    has_ended.recv().await.expect("the stream has ended");
    let given_back = tokio::time::timeout(WAIT, is_freed.recv()).await;
    assert_eq!(given_back.expect("given back in time"), Some(()));
    let mut rest = Vec::new();
    let read = tokio::time::timeout(WAIT, stream.read_to_end(&mut rest)).await;
    // The end may be a reset.
    let _ = read.expect("the connection is closed");
    assert!(!rest.ends_with(b"0\r\n\r\n"), "not taken for the whole");
}

#[tokio::test]
async fn a_stream_that_is_cut_keeps_nothing_for_a_client_that_does_not_read() {
    nothing_waits_for_a_client_that_does_not_read(true).await;
}

#[tokio::test]
async fn a_stream_that_has_ended_waits_only_a_moment_for_its_client() {
    nothing_waits_for_a_client_that_does_not_read(false).await;
}

#[tokio::test]
async fn a_stream_without_a_reader_does_not_grow_and_ends_with_its_client() {
    let router = route("/s", |_| async {
        let (sender, body) = Body::stream();
        tokio::spawn(async move {
            let chunk = Bytes::from(vec![b'x'; 64 * 1024]);
            while sender.send(chunk.clone()).await.is_ok() {}
        });
        Response::ok().body(body)
    });
    let (node, _) = serve(router).await;
    let mut stream = TcpStream::connect(node.address()).await.expect("listening");
    stream
        .write_all(b"GET /s HTTP/1.1\r\n\r\n")
        .await
        .expect("written");
    let mut some = vec![0; 100_000];
    stream.read_exact(&mut some).await.expect("it streams");
    drop(stream);
    // The node must still answer others.
    let answer = raw(
        &node,
        "GET /none/such HTTP/1.1\r\nConnection: close\r\n\r\n",
    )
    .await;
    assert!(answer.starts_with("HTTP/1.1 404"), "{answer}");
}
