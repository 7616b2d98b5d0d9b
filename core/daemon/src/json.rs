//! JSON text as the original writes it: doubles keep `.0`, strings may hold any bytes.

/// Appends a double: shortest digits that read back the same, plain notation for exponents from
/// -5 to 20, `e` notation outside.
pub fn put_double(out: &mut Vec<u8>, value: f64) {
    if !value.is_finite() {
        out.extend_from_slice(b"null");
        return;
    }
    let scientific = format!("{value:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.bytes().filter(u8::is_ascii_digit).count() as i32;
    let text = if (-6..21).contains(&exponent) {
        let decimals = usize::try_from((digits - 1 - exponent).max(1)).unwrap_or(1);
        format!("{value:.decimals$}")
    } else {
        scientific
    };
    out.extend_from_slice(text.as_bytes());
}

/// Appends a quoted string. Bytes that are no UTF-8 go through unchanged, so that a reader of a
/// log file can still count them.
pub fn put_string(out: &mut Vec<u8>, bytes: &[u8]) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    out.push(b'"');
    for &byte in bytes {
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => {
                out.extend_from_slice(b"\\u00");
                out.push(HEX[usize::from(byte >> 4)]);
                out.push(HEX[usize::from(byte & 0xf)]);
            }
            _ => out.push(byte),
        }
    }
    out.push(b'"');
}

/// Appends `{"name":...}` pairs in the order given; `put` writes each value.
pub fn put_object<'a, T>(
    out: &mut Vec<u8>,
    pairs: impl IntoIterator<Item = (&'a str, T)>,
    mut put: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'{');
    let mut first = true;
    for (name, value) in pairs {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        put_string(out, name.as_bytes());
        out.push(b':');
        put(out, value);
    }
    out.push(b'}');
}

/// Appends an array.
pub fn put_array<T>(
    out: &mut Vec<u8>,
    items: impl IntoIterator<Item = T>,
    mut put: impl FnMut(&mut Vec<u8>, T),
) {
    out.push(b'[');
    let mut first = true;
    for item in items {
        if !std::mem::take(&mut first) {
            out.push(b',');
        }
        put(out, item);
    }
    out.push(b']');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn double(value: f64) -> String {
        let mut out = Vec::new();
        put_double(&mut out, value);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn doubles_print_as_recorded() {
        for (value, text) in [
            (0.0, "0.0"),
            (19.0, "19.0"),
            (0.009216, "0.009216"),
            (0.10488319999999982, "0.10488319999999982"),
            (25_276_510_208.0, "25276510208.0"),
            (1e20, "100000000000000000000.0"),
            (1e21, "1e21"),
            (1.5e-6, "0.0000015"),
            (1.5e-7, "1.5e-7"),
            (-2.5, "-2.5"),
        ] {
            assert_eq!(double(value), text);
        }
    }

    #[test]
    fn strings_escape_controls_and_keep_other_bytes() {
        let mut out = Vec::new();
        put_string(&mut out, b"a\"\\\n\x01/\xff");
        assert_eq!(out, b"\"a\\\"\\\\\\n\\u0001/\xff\"");
    }
}
