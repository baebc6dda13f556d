/// The secret as a report may show it: `…` and the last four characters, or `…` alone when it is
/// shorter than 16 characters.
pub fn redact(secret: &str) -> String {
    let length = secret.chars().count();
    let tail = if length < 16 {
        ""
    } else {
        secret.char_indices().nth_back(3).map_or("", |(at, _)| secret.get(at..).unwrap_or_default())
    };
    format!("…{tail}")
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn shows_four_characters_of_long_secrets_only() {
        assert_eq!(redact("0123456789abcdef"), "…cdef");
        assert_eq!(redact("0123456789abcde"), "…");
        assert_eq!(redact(""), "…");
        assert_eq!(redact("ääääääääääääßßßß"), "…ßßßß");
    }
}
