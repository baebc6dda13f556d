use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

/// Whether the value only shows where a secret goes: `<token>`, `YOUR_API_KEY`, `xxxx`, `changeme`,
/// a sample from a vendor's documentation, a counting or repeating string.
pub fn placeholder(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    is_blank(value) || is_sample(value) || is_bracketed(value) || is_wording(value)
}

/// As [`placeholder`], but a weak word such as `test` or `password` counts as a value.
pub(super) fn is_blank(value: &str) -> bool {
    let thrice = |three: &[u8]| {
        matches!(
            three,
            [b'*', b'*', b'*'] | [b'.', b'.', b'.'] | [b'?', b'?', b'?'] | [b'#', b'#', b'#']
        )
    };
    let masked = value.as_bytes().windows(3).any(thrice)
        || !value.is_ascii() && (value.contains('…') || value.contains("•••"));
    masked || is_run(value) || is_predictable(value.as_bytes())
}

/// Values that vendors print in their documentation and ship in their emulators, by a telling part.
fn is_sample(value: &str) -> bool {
    const SAMPLES: [&str; 9] = [
        "4eC39HqLyjWDarjtT1zdp7dc",
        "BQokikJOvBiI2HlWgH4olfQ2",
        "SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c",
        "TJVA95OrM7E2cBab30RMHrHDcEfxjoYZgeFONFh7HgQ",
        "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq",
        "C2y6yDjf5/R+ob0N8A7Cgv30VRDJIWEHLM+4QDU5DE2nQ9nDuVTqobD4b8mGGyPMbIZnqyMsEcaGQy67XIw/Jw",
        "d41d8cd98f00b204e9800998ecf8427e",
        "da39a3ee5e6b4b0d3255bfef95601890afd80709",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ];
    // As long as the shortest of them.
    value.len() >= 24 && SAMPLES.iter().any(|sample| value.contains(sample))
}

/// `<token>`, `[token]`, `{token}`, `(token)`, `__TOKEN__`, `@TOKEN@`, `#{TOKEN}#`.
fn is_bracketed(value: &str) -> bool {
    let pairs = [
        ("<", ">"),
        ("[", "]"),
        ("{", "}"),
        ("(", ")"),
        ("__", "__"),
        ("@", "@"),
        ("#{", "}#"),
        ("«", "»"),
    ];
    let around = |(open, close): (&str, &str)| {
        value.strip_prefix(open).and_then(|value| value.strip_suffix(close)).is_some_and(|inner| {
            inner.len() <= 80
                && inner
                    .chars()
                    .all(|letter| letter.is_alphanumeric() || " _-.:/'|".contains(letter))
        })
    };
    pairs.into_iter().any(around)
        || value.contains('<')
            && value.contains('>')
            && value.find('<') < value.rfind('>')
            && is_angled(value)
}

/// `Bot <token>`, `sk-<your key>`: words in angle brackets somewhere inside.
fn is_angled(value: &str) -> bool {
    value.split('<').skip(1).filter_map(|rest| rest.split_once('>')).any(|(inner, _)| {
        !inner.is_empty()
            && inner.chars().all(|letter| letter.is_alphanumeric() || " _-.".contains(letter))
    })
}

/// Words that show a secret's place wherever they stand.
const ANYWHERE: [&str; 35] = [
    "example",
    "changeme",
    "change-me",
    "change_me",
    "changethis",
    "placeholder",
    "replace_",
    "replace-",
    "replaceme",
    "replacewith",
    "replace with",
    "redacted",
    "dummy",
    "sample",
    "yourkey",
    "yourtoken",
    "yoursecret",
    "yourapi",
    "yourpass",
    "insert_",
    "insert-",
    "insert ",
    "notreal",
    "not-real",
    "fake_",
    "fake-",
    "put_your",
    "add_your",
    "goes_here",
    "not-needed",
    "not_needed",
    "not-required",
    "not_required",
    "no-key-",
    "goes-here",
];

/// Whether one of [`ANYWHERE`] is in the value, ASCII letter case aside.
fn says_anywhere(value: &str) -> bool {
    static AUTOMATON: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().ascii_case_insensitive(true).build(ANYWHERE).ok());
    match AUTOMATON.as_ref() {
        Some(automaton) => automaton.is_match(value),
        None => {
            let lower = value.to_ascii_lowercase();
            ANYWHERE.iter().any(|word| lower.contains(word))
        }
    }
}

