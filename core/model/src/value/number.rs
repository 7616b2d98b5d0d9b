//! Numbers in text: `%.15g`-like printing, and reading with the leniencies of the original.

/// Prints like C's `%.15g`: at most 15 significant digits, no trailing zeros.
pub fn format_double(value: f64) -> String {
    const DIGITS: i32 = 15;
    if value.is_nan() {
        return if value.is_sign_negative() {
            "-nan"
        } else {
            "nan"
        }
        .to_owned();
    }
    if value.is_infinite() {
        return if value < 0.0 { "-inf" } else { "inf" }.to_owned();
    }
    if value == 0.0 {
        return if value.is_sign_negative() { "-0" } else { "0" }.to_owned();
    }
    let scientific = format!("{value:.prec$e}", prec = (DIGITS - 1) as usize);
    let (mantissa, exponent) = scientific
        .split_once('e')
        .expect("the format has an exponent");
    let exponent: i32 = exponent.parse().expect("the exponent is an integer");
    if (-4..DIGITS).contains(&exponent) {
        let fixed = format!("{value:.prec$}", prec = (DIGITS - 1 - exponent) as usize);
        return strip_zeros(&fixed).to_owned();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{}e{sign}{:02}", strip_zeros(mantissa), exponent.abs())
}

fn strip_zeros(text: &str) -> &str {
    if !text.contains('.') {
        return text;
    }
    text.trim_end_matches('0').trim_end_matches('.')
}

/// Reads a double: decimal, `inf`, `nan`, or a hexadecimal integer with `0x`.
pub fn parse_double(text: &str) -> Option<f64> {
    if let Some(number) = parse_hexadecimal(text) {
        return number.map(|(negative, value)| {
            let value = value as f64;
            if negative { -value } else { value }
        });
    }
    // Rust also takes these forms, the original's reader does not.
    if text.ends_with(['e', 'E', '+', '-']) {
        return None;
    }
    text.parse().ok()
}

/// Reads an unsigned integer; a minus sign wraps around as the original's reader does.
pub fn parse_unsigned(text: &str) -> Option<u64> {
    if let Some(number) = parse_hexadecimal(text) {
        return number.map(|(negative, value)| {
            if negative {
                value.wrapping_neg()
            } else {
                value
            }
        });
    }
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: u64 = digits.parse().ok()?;
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

/// `None` if the text does not look hexadecimal, `Some(None)` if it does and is not a number.
fn parse_hexadecimal(text: &str) -> Option<Option<(bool, u64)>> {
    let (negative, rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let digits = rest
        .strip_prefix("0x")
        .or_else(|| rest.strip_prefix("0X"))?;
    if digits.starts_with('+') {
        return Some(None);
    }
    Some(
        u64::from_str_radix(digits, 16)
            .ok()
            .map(|value| (negative, value)),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_print_with_fifteen_digits() {
        let cases = [
            (1.0, "1"),
            (0.5, "0.5"),
            (1.001, "1.001"),
            (0.1 + 0.2, "0.3"),
            (1e15, "1e+15"),
            (123456789012345.0, "123456789012345"),
            (0.0001, "0.0001"),
            (0.00001, "1e-05"),
            (-2.5, "-2.5"),
            (10.0, "10"),
            (1.42857142857143, "1.42857142857143"),
        ];
        for (value, text) in cases {
            assert_eq!(format_double(value), text);
        }
    }

    #[test]
    fn numbers_are_read_as_leniently_as_the_original() {
        assert_eq!(parse_double("0x10"), Some(16.0));
        assert_eq!(parse_double("-0x10"), Some(-16.0));
        assert_eq!(parse_double("0x1.8"), None);
        assert_eq!(parse_double("1e3"), Some(1000.0));
        assert_eq!(parse_double("abc"), None);
        assert_eq!(parse_unsigned("-1"), Some(u64::MAX));
        assert_eq!(parse_unsigned("1.5"), None);
        assert_eq!(parse_unsigned("18446744073709551616"), None);
    }
}
