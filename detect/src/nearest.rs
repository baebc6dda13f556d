//! The name that a misspelt name most likely meant.

/// The candidate closest to `name`, if one is close enough to be worth suggesting. Letter case,
/// `-` and `_` do not count.
#[must_use]
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |text: &str| text.to_lowercase().replace(['-', '_'], "");
    let wanted = plain(name);
    candidates
        .into_iter()
        .map(|candidate| (strsim::jaro_winkler(&wanted, &plain(candidate)), candidate))
        .filter(|(score, _)| *score > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn suggests_only_what_is_close() {
        let names = ["host", "host_class", "scheme", "port"];
        assert_eq!(nearest("hostclass", names), Some("host_class"));
        assert_eq!(nearest("shceme", names), Some("scheme"));
        assert_eq!(nearest("Port", names), Some("port"));
        assert_eq!(nearest("credential", names), None);
    }
}
