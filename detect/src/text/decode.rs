//! What invisible characters say.

/// At most so many characters of a hidden text are given.
const MOST: usize = 400;

/// The text that tag characters spell; each stands for the ASCII character 0xE0000 below it.
pub(super) fn tags(run: impl Iterator<Item = char>) -> Option<String> {
    let ascii = run.filter_map(|c| u8::try_from(u32::from(c).checked_sub(0xe0000)?).ok());
    readable(&ascii.collect::<Vec<u8>>())
}

/// The text in variation selectors, of which each of the 256 stands for a byte.
pub(super) fn variation_selectors(run: impl Iterator<Item = char>) -> Option<String> {
    let bytes = run.filter_map(|c| match u32::from(c) {
        code @ 0xfe00..=0xfe0f => u8::try_from(code - 0xfe00).ok(),
        code @ 0xe0100..=0xe01ef => u8::try_from(code - 0xe0100 + 16).ok(),
        _ => None,
    });
    let bytes: Vec<u8> = bytes.collect();
    readable(&bytes).filter(|text| text.chars().count() > 1)
}

/// The text in a run of two different characters without width, read as bits of bytes with the
/// highest first.
pub(super) fn bits(run: impl Iterator<Item = char>) -> Option<String> {
    let run: Vec<char> = run.collect();
    let mut kinds = run.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let &[low, _] = kinds.as_slice() else { return None };
    if run.len() < 16 || !run.len().is_multiple_of(8) {
        return None;
    }
    let bytes = |zero: char| -> Vec<u8> {
        let byte = |chunk: &[char]| {
            chunk.iter().fold(0_u8, |byte, c| byte << 1 | u8::from((*c == low) != (zero == low)))
        };
        run.chunks(8).map(byte).collect()
    };
    let one = kinds.last().copied().unwrap_or(low);
    [low, one].iter().find_map(|zero| readable(&bytes(*zero)))
}

/// What a control string of a terminal (ECMA-48, 5.6) holds: a title, an address, a clipboard.
pub(super) fn command_string(sequence: impl Iterator<Item = char>) -> Option<String> {
    let text: String = sequence.filter(|c| !c.is_control()).collect();
    let body = text.strip_prefix(']').or_else(|| text.strip_prefix('P'))?;
    readable(body.trim_end_matches('\\').as_bytes())
}

/// The bytes as text, if that is what they are.
fn readable(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let text: String = text.chars().filter(|c| !c.is_control()).take(MOST).collect();
    let signs = bytes.iter().filter(|byte| byte.is_ascii_control()).count();
    (!text.trim().is_empty() && signs * 4 <= bytes.len()).then_some(text)
}
