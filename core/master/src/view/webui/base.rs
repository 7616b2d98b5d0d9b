//! The path below which a proxy shows the master, and a page that knows of it.

use mesos_process::http::{Request, is_path_prefix};

/// The header's path, else the flag's; with a slash at its end. None if nobody names one.
///
/// The header is the client's to write: what is not a plain path is not used.
pub(super) fn of(request: &Request, flag: Option<&str>) -> Option<String> {
    let header = request.header("x-forwarded-prefix");
    let named = header.filter(|text| is_path_prefix(text)).or(flag)?;
    let path = named.trim_end_matches('/');
    Some(format!("{path}/"))
}

/// The page with `<base href>` as the first thing in its head, unless it has one.
pub(super) fn put(page: &str, base: &str) -> String {
    let lower = page.to_ascii_lowercase();
    let head = lower.find("<head").and_then(|at| {
        let end = lower[at..].find('>')?;
        Some(at + end + 1)
    });
    match head {
        Some(at) if !lower.contains("<base ") => {
            format!("{}<base href=\"{base}\">{}", &page[..at], &page[at..])
        }
        Some(_) | None => page.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forwarded(prefix: &str) -> Request {
        let mut request = Request::get("/");
        let value = prefix.parse().expect("a header");
        request.headers.insert("x-forwarded-prefix", value);
        request
    }

    #[test]
    fn the_header_beats_the_flag_and_must_be_a_plain_path() {
        assert_eq!(of(&Request::get("/"), None), None);
        assert_eq!(of(&Request::get("/"), Some("/m")).as_deref(), Some("/m/"));
        assert_eq!(of(&forwarded("/p/"), Some("/m")).as_deref(), Some("/p/"));
        assert_eq!(of(&forwarded("//evil.example"), None), None);
        assert_eq!(
            of(&forwarded("/\"><script>"), Some("/m")).as_deref(),
            Some("/m/")
        );
    }

    #[test]
    fn a_page_gets_one_base() {
        let page = "<!doctype html><HEAD lang=x><title>t</title></head>";
        let with = "<!doctype html><HEAD lang=x><base href=\"/m/\"><title>t</title></head>";
        assert_eq!(put(page, "/m/"), with);
        assert_eq!(put(with, "/n/"), with);
        assert_eq!(put("no page", "/m/"), "no page");
    }
}
