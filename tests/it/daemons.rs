//! Endpoints of fresh daemons.

use mesos_tests::cluster::Cluster;
use mesos_tests::http;

#[test]
fn every_endpoint_of_the_first_look_answers() {
    let cluster = Cluster::start(1);
    let paths = [
        "/state",
        "/state-summary",
        "/slaves",
        "/frameworks",
        "/tasks",
        "/roles",
        "/version",
        "/flags",
        "/metrics/snapshot",
        "/files/debug",
        "/overview",
    ];
    for path in paths {
        for spelled in [
            path.to_owned(),
            format!("{path}.json"),
            format!("/master{path}"),
        ] {
            if spelled.starts_with("/master/")
                && matches!(path, "/version" | "/metrics/snapshot" | "/files/debug")
            {
                continue;
            }
            let answer = http::request(&cluster.master.address, "GET", &spelled, "").unwrap();
            assert_eq!(answer.status, 200, "{spelled}: {}", answer.head);
            let json: Result<serde_json::Value, _> = serde_json::from_slice(&answer.body);
            assert!(json.is_ok(), "{spelled} is JSON");
        }
    }
    for path in ["/health", "/master/health", "/"] {
        let answer = http::request(&cluster.master.address, "GET", path, "").unwrap();
        assert_eq!(answer.status, 200, "{path}");
    }
    let answer = http::request(&cluster.master.address, "GET", "/redirect", "").unwrap();
    assert_eq!(answer.status, 307);
    for path in [
        "/state",
        "/flags",
        "/containers",
        "/monitor/statistics",
        "/metrics/snapshot",
    ] {
        let answer = http::request(&cluster.agents[0].address, "GET", path, "").unwrap();
        assert_eq!(answer.status, 200, "agent {path}: {}", answer.head);
    }
}

#[test]
fn garbage_on_the_port_harms_nobody() {
    let cluster = Cluster::start(1);
    let long = vec![b'a'; 200_000];
    let malformed: &[u8] = b"POST /master/mesos.internal.RegisterSlaveMessage HTTP/1.1\r\n\
        Libprocess-From: x@127.0.0.1:1\r\nConnection: close\r\nContent-Length: 3\r\n\r\n\xff\xff\xff";
    let answer = http::exchange(&cluster.master.address, malformed).unwrap();
    let answer = String::from_utf8_lossy(&answer);
    assert!(answer.starts_with("HTTP/1.1 202 Accepted\r\n"), "{answer}");
    let bad_line = b"GARBAGE\r\n\r\n";
    let answer = http::exchange(&cluster.master.address, bad_line).unwrap();
    assert_eq!(answer, b"", "closed without an answer");
    let requests: [&[u8]; 3] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /master/mesos.scheduler.Call HTTP/1.1\r\nLibprocess-From: nonsense\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
        &long,
    ];
    for address in [&cluster.master.address, &cluster.agents[0].address] {
        for request in requests {
            let _ = std::net::TcpStream::connect(address.as_str())
                .and_then(|mut stream| std::io::Write::write_all(&mut stream, request));
        }
    }
    let counts = &cluster.master.get("/overview")["counts"];
    let agents = ["agents_active", "agents_inactive", "agents_unreachable"];
    let agents = agents.map(|name| counts[name].as_u64().unwrap());
    assert_eq!(agents, [1, 0, 0]);
    assert_eq!(
        http::request(&cluster.master.address, "GET", "/health", "")
            .unwrap()
            .status,
        200
    );
}
