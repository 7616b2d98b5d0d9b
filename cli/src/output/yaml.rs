//! JSON values as YAML: block style, texts quoted where they could be read as something else.

use serde_json::Value;

/// The document, with a newline at its end.
pub fn written(value: &Value) -> String {
    let mut text = String::new();
    match value {
        Value::Array(items) if !items.is_empty() => write_items(items, 0, &mut text),
        Value::Object(fields) if !fields.is_empty() => write_fields(fields, 0, &mut text),
        other => {
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
    text
}

fn write_fields(fields: &serde_json::Map<String, Value>, depth: usize, text: &mut String) {
    for (key, value) in fields {
        text.push_str(&"  ".repeat(depth));
        write_field(key, value, depth, text);
    }
}

fn write_field(key: &str, value: &Value, depth: usize, text: &mut String) {
    text.push_str(&quoted(key));
    text.push(':');
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write_fields(fields, depth + 1, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            write_items(items, depth, text);
        }
        other => {
            text.push(' ');
            text.push_str(&scalar(other));
            text.push('\n');
        }
    }
}

fn write_items(items: &[Value], depth: usize, text: &mut String) {
    for item in items {
        text.push_str(&"  ".repeat(depth));
        text.push_str("- ");
        match item {
            Value::Object(fields) if !fields.is_empty() => {
                for (number, (key, value)) in fields.iter().enumerate() {
                    if number > 0 {
                        text.push_str(&"  ".repeat(depth + 1));
                    }
                    write_field(key, value, depth + 1, text);
                }
            }
            Value::Array(inner) if !inner.is_empty() => {
                text.push('\n');
                write_items(inner, depth + 1, text);
            }
            other => {
                text.push_str(&scalar(other));
                text.push('\n');
            }
        }
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        // Empty lists and objects, numbers, truth values and null are written alike.
        other => other.to_string(),
    }
}

/// A text as it is when nothing else can be read from it, otherwise as JSON, which YAML reads too.
fn quoted(text: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "_-./@()".contains(letter);
    let words = ["true", "false", "yes", "no", "on", "off", "null", "y", "n"];
    let safe = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/')
        && text.chars().all(plain)
        && !words.contains(&text.to_lowercase().as_str());
    if safe {
        return text.to_owned();
    }
    Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::written;
    use serde_json::json;

    #[test]
    fn nesting_is_indentation() {
        let value = json!({
            "id": "a-1", "n": 1.5, "no": "no", "empty": [], "text": "a: b\n",
            "list": [1, {"x": 1, "y": {"z": null}}, [2, "3"]],
            "map": {"deep": {"k": true}}
        });
        let expected = "id: a-1\n\"n\": 1.5\n\"no\": \"no\"\nempty: []\ntext: \"a: b\\n\"\nlist:\n\
                        - 1\n- x: 1\n  \"y\":\n    z: null\n- \n  - 2\n  - \"3\"\nmap:\n  deep:\n    k: true\n";
        assert_eq!(written(&value), expected);
        assert_eq!(written(&json!([{"a": 1}])), "- a: 1\n");
        assert_eq!(written(&json!([])), "[]\n");
        assert_eq!(written(&json!("1.0")), "\"1.0\"\n");
    }
}
