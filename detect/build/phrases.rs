//! Turns `rules/text/*.yaml` into the table of phrases.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;

/// One phrase as its YAML file states it. The file is named after the class.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Stable name in kebab-case.
    id: String,
    /// Regular expression over the bytes of folded text, Unicode off: lower case, single blanks,
    /// line ends kept.
    pattern: String,
    /// One of these words occurs in the text.
    keywords: Vec<String>,
    /// Texts in which it must be found.
    examples: Vec<String>,
    /// Texts in which it must not be found.
    counter_examples: Vec<String>,
    #[serde(skip)]
    class: String,
}

/// Reads the folder and writes the tables into the output directory.
pub(super) fn compile(folder: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={}", folder.display());
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();

    let mut entries: Vec<Entry> = Vec::new();
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let mut more: Vec<Entry> = serde_yaml::from_str(&fs::read_to_string(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let class = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
        for entry in &mut more {
            class.clone_into(&mut entry.class);
            check(entry).map_err(|error| format!("{}: {}: {error}", file.display(), entry.id))?;
        }
        entries.append(&mut more);
    }
    let mut seen = BTreeSet::new();
    if let Some(twice) = entries.iter().find(|entry| !seen.insert(&entry.id)) {
        return Err(format!("{}: the id is used twice", twice.id).into());
    }
    fs::write(out.join("phrases.rs"), phrases(&entries)?)?;
    fs::write(out.join("phrase_examples.rs"), examples(&entries)?)?;
    Ok(())
}

fn check(entry: &Entry) -> Result<(), Box<dyn Error>> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
    parser.parse(&entry.pattern)?;
    let plain = |word: &String| {
        !word.is_empty() && *word == word.to_lowercase() && !word.contains(char::is_whitespace)
    };
    if entry.keywords.is_empty() || !entry.keywords.iter().all(plain) {
        return Err("needs keywords, each one word in lower case".into());
    }
    if entry.examples.is_empty() || entry.counter_examples.is_empty() {
        return Err("needs an example and a counter-example".into());
    }
    Ok(())
}

fn phrases(entries: &[Entry]) -> Result<String, Box<dyn Error>> {
    let mut keywords: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut text = format!("static PHRASES: [Phrase; {}] = [\n", entries.len());
    for (index, entry) in entries.iter().enumerate() {
        for keyword in &entry.keywords {
            let users = keywords.entry(keyword).or_default();
            if !users.contains(&index) {
                users.push(index);
            }
        }
        // Phrases that show that a text talks about others are of no class.
        let class = match entry.class.as_str() {
            "mention" => "None".to_owned(),
            class => format!("Some(SignalClass::{})", super::variant(class)),
        };
        writeln!(
            text,
            "    Phrase {{ id: {:?}, class: {class}, pattern: {:?}, regex: OnceLock::new() }},",
            entry.id, entry.pattern
        )?;
    }
    text.push_str("];\n");
    writeln!(
        text,
        "static PHRASE_KEYWORDS: [&str; {}] = {:?};",
        keywords.len(),
        keywords.keys().collect::<Vec<_>>()
    )?;
    writeln!(
        text,
        "static KEYWORD_PHRASES: [&[usize]; {}] = [{}];",
        keywords.len(),
        keywords.values().map(|users| format!("&{users:?}")).collect::<Vec<_>>().join(", ")
    )?;
    Ok(text)
}

fn examples(entries: &[Entry]) -> Result<String, Box<dyn Error>> {
    let signals: Vec<&Entry> = entries.iter().filter(|entry| entry.class != "mention").collect();
    let mut text = format!("static EXAMPLES: [(&str, &[&str], &[&str]); {}] = [\n", signals.len());
    for Entry { id, examples, counter_examples, .. } in signals {
        writeln!(text, "    ({id:?}, &{examples:?}, &{counter_examples:?}),")?;
    }
    text.push_str("];\n");
    Ok(text)
}
