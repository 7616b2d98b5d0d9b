//! Applies differences in the svndiff format, version 0. Compat: REG-23, REG-24.
//!
//! Masters of before wrote the registry as differences; nobody writes them any more. The format is described in
//! Subversion's `notes/svndiff`.

const HEADER: &[u8] = b"SVN\0";
/// What a difference may make: a registry is far smaller.
pub const TARGET_MAX: usize = 1024 * 1024 * 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SvndiffError {
    #[error("it does not begin as one of version 0")]
    Header,
    #[error("it ends too early")]
    Short,
    #[error("it copies from where nothing is")]
    Copy,
    #[error("it has an instruction of no known kind")]
    Instruction,
    #[error("a window is not as long as it says")]
    Length,
    #[error("what it makes is too large")]
    TooLarge,
}

/// What is left to read.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], SvndiffError> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(SvndiffError::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    /// Seven bits a byte, the highest first.
    fn number(&mut self) -> Result<usize, SvndiffError> {
        let mut number: usize = 0;
        loop {
            let byte = self.take(1)?[0];
            number = number
                .checked_mul(128)
                .ok_or(SvndiffError::TooLarge)?
                .saturating_add(usize::from(byte & 0x7f));
            if byte & 0x80 == 0 {
                return Ok(number);
            }
        }
    }
}

/// # Errors
/// A difference that is none, or not to `source`.
pub fn apply(source: &[u8], difference: &[u8]) -> Result<Vec<u8>, SvndiffError> {
    let windows = difference.strip_prefix(HEADER);
    let mut input = Input(windows.ok_or(SvndiffError::Header)?);
    let mut target = Vec::new();
    while !input.0.is_empty() {
        window(source, &mut input, &mut target)?;
    }
    Ok(target)
}

fn window(source: &[u8], input: &mut Input<'_>, target: &mut Vec<u8>) -> Result<(), SvndiffError> {
    let (from, length) = (input.number()?, input.number()?);
    let target_length = input.number()?;
    let (instructions, new_length) = (input.number()?, input.number()?);
    if target_length > TARGET_MAX - target.len().min(TARGET_MAX) {
        return Err(SvndiffError::TooLarge);
    }
    let source = slice(source, from, length)?;
    let mut instructions = Input(input.take(instructions)?);
    let mut new = Input(input.take(new_length)?);
    let start = target.len();
    while !instructions.0.is_empty() {
        let first = instructions.take(1)?[0];
        let count = match usize::from(first & 0x3f) {
            0 => instructions.number()?,
            count => count,
        };
        if count > target_length - (target.len() - start) {
            return Err(SvndiffError::Length);
        }
        match first >> 6 {
            0 => {
                let offset = instructions.number()?;
                target.extend_from_slice(slice(source, offset, count)?);
            }
            1 => {
                let offset = instructions.number()?;
                // It may copy what it is about to make.
                for at in offset..offset.saturating_add(count) {
                    let byte = target.get(start.saturating_add(at)).copied();
                    target.push(byte.ok_or(SvndiffError::Copy)?);
                }
            }
            2 => target.extend_from_slice(new.take(count)?),
            _ => return Err(SvndiffError::Instruction),
        }
    }
    if target.len() - start != target_length || !new.0.is_empty() {
        return Err(SvndiffError::Length);
    }
    Ok(())
}

fn slice(bytes: &[u8], from: usize, count: usize) -> Result<&[u8], SvndiffError> {
    let end = from.checked_add(count).ok_or(SvndiffError::Copy)?;
    bytes.get(from..end).ok_or(SvndiffError::Copy)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the format's description: `aaaabbbbcccc` becomes `aaaaccccdddddddd`.
    const EXAMPLE: &[u8] = b"SVN\0\x00\x0c\x10\x07\x01\x04\x00\x04\x08\x81\x47\x08d";

    #[test]
    fn reg_24_the_example_of_the_format_is_applied() {
        let target = apply(b"aaaabbbbcccc", EXAMPLE);
        assert_eq!(target.unwrap(), b"aaaaccccdddddddd");
    }

    #[test]
    fn what_is_no_difference_is_refused() {
        assert_eq!(apply(b"", b"SVN\x01"), Err(SvndiffError::Header));
        assert_eq!(apply(b"short", EXAMPLE), Err(SvndiffError::Copy));
        for end in HEADER.len() + 1..EXAMPLE.len() {
            assert!(apply(b"aaaabbbbcccc", &EXAMPLE[..end]).is_err(), "{end}");
        }
        let huge = b"SVN\0\x00\x00\xff\xff\xff\xff\xff\xff\x7f\x00\x00";
        assert_eq!(apply(b"", huge), Err(SvndiffError::TooLarge));
    }

    #[test]
    fn nothing_makes_it_panic() {
        for byte in HEADER.len()..EXAMPLE.len() {
            for value in 0..=255 {
                let mut difference = EXAMPLE.to_vec();
                difference[byte] = value;
                let _ = apply(b"aaaabbbbcccc", &difference);
            }
        }
    }
}
