/// How many digits an integer may get by writing its exponent out.
const LONGEST: usize = 64;

/// A JSON number (RFC 8259, section 6), exact at any size: 0.`digits` × 10^`point`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Number {
    negative: bool,
    /// Without zeros at either end; empty for zero.
    digits: String,
    /// How many digits stand before the decimal point.
    point: i64,
}

impl Number {
    /// `None` if the text is no JSON number, or its exponent is beyond reason.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (text, exponent) = match text.split_once(['e', 'E']) {
            None => (text, 0),
            Some((text, exponent)) => {
                let unsigned = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
                (text, all_digits(unsigned).and_then(|_| exponent.parse().ok())?)
            }
        };
        let (whole, fraction) = match text.split_once('.') {
            None => (text, ""),
            Some((whole, fraction)) => (whole, all_digits(fraction)?),
        };
        if all_digits(whole)?.len() > 1 && whole.starts_with('0') {
            return None;
        }
        let all = [whole, fraction].concat();
        let significant = all.trim_start_matches('0');
        let leading = all.len() - significant.len();
        let digits = significant.trim_end_matches('0');
        if digits.is_empty() {
            return Some(Self { negative: false, digits: String::new(), point: 0 });
        }
        let before = i64::try_from(whole.len()).ok()?.checked_sub(i64::try_from(leading).ok()?)?;
        let point = before.checked_add(exponent)?;
        Some(Self { negative, digits: digits.to_owned(), point })
    }

    /// The number in decimal digits, if it is an integer and not too long to be written out.
    pub(super) fn integer(&self) -> Option<String> {
        if self.digits.is_empty() {
            return Some("0".to_owned());
        }
        let length = usize::try_from(self.point).ok()?;
        let zeros = length.checked_sub(self.digits.len()).filter(|_| length <= LONGEST)?;
        let sign = if self.negative { "-" } else { "" };
        Some([sign, &self.digits, &"0".repeat(zeros)].concat())
    }
}

fn all_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn integer(text: &str) -> Option<String> {
        Number::parse(text)?.integer()
    }

    #[test]
    fn integers_are_written_out_exactly() {
        for (text, expected) in [
            ("0", "0"),
            ("-0", "0"),
            ("0.0e5", "0"),
            ("42", "42"),
            ("-7", "-7"),
            ("42.0", "42"),
            ("4.20e1", "42"),
            ("4200E-2", "42"),
            ("1e3", "1000"),
            ("9007199254740993", "9007199254740993"),
            ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ] {
            assert_eq!(integer(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["1.5", "15e-1", "0.1", "1e64", "1e-1", "-2e9999999999"] {
            assert_eq!(integer(text), None, "{text}");
        }
    }

    #[test]
    fn equal_numbers_are_equal_in_every_spelling() {
        let same = ["120", "120.0", "1.2e2", "1.2E+2", "12e1", "0.12e3", "12000e-2"];
        for text in same {
            assert_eq!(Number::parse(text), Number::parse("120"), "{text}");
        }
        for text in ["-120", "12", "120.5", "9007199254740993", "9007199254740992"] {
            let others: Vec<_> =
                same.iter().filter(|one| Number::parse(one) == Number::parse(text)).collect();
            assert!(others.is_empty(), "{text}");
        }
        assert_ne!(Number::parse("9007199254740993"), Number::parse("9007199254740992"));
    }

    #[test]
    fn only_json_numbers_are_numbers() {
        for text in [
            "",
            "-",
            "+1",
            "01",
            "00",
            ".5",
            "1.",
            "1e",
            "1e+",
            "1e+-1",
            "0x1",
            " 1",
            "1 ",
            "1,0",
            "NaN",
            "1_0",
            "\u{661}",
            "1e99999999999999999999",
            "--1",
            "1.-1",
            "-e1",
        ] {
            assert_eq!(Number::parse(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn every_integer_comes_back(number in any::<i128>()) {
            prop_assert_eq!(integer(&number.to_string()), Some(number.to_string()));
        }

        #[test]
        fn moving_the_point_changes_nothing(number in any::<i64>(), places in 0_u32..30) {
            let zeros = "0".repeat(places as usize);
            let number = number.to_string();
            prop_assert_eq!(integer(&format!("{number}{zeros}e-{places}")), Some(number.clone()));
            prop_assert_eq!(Number::parse(&format!("{number}.{zeros}0")), Number::parse(&number));
        }

        #[test]
        fn any_text_is_judged(text in "-?[0-9.eE+-]{0,16}") {
            let is_json = serde_json::from_str::<&serde_json::value::RawValue>(&text).is_ok();
            prop_assert_eq!(Number::parse(&text).is_some(), is_json, "{}", text);
        }
    }
}
