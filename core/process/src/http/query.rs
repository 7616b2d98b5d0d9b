//! Query strings and percent-encoding as the original decodes them (`+` is a blank everywhere).

use std::fmt::Write as _;

/// Decoded query parameters; of a repeated name the last one counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Parses the text after `?`. `name` without `=` has the empty value.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pairs = Vec::new();
        for part in text.split(['&', ';']).filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            pairs.push((decode(name)?, decode(value)?));
        }
        Ok(Self(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .rev()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Query {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(key, value)| (key.into(), value.into()))
                .collect(),
        )
    }
}

/// Percent-decodes `text`; `+` becomes a blank. The error is the original's sentence.
pub fn decode(text: &str) -> Result<String, String> {
    if !text.contains(['%', '+']) {
        return Ok(text.to_owned());
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => out.push(b' '),
            b'%' => {
                let digits = bytes.get(at + 1..at + 3);
                let value = digits
                    .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
                    .and_then(|digits| std::str::from_utf8(digits).ok())
                    .and_then(|digits| u8::from_str_radix(digits, 16).ok());
                let Some(value) = value else {
                    return Err(malformed(text, at));
                };
                out.push(value);
                at += 2;
            }
            byte => out.push(byte),
        }
        at += 1;
    }
    Ok(String::from_utf8(out)
        .unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

fn malformed(text: &str, at: usize) -> String {
    let end = (at + 3).min(text.len());
    let shown = String::from_utf8_lossy(&text.as_bytes()[at..end]).into_owned();
    format!("Malformed % escape in '{text}': '{shown}'")
}

/// Percent-encodes everything but unreserved characters.
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

/// The longest prefix that a proxy may put in front of our paths.
const PREFIX_MAX: usize = 128;

/// Whether a text is a path such as `/mesos` that may stand in front of ours, in a page as well.
pub fn is_path_prefix(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._~-".contains(&byte);
    text.len() <= PREFIX_MAX
        && text.starts_with('/')
        && !text.contains("//")
        && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_last_of_repeated_names_counts() {
        let query = Query::parse("a=1&b&a=%41+b").expect("valid");
        assert_eq!(query.get("a"), Some("A b"));
        assert_eq!(query.get("b"), Some(""));
        assert_eq!(query.get("c"), None);
    }

    #[test]
    fn a_bad_escape_is_named() {
        assert_eq!(
            decode("/a%zz"),
            Err("Malformed % escape in '/a%zz': '%zz'".into())
        );
        assert_eq!(
            decode("/a%4"),
            Err("Malformed % escape in '/a%4': '%4'".into())
        );
    }

    #[test]
    fn a_prefix_is_a_path_and_nothing_else() {
        for good in ["/", "/mesos", "/a/b-c/"] {
            assert!(is_path_prefix(good), "{good}");
        }
        for bad in [
            "",
            "mesos",
            "//host",
            "/a\"><b",
            "/a b",
            "/a//b",
            &"/a".repeat(65),
        ] {
            assert!(!is_path_prefix(bad), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in "\\PC{0,20}") {
            prop_assert_eq!(decode(&encode(&text)), Ok(text));
        }
        #[test]
        fn decoding_never_panics(text in "[%+a-f0-9é]{0,12}") {
            let _ = decode(&text);
        }
    }
}
