//! Files read page by page: whole, their first and their last lines, and what is added to them.

use crate::cluster::tasks::{File, header};
use crate::context::Context;
use crate::failure::Failure;

/// How much is asked for at a time.
const PAGE_BYTES: u64 = 64 * 1024;
/// Of the end of a file, so many bytes are looked through for line ends.
const MAX_TAIL_BYTES: u64 = 256 * 1024 * 1024;

/// Prints files, each below a header unless the last output was its own.
#[derive(Debug)]
pub struct Printer<'a> {
    context: &'a Context,
    headers: bool,
    last: String,
}

impl<'a> Printer<'a> {
    pub fn new(context: &'a Context, headers: bool) -> Self {
        Self {
            context,
            headers,
            last: String::new(),
        }
    }

    pub fn print(&mut self, label: &str, bytes: &[u8]) -> Result<(), Failure> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.headers && self.last != label {
            header(self.context, label)?;
        }
        label.clone_into(&mut self.last);
        self.context.out.bytes(bytes)
    }

    /// From that byte to what is the end now; gives the end.
    pub fn print_from(&mut self, file: &File, mut from: u64) -> Result<u64, Failure> {
        loop {
            let bytes = file.read(from, PAGE_BYTES)?;
            if bytes.is_empty() {
                return Ok(from);
            }
            self.print(&file.label, &bytes)?;
            from += bytes.len() as u64;
        }
    }

    /// The first lines.
    pub fn print_head(&mut self, file: &File, mut lines: usize) -> Result<(), Failure> {
        let mut from = 0;
        while lines > 0 {
            let bytes = file.read(from, PAGE_BYTES)?;
            if bytes.is_empty() {
                return Ok(());
            }
            let (end, found) = line_end(&bytes, lines);
            self.print(&file.label, &bytes[..end])?;
            from += bytes.len() as u64;
            lines -= found;
        }
        Ok(())
    }

    /// The last lines; gives the end.
    pub fn print_tail(&mut self, file: &File, length: u64, lines: usize) -> Result<u64, Failure> {
        let from = tail_start(file, length, lines)?;
        self.print_from(file, from)
    }
}

/// Where the first so many lines end in the bytes, and how many end there.
fn line_end(bytes: &[u8], lines: usize) -> (usize, usize) {
    let ends = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
    let mut found = (0, 0);
    for (at, _) in ends.take(lines) {
        found = (at + 1, found.1 + 1);
    }
    if found.1 < lines {
        found.0 = bytes.len();
    }
    found
}

/// Where the last so many lines begin.
fn tail_start(file: &File, length: u64, lines: usize) -> Result<u64, Failure> {
    if lines == 0 {
        return Ok(length);
    }
    let mut end = length;
    let mut missing = lines;
    while end > 0 && length - end < MAX_TAIL_BYTES {
        let from = end.saturating_sub(PAGE_BYTES);
        let bytes = file.read(from, end - from)?;
        for (at, byte) in bytes.iter().enumerate().rev() {
            let position = from + at as u64;
            // The newline at the very end of the file ends the last line and begins none.
            if *byte != b'\n' || position + 1 == length {
                continue;
            }
            missing -= 1;
            if missing == 0 {
                return Ok(position + 1);
            }
        }
        end = from;
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use super::line_end;

    #[test]
    fn lines_are_counted_to_their_ends() {
        assert_eq!(line_end(b"a\nb\nc", 2), (4, 2));
        assert_eq!(line_end(b"a\nb\nc", 3), (5, 2));
        assert_eq!(line_end(b"", 3), (0, 0));
        assert_eq!(line_end(b"\n", 1), (1, 1));
    }
}
