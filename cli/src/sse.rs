//! Server-sent events: the `data` of each, from bytes that come in any pieces.

/// An event may not be longer.
const MAX_EVENT_BYTES: usize = 1024 * 1024;

/// Reads a stream.
#[derive(Debug, Default)]
pub struct Reader {
    rest: Vec<u8>,
    data: String,
    has_data: bool,
}

impl Reader {
    /// The events that these bytes complete.
    ///
    /// # Errors
    /// An event without end.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<String>, String> {
        self.rest.extend_from_slice(bytes);
        let mut events = Vec::new();
        let mut start = 0;
        while let Some(length) = self.rest[start..].iter().position(|byte| *byte == b'\n') {
            let line = &self.rest[start..start + length];
            let line = String::from_utf8_lossy(line)
                .trim_end_matches('\r')
                .to_owned();
            start += length + 1;
            if let Some(event) = self.line(&line) {
                events.push(event);
            }
        }
        self.rest.drain(..start);
        if self.rest.len() + self.data.len() > MAX_EVENT_BYTES {
            return Err(format!("An event is longer than {MAX_EVENT_BYTES} bytes"));
        }
        Ok(events)
    }

    fn line(&mut self, line: &str) -> Option<String> {
        if line.is_empty() {
            let has_data = std::mem::take(&mut self.has_data);
            let data = std::mem::take(&mut self.data);
            return has_data.then_some(data);
        }
        // Comments keep the connection alive; ids stand in the data too.
        let data = line.strip_prefix("data:")?;
        if self.has_data {
            self.data.push('\n');
        }
        self.has_data = true;
        self.data.push_str(data.strip_prefix(' ').unwrap_or(data));
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_from_any_pieces() {
        let text = b": hello\n\nid: 1\ndata: {\"a\":\ndata: 1}\n\nid: 2\r\ndata:b\r\n\r\n";
        let whole = Reader::default().push(text).unwrap();
        assert_eq!(whole, ["{\"a\":\n1}", "b"]);
        let mut reader = Reader::default();
        let mut pieces = Vec::new();
        for byte in text {
            pieces.extend(reader.push(&[*byte]).unwrap());
        }
        assert_eq!(pieces, whole);
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut reader = Reader::default();
        assert!(reader.push(&vec![b'x'; MAX_EVENT_BYTES + 1]).is_err());
    }
}
