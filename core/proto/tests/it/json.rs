//! Mesos-style JSON in both directions.

use mesos_proto::json::{self, Names, Writer};
use mesos_proto::{mesos, v1};
use prost::Message as _;

fn error<T: prost::Name + Default>(text: &str) -> String {
    json::from_slice::<T>(text.as_bytes())
        .map(|_| ())
        .unwrap_err()
        .to_string()
}

#[test]
fn http_11_mistakes_are_reported_as_the_original_does() {
    type Call = v1::master::Call;
    assert_eq!(error::<Call>("{nope"), "syntax error at line 1 near: nope");
    assert_eq!(error::<Call>(""), "syntax error at line 1 near: ");
    assert_eq!(error::<Call>("xx"), "syntax error at line 1 near: xx");
    assert_eq!(error::<Call>("[1]"), "Expecting a JSON object");
    assert_eq!(
        error::<Call>(r#"{"type":"READ_FILE","read_file":{"path":5,"offset":"x"}}"#),
        "Failed to parse 'x' as a JSON number for field 'offset': syntax error at line 1 near: x"
    );
    assert_eq!(
        error::<Call>(r#"{"read_file":"x"}"#),
        "Not expecting a JSON string for field 'read_file'"
    );
    assert_eq!(
        error::<v1::executor::Call>(r#"{"type":"SUBSCRIBE"}"#),
        "Missing required fields: executor_id, framework_id"
    );
}

#[test]
fn http_11_lenient_forms_are_read() {
    let call: v1::master::Call = json::from_slice(
        br#"{"type":"READ_FILE","surplus":[1],"read_file":{"path":"/x","offset":"7","length":1.0}}"#,
    )
    .unwrap();
    let read_file = call.read_file.unwrap();
    assert_eq!((read_file.offset, read_file.length), (7, Some(1)));
    let call: v1::master::Call = json::from_slice(br#"{"type":"FOO"}"#).unwrap();
    assert_eq!(call.r#type, None);
    let status: mesos::value::Scalar = json::from_slice(br#"{"value":"Infinity"}"#).unwrap();
    assert_eq!(status.value, f64::INFINITY);
}

#[test]
fn http_11_unset_fields_with_a_default_are_shown_unless_deprecated() {
    let framework = mesos::FrameworkInfo {
        user: "u".into(),
        name: "n".into(),
        ..Default::default()
    };
    assert_eq!(
        json::to_string(&framework),
        r#"{"user":"u","name":"n","failover_timeout":0.0,"checkpoint":false}"#
    );
}

#[test]
fn http_10_strings_are_escaped_as_the_original_does() {
    let label = mesos::Label {
        key: "a/\"\\\n\u{1f}\u{7f}é".into(),
        value: None,
    };
    assert_eq!(
        json::to_string(&label),
        "{\"key\":\"a/\\\"\\\\\\n\\u001F\u{7f}é\"}"
    );
}

#[test]
fn http_12_v0_messages_print_with_v1_names() {
    let status = mesos::TaskStatus {
        task_id: mesos::TaskId { value: "t".into() },
        state: mesos::TaskState::TaskLost as i32,
        slave_id: Some(mesos::SlaveId { value: "s".into() }),
        reason: Some(mesos::task_status::Reason::SlaveRemoved as i32),
        ..Default::default()
    };
    let mut out = Vec::new();
    json::write_names(
        "mesos.TaskStatus",
        &status.encode_to_vec(),
        Names::V1,
        &mut out,
    );
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"task_id":{"value":"t"},"state":"TASK_LOST","reason":"REASON_AGENT_REMOVED","agent_id":{"value":"s"}}"#
    );
}

#[test]
fn http_12a_an_undeclared_enum_value_is_left_out() {
    let capability = mesos::master_info::Capability {
        r#type: Some(mesos::master_info::capability::Type::QuotaV2 as i32),
    };
    let mut out = Vec::new();
    json::write(
        "mesos.v1.MasterInfo.Capability",
        &capability.encode_to_vec(),
        &mut out,
    );
    assert_eq!(out, b"{}");
    assert_eq!(json::to_string(&capability), r#"{"type":"QUOTA_V2"}"#);
}

#[test]
fn maps_are_objects() {
    let text = br#"{"role_constraints":{"a":{"groups":[{}]},"b":{}}}"#;
    let read: mesos::scheduler::OfferConstraints = json::from_slice(text).unwrap();
    assert_eq!(read.role_constraints.len(), 2);
    assert_eq!(json::to_vec(&read), text);
}

#[test]
fn the_writer_puts_commas() {
    let mut out = b"cb(".to_vec();
    let mut w = Writer::new(&mut out);
    w.begin_object().field_str("a", "[").field_int("b", -1);
    w.key("c")
        .begin_array()
        .uint(1)
        .double(2.0)
        .raw(b"{}")
        .boolean(true)
        .end_array();
    w.key("d").begin_object().end_object().end_object();
    out.push(b')');
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"cb({"a":"[","b":-1,"c":[1,2.0,{},true],"d":{}})"#
    );
}

#[test]
fn http_11a_trees_come_out_sorted() {
    let label = mesos::Label {
        key: "k".into(),
        value: Some("v".into()),
    };
    let labels = mesos::Labels {
        labels: vec![label],
    };
    assert_eq!(
        json::to_sorted_vec(&labels),
        br#"{"labels":[{"key":"k","value":"v"}]}"#
    );
    let mut out = Vec::new();
    let tree =
        serde_json::json!({"b": 4.0, "a": [1, -1, true, null, 0.014079590400000001], "A": {}});
    json::write_value(&tree, json::Keys::Sorted, &mut out);
    assert_eq!(
        String::from_utf8(out).unwrap(),
        r#"{"A":{},"a":[1,-1,true,null,0.014079590400000002],"b":4.0}"#
    );
}
