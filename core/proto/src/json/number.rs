//! Numbers as the original prints them. Compat: HTTP-10.

use super::grisu;

/// Whole numbers below this are exact and printed without an exponent.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// Doubles with up to this many digits before the point are printed without an exponent.
const POINT_LIMIT: i32 = 21;

/// Doubles from ten to this power are printed as `0.000…`.
const SMALL_LIMIT: i32 = -6;

/// Appends an integer.
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends an unsigned integer.
pub fn write_u64(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

/// Appends a double: digits that read back, `4.0` for whole numbers, an exponent
/// from 1e21 up and below 1e-6, bare `Infinity`, `-Infinity` and `NaN`.
pub fn write_f64(value: f64, out: &mut Vec<u8>) {
    if value.fract() == 0.0 && value.abs() < WHOLE && (value != 0.0 || value.is_sign_positive()) {
        write_i64(value as i64, out);
        out.extend_from_slice(b".0");
        return;
    }
    if !value.is_finite() {
        let text: &[u8] = match (value.is_nan(), value > 0.0) {
            (true, _) => b"NaN",
            (false, true) => b"Infinity",
            (false, false) => b"-Infinity",
        };
        out.extend_from_slice(text);
        return;
    }
    write_fraction(value, out);
}

fn write_fraction(value: f64, out: &mut Vec<u8>) {
    if value.is_sign_negative() {
        out.push(b'-');
    }
    if value == 0.0 {
        out.extend_from_slice(b"0.0");
        return;
    }
    let digits = grisu::digits(value.abs());
    let text = digits.as_bytes();
    place(text, text.len() as i32 + digits.exponent, out);
}

/// Writes digits whose decimal point comes after `point` of them.
fn place(digits: &[u8], point: i32, out: &mut Vec<u8>) {
    let count = digits.len() as i32;
    if (count..=POINT_LIMIT).contains(&point) {
        out.extend_from_slice(digits);
        out.resize(out.len() + (point - count) as usize, b'0');
        out.extend_from_slice(b".0");
    } else if (1..=POINT_LIMIT).contains(&point) {
        let (whole, fraction) = digits.split_at(point as usize);
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(fraction);
    } else if (SMALL_LIMIT + 1..=0).contains(&point) {
        out.extend_from_slice(b"0.");
        out.resize(out.len() + (-point) as usize, b'0');
        out.extend_from_slice(digits);
    } else {
        out.push(digits[0]);
        if count > 1 {
            out.push(b'.');
            out.extend_from_slice(&digits[1..]);
        }
        out.push(b'e');
        write_i64(i64::from(point - 1), out);
    }
}

#[cfg(test)]
mod tests {
    use super::write_f64;

    fn text(value: f64) -> String {
        let mut out = Vec::new();
        write_f64(value, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn http_10_doubles_print_as_the_original_does() {
        let cases = [
            (4.0, "4.0"),
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (0.1 + 0.2, "0.30000000000000007"),
            (0.014079590400000001, "0.014079590400000002"),
            (1795177532.6388621, "1795177532.6388622"),
            (0.07, "0.07"),
            (0.1, "0.1"),
            (123.456, "123.456"),
            (-2.5, "-2.5"),
            (1024.0, "1024.0"),
            (1e20, "100000000000000000000.0"),
            (1e21, "1e21"),
            (1.5e300, "1.5e300"),
            (0.000001, "0.000001"),
            (1e-7, "1e-7"),
            (1.25e-9, "1.25e-9"),
            (1795177536.247596, "1795177536.247596"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
        ];
        for (value, want) in cases {
            assert_eq!(text(value), want);
        }
    }
}