/// Words that people write where a secret goes. Long ones count anywhere, short ones only as a
/// word of their own in a value without a random part.
fn is_wording(value: &str) -> bool {
    const WORDS: [&str; 36] = [
        "your",
        "my",
        "here",
        "todo",
        "tbd",
        "fixme",
        "none",
        "null",
        "nil",
        "undefined",
        "na",
        "test",
        "testing",
        "fake",
        "mock",
        "demo",
        "insert",
        "enter",
        "replace",
        "secret",
        "password",
        "passwd",
        "pass",
        "token",
        "key",
        "apikey",
        "xxx",
        "xx",
        "foo",
        "bar",
        "foobar",
        "redacted",
        "hidden",
        "masked",
        "empty",
        "string",
    ];
    if value.len() > 512 {
        return false;
    }
    if says_anywhere(value) || is_variable_name(value) {
        return true;
    }
    let lower = value.to_ascii_lowercase();
    let words =
        || lower.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let says_your = words().any(|word| word == "your" || word == "ur");
    if words().any(is_random) {
        return false;
    }
    if says_your {
        return true;
    }
    let mut hits = 0;
    let mut all = 0;
    for word in words() {
        all += 1;
        hits += usize::from(WORDS.contains(&word));
    }
    // One such word among others ("my-dev-token-1") may still be a value that works.
    hits > 0 && hits * 2 >= all && !ends_in_number(&lower) && !is_joined_by_signs(value)
}

/// `Winter!Pass`: hyphens and spaces join the words of a placeholder, other signs those of a password.
fn is_joined_by_signs(value: &str) -> bool {
    let sign = |three: &[u8]| {
        matches!(three, [a, sign, b] if a.is_ascii_alphanumeric()
            && b"!$%^&*#@".contains(sign)
            && b.is_ascii_alphanumeric())
    };
    value.as_bytes().windows(3).any(sign)
        && !value.contains(char::is_whitespace)
        && value.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
        && value.bytes().any(|byte| byte.is_ascii_lowercase())
}

fn ends_in_number(value: &str) -> bool {
    value.bytes().rev().take_while(u8::is_ascii_digit).count() >= 2
}

/// `OPENAI_API_KEY`: the name of a variable where its value should be.
fn is_variable_name(value: &str) -> bool {
    value.contains('_')
        && value.starts_with(|first: char| first.is_ascii_uppercase())
        && value.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_')
}

/// A part in which letters and digits mix as no word does.
fn is_random(word: &str) -> bool {
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    let changes = word
        .as_bytes()
        .windows(2)
        .filter(|pair| matches!(pair, [a, b] if a.is_ascii_digit() != b.is_ascii_digit()))
        .count();
    word.len() >= 8 && digits >= 2 && changes >= 3
}

/// Four x in a row, or nothing but x.
fn is_run(value: &str) -> bool {
    let filler = |byte: u8| matches!(byte, b'x' | b'X' | b'-' | b'_');
    let four = |bytes: &[u8]| bytes.iter().all(|byte| byte.eq_ignore_ascii_case(&b'x'));
    (3..=512).contains(&value.len())
        && (value.as_bytes().windows(4).any(four) || value.bytes().all(filler))
}

/// Whether the bytes are more than six different ones.
fn has_more_than_six(bytes: &[u8]) -> bool {
    let mut seen = 0_u128;
    for byte in bytes.iter().filter(|byte| byte.is_ascii()) {
        seen |= 1 << byte;
    }
    seen.count_ones() > 6
}

/// Whether most bytes follow from one of the two before them, as in `1234…`, `aaaa…` and `a1b2c3…`,
/// or only a few different ones occur.
fn is_predictable(value: &[u8]) -> bool {
    let body: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    if body.len() < 6 || body.len() > 512 {
        return false;
    }
    let near = |a: u8, b: u8| {
        a.to_ascii_lowercase().abs_diff(b.to_ascii_lowercase()) <= 1
            || (a, b) == (b'9', b'0')
            || (a, b) == (b'9', b'a')
    };
    let digits = body.iter().all(u8::is_ascii_digit);
    // Two rows that cross, as in `9f8g7h6j`, are rather typed by somebody who wants a secret.
    let along = |a: u8, c: u8, upwards: bool| {
        let (a, c) = (a.to_ascii_lowercase(), c.to_ascii_lowercase());
        !digits && near(a, c) && (a == c || (a < c) == upwards)
    };
    let follows = [true, false].map(|upwards| {
        let follows =
            |three: &&[u8]| matches!(three, [a, b, c] if near(*b, *c) || along(*a, *c, upwards));
        body.windows(3).filter(follows).count()
    });
    let follows = follows.into_iter().max().unwrap_or_default();
    let share = if digits || body.len() < 12 { 85 } else { 66 };
    let least = match body.len() {
        ..8 => 0.0,
        8..20 => 1.5,
        _ => 2.5,
    };
    // So many different bytes in so few are never so predictable.
    let varied = body.len() < 20 && has_more_than_six(&body);
    follows * 100 >= (body.len() - 2) * share || !varied && super::entropy(&body) < least
}
