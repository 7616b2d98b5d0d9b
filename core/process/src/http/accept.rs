//! Which media types a client takes.
//!
//! Compat: libprocess §6 (Accept), HTTP-9b.

use super::HeaderMap;

/// Whether the header `name` (`accept`, `message-accept`) allows a media type; without it everything is allowed.
///
/// The closest range decides: the type itself, then `type/*`, then `*/*`. A quality of 0 refuses.
pub fn allows(headers: &HeaderMap, name: &str, media_type: &str) -> bool {
    let mut values = headers.get_all(name).iter().peekable();
    if values.peek().is_none() {
        return true;
    }
    let text: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
    let text = text.join(",");
    let family = media_type.split('/').next().unwrap_or_default();
    let candidates = [media_type, &format!("{family}/*"), "*/*"];
    candidates
        .iter()
        .find_map(|candidate| judge(&text, candidate))
        .unwrap_or(false)
}

/// What the header says of exactly this range.
fn judge(header: &str, range: &str) -> Option<bool> {
    header.split(',').find_map(|item| {
        let mut parts = item.split(';').map(str::trim);
        if !parts.next()?.eq_ignore_ascii_case(range) {
            return None;
        }
        let quality = parts.find_map(|part| {
            let (key, value) = part.split_once('=')?;
            (key.trim() == "q").then(|| value.trim().parse::<f64>())
        });
        match quality {
            None => Some(true),
            Some(quality) => Some(quality.is_ok_and(|quality| quality > 0.0)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(header: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        if let Some(value) = header {
            headers.insert("accept", value.parse().expect("a valid header"));
        }
        allows(&headers, "accept", "application/json")
    }

    #[test]
    fn the_closest_range_decides() {
        assert!(json(None));
        assert!(json(Some("application/json")));
        assert!(json(Some("text/html, */*;q=0.1")));
        assert!(json(Some("Application/*; q=0.5")));
        assert!(!json(Some("text/html")));
        assert!(!json(Some("application/json;q=0, */*")));
        assert!(!json(Some("application/json;q=x")));
        assert!(!json(Some("application/x-protobuf")));
        assert!(!json(Some("")));
    }
}
