use super::*;
use proptest::prelude::*;

fn all(input: &[u8], step: usize) -> Result<Vec<String>, DecodeError> {
    let mut decoder = RequestDecoder::new();
    let mut buffer = BytesMut::new();
    let mut seen = Vec::new();
    for piece in input.chunks(step.max(1)) {
        buffer.extend_from_slice(piece);
        loop {
            match decoder.next(&mut buffer)? {
                Item::NeedMore => break,
                Item::Message { body, keep_alive } => seen.push(format!(
                    "message {} from {} body {} keep {keep_alive}",
                    decoder.message_target(),
                    decoder.message_from(),
                    String::from_utf8_lossy(&body)
                )),
                Item::Http(raw) => seen.push(format!(
                    "http {} {} body {} keep {}",
                    raw.method,
                    raw.target,
                    String::from_utf8_lossy(&raw.body),
                    raw.keep_alive
                )),
                Item::StreamHead(raw) => seen.push(format!("stream {}", raw.target)),
                Item::Piece(piece) => seen.push(String::from_utf8_lossy(&piece).into_owned()),
                Item::StreamEnd(result) => seen.push(format!("end {result:?}")),
                Item::BadBody { keep_alive } => seen.push(format!("bad body keep {keep_alive}")),
            }
        }
    }
    Ok(seen)
}

const MESSAGE: &str = "POST /master/a.B HTTP/1.1\r\nUser-Agent: libprocess/x@1.2.3.4:5\r\n\
    Libprocess-From: y@1.2.3.4:5\r\nConnection: Keep-Alive\r\nHost: \r\n\
    Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";

#[test]
fn libprocess_from_wins_over_user_agent() {
    let seen = all(MESSAGE.as_bytes(), 4096).expect("valid");
    assert_eq!(
        seen,
        ["message /master/a.B from y@1.2.3.4:5 body abc keep true"]
    );
}

#[test]
fn pipelined_requests_come_out_in_order() {
    let get = "GET /state?a=b HTTP/1.1\r\nHost: x\r\n\r\n";
    let input = [MESSAGE, get, MESSAGE, get].concat();
    let seen = all(input.as_bytes(), input.len()).expect("valid");
    let kinds: Vec<_> = seen.iter().map(|text| &text[..4]).collect();
    assert_eq!(kinds, ["mess", "http", "mess", "http"]);
}

#[test]
fn several_chunks_make_one_body() {
    let input = "POST /a/b HTTP/1.1\r\nlibprocess-from: x@1.2.3.4:5\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2;ext=1\r\nbc\r\n0\r\n\r\n";
    let seen = all(input.as_bytes(), 4096).expect("valid");
    assert_eq!(seen, ["message /a/b from x@1.2.3.4:5 body abc keep true"]);
}

#[test]
fn trailers_spoil_only_their_request() {
    let input = "POST /a/b HTTP/1.1\r\nUser-Agent: libprocess/x@1.2.3.4:5\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n";
    let seen = all([input, MESSAGE].concat().as_bytes(), 4096).expect("valid");
    assert_eq!(seen[0], "bad body keep true");
    assert!(seen[1].starts_with("message /master"));
}

#[test]
fn gzip_bodies_are_inflated_and_bad_ones_refused() {
    let packed = super::super::serialize::gzip(b"hello").expect("in memory");
    let head = |length| {
        format!("POST /a HTTP/1.1\r\nContent-Encoding: gzip\r\nContent-Length: {length}\r\n\r\n")
    };
    let mut input = head(packed.len()).into_bytes();
    input.extend_from_slice(&packed);
    input.extend_from_slice(head(3).as_bytes());
    input.extend_from_slice(b"abc");
    let seen = all(&input, 4096).expect("valid");
    assert_eq!(
        seen,
        ["http POST /a body hello keep true", "bad body keep true"]
    );
}

#[test]
fn garbage_is_refused_before_the_head_is_complete() {
    assert_eq!(all(b"\x16\x03\x01\x02", 1), Err(DecodeError::BadHead));
    assert_eq!(all(b"HELLO", 5), Err(DecodeError::BadHead));
    assert_eq!(
        all(b"GET x HTTP/1.1\r\n\r\n", 99),
        Err(DecodeError::BadHead)
    );
    assert_eq!(
        all(b"BREW / HTTP/1.1\r\n\r\n", 99),
        Err(DecodeError::BadHead)
    );
}

#[test]
fn heads_over_80_kib_are_refused() {
    let long = format!(
        "GET / HTTP/1.1\r\nX: {}\r\n\r\n",
        "a".repeat(MAX_HEAD_BYTES)
    );
    assert_eq!(all(long.as_bytes(), 4096), Err(DecodeError::HeadTooLarge));
    let fits = format!(
        "GET / HTTP/1.1\r\nX: {}\r\n\r\n",
        "a".repeat(MAX_HEAD_BYTES - 100)
    );
    assert_eq!(all(fits.as_bytes(), 4096).map(|seen| seen.len()), Ok(1));
}

#[test]
fn closing_requests_are_marked() {
    let seen = all(
        b"GET / HTTP/1.0\r\n\r\nGET / HTTP/1.1\r\nConnection: close\r\n\r\n",
        999,
    );
    assert!(
        seen.expect("valid")
            .iter()
            .all(|text| text.ends_with("keep false"))
    );
}

#[test]
fn recordio_requests_stream() {
    let input = "POST /api/v1 HTTP/1.1\r\nContent-Type: application/recordio\r\n\
        Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n";
    let seen = all(input.as_bytes(), 4096).expect("valid");
    assert_eq!(seen, ["stream /api/v1", "a", "bc", "end Ok(())"]);
}

proptest! {
    #[test]
    fn the_split_of_the_input_does_not_matter(step in 1usize..300) {
        let packed = format!("{MESSAGE}GET /x HTTP/1.1\r\n\r\nPOST /y HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody{MESSAGE}");
        let whole = all(packed.as_bytes(), packed.len()).expect("valid");
        prop_assert_eq!(whole, all(packed.as_bytes(), step).expect("valid"));
    }

    #[test]
    fn no_input_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300), step in 1usize..50) {
        let _ = all(&bytes, step);
    }

    #[test]
    fn no_mutation_of_a_message_panics(at in 0usize..170, byte in any::<u8>(), step in 1usize..200) {
        let mut input = [MESSAGE, MESSAGE].concat().into_bytes();
        input[at] = byte;
        let _ = all(&input, step);
    }
}
