//! A streaming JSON writer for hand-written views.

use super::number;

/// Writes JSON without white space into a buffer; puts the commas itself.
#[derive(Debug)]
pub struct Writer<'a> {
    out: &'a mut Vec<u8>,
    start: usize,
}

impl<'a> Writer<'a> {
    /// A writer of one value at the end of `out`.
    pub fn new(out: &'a mut Vec<u8>) -> Self {
        let start = out.len();
        Self { out, start }
    }

    /// Opens an object.
    pub fn begin_object(&mut self) -> &mut Self {
        self.open(b'{')
    }

    /// Closes an object.
    pub fn end_object(&mut self) -> &mut Self {
        self.out.push(b'}');
        self
    }

    /// Opens an array.
    pub fn begin_array(&mut self) -> &mut Self {
        self.open(b'[')
    }

    /// Closes an array.
    pub fn end_array(&mut self) -> &mut Self {
        self.out.push(b']');
        self
    }

    /// Writes a member's name; a value or an open call must follow.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.out.push(b':');
        self
    }

    /// Writes a string value.
    pub fn string(&mut self, value: &str) -> &mut Self {
        self.comma();
        write_string(value.as_bytes(), self.out);
        self
    }

    /// Writes a boolean.
    pub fn boolean(&mut self, value: bool) -> &mut Self {
        self.raw(if value { b"true" } else { b"false" })
    }

    /// Writes an integer.
    pub fn int(&mut self, value: i64) -> &mut Self {
        self.comma();
        number::write_i64(value, self.out);
        self
    }

    /// Writes an unsigned integer.
    pub fn uint(&mut self, value: u64) -> &mut Self {
        self.comma();
        number::write_u64(value, self.out);
        self
    }

    /// Writes a double.
    pub fn double(&mut self, value: f64) -> &mut Self {
        self.comma();
        number::write_f64(value, self.out);
        self
    }

    /// Writes text that is JSON already, such as a cached fragment.
    pub fn raw(&mut self, json: &[u8]) -> &mut Self {
        self.comma();
        self.out.extend_from_slice(json);
        self
    }

    /// `"name":"value"`.
    pub fn field_str(&mut self, name: &str, value: &str) -> &mut Self {
        self.key(name).string(value)
    }

    /// `"name":true`.
    pub fn field_bool(&mut self, name: &str, value: bool) -> &mut Self {
        self.key(name).boolean(value)
    }

    /// `"name":-1`.
    pub fn field_int(&mut self, name: &str, value: i64) -> &mut Self {
        self.key(name).int(value)
    }

    /// `"name":1`.
    pub fn field_uint(&mut self, name: &str, value: u64) -> &mut Self {
        self.key(name).uint(value)
    }

    /// `"name":1.0`.
    pub fn field_double(&mut self, name: &str, value: f64) -> &mut Self {
        self.key(name).double(value)
    }

    /// `"name":` and text that is JSON already.
    pub fn field_raw(&mut self, name: &str, json: &[u8]) -> &mut Self {
        self.key(name).raw(json)
    }

    /// `"name":` and the JSON of a message.
    pub fn field_message<T: prost::Message + prost::Name>(
        &mut self,
        name: &str,
        message: &T,
    ) -> &mut Self {
        self.key(name).message(message)
    }

    /// Writes the JSON of a message.
    pub fn message<T: prost::Message + prost::Name>(&mut self, message: &T) -> &mut Self {
        self.comma();
        super::write(&T::full_name(), &message.encode_to_vec(), self.out);
        self
    }

    fn open(&mut self, bracket: u8) -> &mut Self {
        self.comma();
        self.out.push(bracket);
        self
    }

    /// A comma is due unless the value starts the text or follows `{`, `[` or `:`.
    ///
    /// A string value cannot be mistaken for an opening: it ends with a quote.
    #[inline]
    fn comma(&mut self) {
        let first = self.out.len() == self.start;
        if !first && !matches!(self.out.last(), Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }
}

/// For each byte: 0 if it stands for itself, `u` for `\u00XX`, else the letter after the backslash.
const ESCAPE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 0x20 {
        table[at] = b'u';
        at += 1;
    }
    table[0x08] = b'b';
    table[b'\t' as usize] = b't';
    table[b'\n' as usize] = b'n';
    table[0x0c] = b'f';
    table[b'\r' as usize] = b'r';
    table[b'"' as usize] = b'"';
    table[b'\\' as usize] = b'\\';
    table
};

/// Appends a quoted, escaped JSON string. Bytes above 0x7f are passed through, valid or not.
pub fn write_string(value: &[u8], out: &mut Vec<u8>) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.reserve(value.len() + 2);
    out.push(b'"');
    let mut clean = 0;
    for (at, &byte) in value.iter().enumerate() {
        let escape = ESCAPE[usize::from(byte)];
        if escape == 0 {
            continue;
        }
        out.extend_from_slice(&value[clean..at]);
        clean = at + 1;
        out.extend_from_slice(&[b'\\', escape]);
        if escape == b'u' {
            let (high, low) = (usize::from(byte >> 4), usize::from(byte & 15));
            out.extend_from_slice(&[b'0', b'0', HEX[high], HEX[low]]);
        }
    }
    out.extend_from_slice(&value[clean..]);
    out.push(b'"');
}
