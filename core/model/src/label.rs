//! Labels and their equality.

use mesos_proto::mesos as pb;

/// Same number of labels, each of the left found on the right; the order does not matter.
pub fn equal(left: &pb::Labels, right: &pb::Labels) -> bool {
    left.labels.len() == right.labels.len()
        && left.labels.iter().all(|label| right.labels.contains(label))
}

/// The text the original prints: `{k: v, k2}`.
pub fn format(labels: &pb::Labels) -> String {
    let mut text = String::from("{");
    for (at, label) in labels.labels.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        text.push_str(&label.key);
        if let Some(value) = &label.value {
            text.push_str(": ");
            text.push_str(value);
        }
    }
    text.push('}');
    text
}
