//! Digits of doubles by the Grisu2 algorithm (Loitsch 2010).
//!
//! The original prints doubles with it. Its digits always read back to the same value, yet in
//! many cases they are not the closest ones, so an exact printer would differ.

/// `10^k` for `k = -348, -340, ... 340` as a 64-bit significand and a power of two.
const POWERS: [(u64, i32); 87] = [
    (0xfa8fd5a0081c0288, -1220),
    (0xbaaee17fa23ebf76, -1193),
    (0x8b16fb203055ac76, -1166),
    (0xcf42894a5dce35ea, -1140),
    (0x9a6bb0aa55653b2d, -1113),
    (0xe61acf033d1a45df, -1087),
    (0xab70fe17c79ac6ca, -1060),
    (0xff77b1fcbebcdc4f, -1034),
    (0xbe5691ef416bd60c, -1007),
    (0x8dd01fad907ffc3c, -980),
    (0xd3515c2831559a83, -954),
    (0x9d71ac8fada6c9b5, -927),
    (0xea9c227723ee8bcb, -901),
    (0xaecc49914078536d, -874),
    (0x823c12795db6ce57, -847),
    (0xc21094364dfb5637, -821),
    (0x9096ea6f3848984f, -794),
    (0xd77485cb25823ac7, -768),
    (0xa086cfcd97bf97f4, -741),
    (0xef340a98172aace5, -715),
    (0xb23867fb2a35b28e, -688),
    (0x84c8d4dfd2c63f3b, -661),
    (0xc5dd44271ad3cdba, -635),
    (0x936b9fcebb25c996, -608),
    (0xdbac6c247d62a584, -582),
    (0xa3ab66580d5fdaf6, -555),
    (0xf3e2f893dec3f126, -529),
    (0xb5b5ada8aaff80b8, -502),
    (0x87625f056c7c4a8b, -475),
    (0xc9bcff6034c13053, -449),
    (0x964e858c91ba2655, -422),
    (0xdff9772470297ebd, -396),
    (0xa6dfbd9fb8e5b88f, -369),
    (0xf8a95fcf88747d94, -343),
    (0xb94470938fa89bcf, -316),
    (0x8a08f0f8bf0f156b, -289),
    (0xcdb02555653131b6, -263),
    (0x993fe2c6d07b7fac, -236),
    (0xe45c10c42a2b3b06, -210),
    (0xaa242499697392d3, -183),
    (0xfd87b5f28300ca0e, -157),
    (0xbce5086492111aeb, -130),
    (0x8cbccc096f5088cc, -103),
    (0xd1b71758e219652c, -77),
    (0x9c40000000000000, -50),
    (0xe8d4a51000000000, -24),
    (0xad78ebc5ac620000, 3),
    (0x813f3978f8940984, 30),
    (0xc097ce7bc90715b3, 56),
    (0x8f7e32ce7bea5c70, 83),
    (0xd5d238a4abe98068, 109),
    (0x9f4f2726179a2245, 136),
    (0xed63a231d4c4fb27, 162),
    (0xb0de65388cc8ada8, 189),
    (0x83c7088e1aab65db, 216),
    (0xc45d1df942711d9a, 242),
    (0x924d692ca61be758, 269),
    (0xda01ee641a708dea, 295),
    (0xa26da3999aef774a, 322),
    (0xf209787bb47d6b85, 348),
    (0xb454e4a179dd1877, 375),
    (0x865b86925b9bc5c2, 402),
    (0xc83553c5c8965d3d, 428),
    (0x952ab45cfa97a0b3, 455),
    (0xde469fbd99a05fe3, 481),
    (0xa59bc234db398c25, 508),
    (0xf6c69a72a3989f5c, 534),
    (0xb7dcbf5354e9bece, 561),
    (0x88fcf317f22241e2, 588),
    (0xcc20ce9bd35c78a5, 614),
    (0x98165af37b2153df, 641),
    (0xe2a0b5dc971f303a, 667),
    (0xa8d9d1535ce3b396, 694),
    (0xfb9b7cd9a4a7443c, 720),
    (0xbb764c4ca7a44410, 747),
    (0x8bab8eefb6409c1a, 774),
    (0xd01fef10a657842c, 800),
    (0x9b10a4e5e9913129, 827),
    (0xe7109bfba19c0c9d, 853),
    (0xac2820d9623bf429, 880),
    (0x80444b5e7aa7cf85, 907),
    (0xbf21e44003acdd2d, 933),
    (0x8e679c2f5e44ff8f, 960),
    (0xd433179d9c8cb841, 986),
    (0x9e19db92b4e31ba9, 1013),
    (0xeb96bf6ebadf77d9, 1039),
    (0xaf87023b9bf0ee6b, 1066),
];

