use proptest::prelude::*;

use super::{FULL, resolve};

proptest! {
    /// Whatever stands in a file, it is read or told about, and places lie within the file.
    #[test]
    fn any_text_is_read_or_told_about(text in any::<String>()) {
        told_within(&text)?;
    }

    /// The same for files that are nearly right.
    #[test]
    fn a_damaged_file_is_read_or_told_about(
        at in 0..FULL.len(),
        length in 0_usize..20,
        instead in "[a-z:\\-\\[\\]{}'\"$&*!\\t\\n ]{0,6}",
    ) {
        let end = (at + length).min(FULL.len());
        told_within(&format!("{}{instead}{}", &FULL[..at], &FULL[end..]))?;
    }
}

fn told_within(text: &str) -> Result<(), TestCaseError> {
    let Err(faults) = resolve(text) else { return Ok(()) };
    prop_assert!(!faults.is_empty());
    let lines = text.matches('\n').count() + 1;
    for fault in faults {
        prop_assert!((1..=lines).contains(&fault.line) && fault.column >= 1, "{fault}");
    }
    Ok(())
}
