//! The scheduler API's recorded answers. Compat: HTTP-28 … HTTP-32, AUTHN-8, FWK-1, FWK-2, FWK-25.

use std::{collections::BTreeMap, path::Path, time::Duration};

use mesos_auth::Credential;
use mesos_master::shell::{RunningMaster, Settings};
use mesos_process::{
    http::{Method, client},
    recordio,
};
use mesos_proto::v1::scheduler::call;
use serde_json::Value;

use super::{
    peers::{PATIENCE, master, settings},
    subscriber::{Format, Subscriber, framework_info},
};

/// Ids in the recordings: of the master, a subscribed framework and a removed one.
const RECORDED_MASTER: &str = "122157fb-0e2d-4ce8-bbe5-d9119b497291";

/// One recorded exchange.
struct Recorded {
    name: String,
    request: Value,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

fn recorded(folder: &str) -> Vec<Recorded> {
    let folder = format!(
        "{}/../../tests/golden/http/{folder}",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut files: Vec<_> = std::fs::read_dir(Path::new(&folder))
        .expect("recordings")
        .map(|entry| entry.expect("a file").path())
        .collect();
    files.sort();
    let read = |path: &std::path::PathBuf| {
        let text = std::fs::read(path).expect("a recording");
        let value: Value = serde_json::from_slice(&text).expect("JSON");
        let status = value["status"].as_str().expect("text");
        let headers = value["headers"].as_array().expect("a list");
        Recorded {
            name: path.display().to_string(),
            request: value["request"].clone(),
            status: status[9..12].parse().expect("a number"),
            headers: headers
                .iter()
                .map(|pair| {
                    let text = |at: usize| pair[at].as_str().expect("text");
                    (text(0).to_lowercase(), text(1).to_owned())
                })
                .collect(),
            body: value["body"].as_str().expect("text").to_owned(),
        }
    };
    files.iter().map(read).collect()
}

/// Sends the recorded request after `swap`, and compares all of the answer that is not a stream.
async fn replay(master: &RunningMaster, recorded: &Recorded, swap: &[(String, String)]) -> String {
    let there = |text: &str| {
        let swapped = |text: String, (from, to): &(String, String)| text.replace(from, to);
        swap.iter().fold(text.to_owned(), swapped)
    };
    let back = |text: &str| {
        let swapped = |text: String, (from, to): &(String, String)| text.replace(to, from);
        swap.iter().fold(text.to_owned(), swapped)
    };
    let request = &recorded.request;
    let path = request["path"].as_str().expect("text");
    let method = request["method"].as_str().expect("text");
    let headers = request["headers"].as_object().expect("an object");
    let body = there(request["body"].as_str().unwrap_or_default());
    let sent = client::ClientRequest {
        method: method.parse::<Method>().expect("a method"),
        url: format!("http://{}{path}", master.address),
        headers: headers
            .iter()
            .map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()))
            .collect(),
        body: body.into(),
    };
    let mut answer = client::send(sent).await.expect("an answer");
    assert_eq!(answer.status, recorded.status, "{}", recorded.name);
    let mut ours: BTreeMap<String, String> = answer
        .headers
        .iter()
        .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
        .collect();
    let mut theirs = recorded.headers.clone();
    for differing in ["date", "mesos-stream-id", "content-length"] {
        let both = (ours.remove(differing), theirs.remove(differing));
        assert_eq!(
            both.0.is_some(),
            both.1.is_some(),
            "{}: {differing}",
            recorded.name
        );
    }
    assert_eq!(ours, theirs, "{}", recorded.name);
    if !theirs.contains_key("transfer-encoding") {
        let body = answer.bytes().await.expect("a body");
        let text = back(&String::from_utf8_lossy(&body));
        assert_eq!(text, recorded.body, "{}", recorded.name);
        return String::new();
    }
    // As many records as the recording has before its offers.
    let wanted = records(recorded.body.as_bytes());
    let mut decoder = recordio::Decoder::new();
    let mut seen = Vec::new();
    while seen.len() < wanted.len() {
        let chunk = tokio::time::timeout(PATIENCE, answer.chunk()).await;
        let chunk = chunk.expect("in time").expect("a body");
        decoder.feed(&chunk.expect("the stream goes on"));
        while let Some(record) = decoder.next_record().expect("a valid stream") {
            seen.push(String::from_utf8_lossy(&record).into_owned());
        }
    }
    for (ours, theirs) in seen.iter().zip(&wanted) {
        assert_eq!(mask(ours), mask(theirs), "{}", recorded.name);
    }
    if wanted.iter().any(|record| record.contains("\"ERROR\"")) {
        let end = tokio::time::timeout(PATIENCE, answer.chunk()).await;
        assert_eq!(end.expect("in time").expect("a body"), None, "it is closed");
    }
    seen.concat()
}

/// The records before the first offers.
fn records(stream: &[u8]) -> Vec<String> {
    let mut decoder = recordio::Decoder::new();
    decoder.feed(stream);
    let next = || decoder.next_record().ok().flatten();
    std::iter::from_fn(next)
        .map(|record| String::from_utf8_lossy(&record).into_owned())
        .take_while(|record| !record.contains("\"OFFERS\""))
        .collect()
}

/// Ids, ports and host names are those of one run.
fn mask(record: &str) -> String {
    let mut value: Value = serde_json::from_str(record).expect("JSON");
    if let Some(subscribed) = value.get_mut("subscribed") {
        subscribed["framework_id"]["value"] = "ID".into();
        let info = &mut subscribed["master_info"];
        info["id"] = "ID".into();
        info["port"] = 0.into();
        info["pid"] = "PID".into();
        info["hostname"] = "HOST".into();
        info["address"]["hostname"] = "HOST".into();
        info["address"]["port"] = 0.into();
    }
    // With its keys in their order.
    value.to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn recorded_answers_of_the_scheduler_api() {
    let (master, _node) = master(settings()).await;
    let live = Subscriber::new(&master, Format::Json, framework_info("live")).await;
    let gone = Subscriber::new(&master, Format::Json, framework_info("gone")).await;
    gone.accepted(&gone.call(call::Type::Teardown)).await;
    let swap = [
        (
            format!("{RECORDED_MASTER}-0003"),
            live.framework.value.clone(),
        ),
        (
            format!("{RECORDED_MASTER}-0001"),
            gone.framework.value.clone(),
        ),
    ];
    let all = recorded("scheduler");
    assert_eq!(all.len(), 16, "all of them");
    for one in &all {
        replay(&master, one, &swap).await;
    }
    master.stop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn http_32_authn_8_recorded_answers_with_basic_authentication() {
    let with_credentials = Settings {
        authenticate_http_frameworks: true,
        credentials: vec![Credential {
            principal: "fw".to_owned(),
            secret: b"fws".to_vec(),
        }],
        ..settings()
    };
    let (master, _node) = master(with_credentials).await;
    let all = recorded("scheduler_auth");
    assert_eq!(all.len(), 4);
    for one in &all {
        replay(&master, one, &[]).await;
    }
    let deadline = tokio::time::Instant::now() + PATIENCE;
    // The streams of the recordings are closed by now, and their frameworks removed with them.
    while master.snapshots.load().completed_frameworks.len() < 2 {
        assert!(tokio::time::Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    for framework in master.snapshots.load().completed_frameworks.iter() {
        assert_eq!(framework.info.get().principal(), "fw");
    }
    master.stop().await;
}