/// Powers of ten. The original's table ends here as well, so that the last of more than nine
/// fractional digits is not corrected: 0.1 + 0.2 comes out as 0.30000000000000007.
const TENS: [u64; 10] = [
    1,
    10,
    100,
    1_000,
    10_000,
    100_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

const SIGNIFICAND_BITS: u32 = 52;
const HIDDEN_BIT: u64 = 1 << SIGNIFICAND_BITS;
const EXPONENT_BIAS: i32 = 0x3ff + SIGNIFICAND_BITS as i32;

/// A floating-point number with a 64-bit significand.
#[derive(Debug, Clone, Copy)]
struct Wide {
    f: u64,
    e: i32,
}

impl Wide {
    fn new(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & (HIDDEN_BIT - 1);
        match (bits >> SIGNIFICAND_BITS) as i32 & 0x7ff {
            0 => Self {
                f: fraction,
                e: 1 - EXPONENT_BIAS,
            },
            biased => Self {
                f: fraction + HIDDEN_BIT,
                e: biased - EXPONENT_BIAS,
            },
        }
    }

    fn normalized(self) -> Self {
        let shift = self.f.leading_zeros();
        Self {
            f: self.f << shift,
            e: self.e - shift as i32,
        }
    }

    /// The points half-way to the neighbours, with the same exponent.
    fn boundaries(self) -> (Self, Self) {
        let upper = Self {
            f: (self.f << 1) + 1,
            e: self.e - 1,
        }
        .normalized();
        let lower = if self.f == HIDDEN_BIT {
            Self {
                f: (self.f << 2) - 1,
                e: self.e - 2,
            }
        } else {
            Self {
                f: (self.f << 1) - 1,
                e: self.e - 1,
            }
        };
        (
            Self {
                f: lower.f << (lower.e - upper.e),
                e: upper.e,
            },
            upper,
        )
    }

    fn times(self, other: Self) -> Self {
        let product = u128::from(self.f) * u128::from(other.f);
        let rounded = (product + (1 << 63)) >> 64;
        Self {
            f: rounded as u64,
            e: self.e + other.e + 64,
        }
    }
}

/// The power of ten that brings a binary exponent into reach, and its negated exponent.
fn cached_power(e: i32) -> (Wide, i32) {
    const LOG10_OF_2: f64 = std::f64::consts::LOG10_2;
    let k = (f64::from(-61 - e) * LOG10_OF_2 + 347.0).ceil() as i32;
    let index = (k >> 3) + 1;
    let (f, e) = POWERS[index as usize];
    (Wide { f, e }, 348 - (index << 3))
}

/// Decimal digits without leading zeros.
#[derive(Debug, Default)]
pub(super) struct Digits {
    digits: [u8; 20],
    count: usize,
    /// The value is `digits * 10^exponent`.
    pub(super) exponent: i32,
}

impl Digits {
    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.digits[..self.count]
    }

    fn push(&mut self, digit: u8) {
        if digit != 0 || self.count != 0 {
            self.digits[self.count] = b'0' + digit;
            self.count += 1;
        }
    }

    /// Moves the last digit towards the value while that brings it closer.
    fn round(&mut self, delta: u64, mut rest: u64, unit: u64, distance: u64) {
        while rest < distance
            && delta - rest >= unit
            && (rest + unit < distance || distance - rest > rest + unit - distance)
        {
            self.digits[self.count - 1] -= 1;
            rest += unit;
        }
    }
}

/// The digits of a positive finite double.
pub(super) fn digits(value: f64) -> Digits {
    let wide = Wide::new(value);
    let (lower, upper) = wide.boundaries();
    let (power, exponent) = cached_power(upper.e);
    let scaled = wide.normalized().times(power);
    let mut upper = upper.times(power);
    let mut lower = lower.times(power);
    lower.f += 1;
    upper.f -= 1;
    generate(scaled, upper, upper.f - lower.f, exponent)
}

fn generate(scaled: Wide, upper: Wide, mut delta: u64, exponent: i32) -> Digits {
    let shift = -upper.e;
    let one = 1u64 << shift;
    let distance = upper.f - scaled.f;
    let mut whole = upper.f >> shift;
    let mut fraction = upper.f & (one - 1);
    let mut out = Digits::default();
    let mut kappa = TENS.iter().take_while(|&&ten| ten <= whole).count();
    while kappa > 0 {
        kappa -= 1;
        out.push((whole / TENS[kappa]) as u8);
        whole %= TENS[kappa];
        let rest = (whole << shift) + fraction;
        if rest <= delta {
            out.exponent = exponent + kappa as i32;
            out.round(delta, rest, TENS[kappa] << shift, distance);
            return out;
        }
    }
    let mut places = 0;
    loop {
        fraction *= 10;
        delta *= 10;
        out.push((fraction >> shift) as u8);
        fraction &= one - 1;
        places += 1;
        if fraction < delta {
            out.exponent = exponent - places as i32;
            let scale = TENS.get(places).copied().unwrap_or(0);
            out.round(delta, fraction, one, distance.wrapping_mul(scale));
            return out;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::digits;

    fn text(value: f64) -> String {
        let digits = digits(value);
        format!(
            "{}e{}",
            std::str::from_utf8(digits.as_bytes()).unwrap(),
            digits.exponent
        )
    }

    #[test]
    fn digits_read_back_to_the_same_double() {
        let mut bits = 1u64;
        for _ in 0..200_000 {
            bits = bits
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits >> 1);
            if value.is_finite() && value != 0.0 {
                assert_eq!(text(value).parse::<f64>().unwrap(), value);
            }
        }
        for value in [
            5e-324,
            f64::MIN_POSITIVE,
            f64::MAX,
            1.0,
            0.1,
            1e21,
            123_456.789,
        ] {
            assert_eq!(text(value).parse::<f64>().unwrap(), value);
        }
    }
}
