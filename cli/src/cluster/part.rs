//! What `/files/read` answers: `{"data":"…","offset":0}`, whose text has the bytes of the file as
//! they are, be they UTF-8 or not; a part may also begin or end inside a letter.

/// Bytes of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub data: Vec<u8>,
    pub offset: u64,
}

impl Part {
    /// `None` when it is something else.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: body };
        let mut data = None;
        let mut offset = None;
        reader.expect(b'{')?;
        loop {
            let key = reader.string()?;
            reader.expect(b':')?;
            match key.as_slice() {
                b"data" => data = Some(reader.string()?),
                b"offset" => offset = Some(reader.number()?),
                _ => return None,
            }
            if reader.expect(b',').is_none() {
                reader.expect(b'}')?;
                break;
            }
        }
        Some(Self {
            data: data?,
            offset: offset?,
        })
    }
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl Reader<'_> {
    fn expect(&mut self, wanted: u8) -> Option<()> {
        let text = self.rest.trim_ascii_start();
        let (&first, rest) = text.split_first()?;
        if first != wanted {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    fn next(&mut self) -> Option<u8> {
        let (&first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(first)
    }

    fn number(&mut self) -> Option<u64> {
        let text = self.rest.trim_ascii_start();
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, rest) = text.split_at(digits);
        self.rest = rest;
        std::str::from_utf8(number).ok()?.parse().ok()
    }

    fn string(&mut self) -> Option<Vec<u8>> {
        self.expect(b'"')?;
        let mut bytes = Vec::new();
        loop {
            match self.next()? {
                b'"' => return Some(bytes),
                b'\\' => self.escape(&mut bytes)?,
                byte => bytes.push(byte),
            }
        }
    }

    fn escape(&mut self, bytes: &mut Vec<u8>) -> Option<()> {
        let byte = match self.next()? {
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'b' => 0x08,
            b'f' => 0x0c,
            b'u' => {
                let mut letter = self.code_unit()?;
                if (0xd800..0xdc00).contains(&letter) {
                    (self.next()? == b'\\' && self.next()? == b'u').then_some(())?;
                    let low = self.code_unit()?.checked_sub(0xdc00)?;
                    letter = 0x10000 + ((letter - 0xd800) << 10) + low;
                }
                let letter = char::from_u32(letter)?;
                bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
                return Some(());
            }
            byte @ (b'"' | b'\\' | b'/') => byte,
            _ => return None,
        };
        bytes.push(byte);
        Some(())
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.rest.get(..4)?;
        self.rest = &self.rest[4..];
        let text = std::str::from_utf8(digits).ok()?;
        u32::from_str_radix(text, 16).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::Part;

    #[test]
    fn bytes_come_as_they_are() {
        let body = b"{\"data\":\"a\\n\\\"\\u001b\\/\xff\xc3\",\"offset\":12}";
        let part = Part::parse(body).expect("a part");
        assert_eq!(part.data, b"a\n\"\x1b/\xff\xc3");
        assert_eq!(part.offset, 12);
        let part = Part::parse(br#" { "offset" : 0 , "data" : "\ud83d\ude00" } "#);
        assert_eq!(part.expect("a part").data, "😀".as_bytes());
    }

    #[test]
    fn anything_else_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            "{\"data\":\"a\"}",
            "{\"offset\":1}",
            "{\"data\":\"a",
            "{\"data\":\"\\x\",\"offset\":1}",
            "{\"data\":\"\\ud83d\\u0041\",\"offset\":1}",
            "{\"data\":\"a\",\"offset\":-1}",
            "{\"data\":\"\\u12",
        ] {
            assert_eq!(Part::parse(body.as_bytes()), None, "{body}");
        }
    }
}
