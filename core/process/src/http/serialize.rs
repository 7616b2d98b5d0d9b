//! The bytes of answers: status line, `Date`, framing headers, gzip.
//!
//! Compat: libprocess §5.

use std::io::Read as _;
use std::time::{SystemTime, UNIX_EPOCH};

use bytes::{BufMut, Bytes, BytesMut};

use super::message::Response;
use super::status;

/// Bodies from this size on are compressed for clients that take gzip.
pub const GZIP_FROM_BYTES: usize = 1024;

/// How an answer's body is framed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    Fixed(u64),
    Chunked,
}

/// The text of the `Date` header, made once per second.
#[derive(Debug, Default)]
pub struct DateCache {
    second: u64,
    text: String,
}

impl DateCache {
    pub fn now(&mut self) -> &str {
        let since = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        if self.text.is_empty() || since.as_secs() != self.second {
            self.second = since.as_secs();
            self.text = rfc1123(self.second);
        }
        &self.text
    }
}

/// Seconds since 1970 as `Fri, 20 Nov 2026 12:28:12 GMT`.
pub fn rfc1123(seconds: u64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let days = seconds / 86_400;
    let (year, month, day) = civil(days);
    format!(
        "{}, {day:02} {} {year} {:02}:{:02}:{:02} GMT",
        DAYS[(days % 7) as usize],
        MONTHS[month as usize - 1],
        seconds / 3600 % 24,
        seconds / 60 % 60,
        seconds % 60,
    )
}

/// Days since 1970 to year, month (from 1) and day of the proleptic Gregorian calendar.
fn civil(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let era = shifted / 146_097;
    let day_of_era = shifted % 146_097;
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_index = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_index + 2) / 5 + 1;
    let month = if month_index < 10 {
        month_index + 3
    } else {
        month_index - 9
    };
    (year_of_era + era * 400 + u64::from(month <= 2), month, day)
}

/// Appends the whole head of an answer. Header values lose line breaks, which would split it.
pub fn put_head(out: &mut BytesMut, response: &Response, length: Length, date: &str) {
    out.put_slice(b"HTTP/1.1 ");
    out.put_slice(status::line(response.status).as_bytes());
    out.put_slice(b"\r\nDate: ");
    out.put_slice(date.as_bytes());
    for (name, value) in &response.headers {
        out.put_slice(b"\r\n");
        out.put_slice(name.as_bytes());
        out.put_slice(b": ");
        out.extend(
            value
                .bytes()
                .filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)),
        );
    }
    match length {
        Length::Fixed(bytes) => {
            out.put_slice(b"\r\nContent-Length: ");
            out.put_slice(itoa::Buffer::new().format(bytes).as_bytes());
        }
        Length::Chunked => out.put_slice(b"\r\nTransfer-Encoding: chunked"),
    }
    out.put_slice(b"\r\n\r\n");
}

/// Compresses a body.
pub fn gzip(bytes: &[u8]) -> Option<Bytes> {
    let mut encoder = flate2::read::GzEncoder::new(bytes, flate2::Compression::fast());
    let mut out = Vec::with_capacity(bytes.len() / 4);
    encoder.read_to_end(&mut out).ok()?;
    Some(out.into())
}

/// Inflates a gzip body; `None` when it is malformed or larger than `limit`.
pub fn inflate(bytes: &[u8], limit: usize) -> Option<Bytes> {
    let mut out = Vec::new();
    let mut decoder = flate2::read::MultiGzDecoder::new(bytes).take(limit as u64 + 1);
    decoder.read_to_end(&mut out).ok()?;
    (out.len() <= limit).then(|| out.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_rfc_1123() {
        assert_eq!(rfc1123(0), "Thu, 01 Jan 1970 00:00:00 GMT");
        assert_eq!(rfc1123(1_795_177_548), "Fri, 20 Nov 2026 12:25:48 GMT");
        assert_eq!(rfc1123(951_782_400), "Tue, 29 Feb 2000 00:00:00 GMT");
    }

    #[test]
    fn header_values_cannot_split_the_answer() {
        let mut out = BytesMut::new();
        let response = Response::new(299).header("Location", "a\r\nX: y");
        put_head(&mut out, &response, Length::Fixed(0), "now");
        assert_eq!(
            &out[..],
            b"HTTP/1.1 299\r\nDate: now\r\nLocation: aX: y\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn inflating_is_bounded() {
        let packed = gzip(&[0; 100_000]).expect("in memory");
        assert!(inflate(&packed, 99_999).is_none());
        assert_eq!(
            inflate(&packed, 100_000).map(|bytes| bytes.len()),
            Some(100_000)
        );
        assert!(inflate(b"no gzip", 10).is_none());
    }
}
