//! Turns `rules/secrets` and `rules/text` into static tables, so that the product parses no data when it starts.
#![expect(clippy::disallowed_methods, reason = "a build script reads the data it compiles in")]

#[path = "build/phrases.rs"]
mod phrases;

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

use serde::Deserialize;

/// One format as its YAML file states it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Stable name in kebab-case.
    id: String,
    title: String,
    /// Regex over bytes, Unicode off. The token boundaries around it are added by the engine.
    pattern: String,
    /// One of these occurs in the text or in the name of the value, whatever the case.
    keywords: Vec<String>,
    /// The capture that is the secret; 0 for the whole match.
    #[serde(default)]
    group: usize,
    /// For weak shapes: one of these occurs in the name of the value.
    #[serde(default)]
    context: Vec<String>,
    /// The context may stand in the text near the match instead of in a name.
    #[serde(default)]
    near: bool,
    /// The shape counts only as the whole value of a name that says it holds a secret.
    #[serde(default)]
    named: bool,
    /// The least Shannon entropy, in bits per byte.
    #[serde(default)]
    entropy: f64,
    /// A check by name.
    verify: Option<String>,
    confidence: String,
    /// Templates of what must be found.
    examples: Vec<String>,
    /// Templates of what must not be found as this format.
    counter_examples: Vec<String>,
    /// Where the shape is documented.
    source: String,
    /// Whether a vendor has this shape: all but those of `generic.yaml`.
    #[serde(skip)]
    vendor: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let folder = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join("../rules/secrets");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=build");
    phrases::compile(&folder.with_file_name("text"), &out)?;
    println!("cargo::rerun-if-changed={}", folder.display());

    let mut files: Vec<PathBuf> = fs::read_dir(&folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();

    let mut entries = Vec::new();
    for file in &files {
        let mut more: Vec<Entry> = serde_yaml::from_str(&fs::read_to_string(file)?)
            .map_err(|error| format!("{}: {error}", file.display()))?;
        let vendor = file.file_stem().is_none_or(|stem| stem != "generic");
        for entry in &mut more {
            entry.vendor = vendor;
            // A weak shape counts by the name of its value, unless the entry says that nearby text will do.
            entry.named |= !entry.context.is_empty() && !entry.near;
        }
        entries.extend(more);
    }
    check(&entries)?;
    fs::write(out.join("secret_formats.rs"), formats(&entries)?)?;
    fs::write(out.join("secret_examples.rs"), examples(&entries)?)?;
    Ok(())
}

/// What no later test could say as early.
fn check(entries: &[Entry]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for entry in entries {
        if !seen.insert(&entry.id) {
            return Err(format!("{}: the id is used twice", entry.id));
        }
        if entry.keywords.is_empty() || entry.keywords.iter().any(String::is_empty) {
            return Err(format!("{}: keywords are mandatory", entry.id));
        }
    }
    Ok(())
}

/// How many bytes the pattern can match: the fewest, and the most if there is a bound.
fn lengths(entry: &Entry) -> Result<(usize, usize), Box<dyn Error>> {
    let mut parser = regex_syntax::ParserBuilder::new().unicode(false).utf8(false).build();
    let parsed = parser.parse(&entry.pattern).map_err(|error| format!("{}: {error}", entry.id))?;
    let properties = parsed.properties();
    // A pattern without a least length matches nothing at all.
    let least = properties.minimum_len().ok_or_else(|| format!("{}: no match", entry.id))?;
    Ok((least, properties.maximum_len().unwrap_or(usize::MAX)))
}

/// The pattern without upper bounds of 100 and more, and the length up to which no text is long
/// enough to tell the two apart. 0 if there are no such bounds.
fn loosened(pattern: &str) -> (String, usize) {
    let mut loose = String::new();
    let mut up_to = None;
    let mut rest = pattern;
    while let Some((before, (count, after))) =
        rest.split_once('{').and_then(|(before, after)| Some((before, after.split_once('}')?)))
    {
        let bounds = count.split_once(',');
        let most = bounds.and_then(|(_, most)| most.parse::<usize>().ok()).filter(|m| *m >= 100);
        let count = match (bounds, most) {
            (Some((least, _)), Some(_)) => format!("{least},"),
            _ => count.to_owned(),
        };
        up_to = up_to.into_iter().chain(most).min();
        loose.extend([before, "{", &count, "}"]);
        rest = after;
    }
    loose.push_str(rest);
    (loose, up_to.unwrap_or(0))
}

fn formats(entries: &[Entry]) -> Result<String, Box<dyn Error>> {
    let mut keywords: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    let mut text = format!("static FORMATS: [Format; {}] = [\n", entries.len());
    for (index, entry) in entries.iter().enumerate() {
        for keyword in &entry.keywords {
            let users = keywords.entry(keyword.to_ascii_lowercase()).or_default();
            if !users.contains(&index) {
                users.push(index);
            }
        }
        let (least, most) = lengths(entry)?;
        let (loose, loose_up_to) = loosened(&entry.pattern);
        writeln!(
            text,
            "    Format {{ id: {:?}, title: {:?}, confidence: Confidence::{}, source: {:?}, example: {:?}, pattern: {:?}, loose: {loose:?}, loose_up_to: {loose_up_to}, lengths: {least}..={most}, group: {}, \
             context: &{:?}, vendor: {}, named: {}, entropy: {:?}, check: {}, regex: OnceLock::new(), loose_regex: OnceLock::new() }},",
            entry.id,
            entry.title,
            variant(&entry.confidence),
            entry.source,
            entry.examples.first().ok_or("a format has an example")?,
            entry.pattern,
            entry.group,
            entry.context,
            entry.vendor,
            entry.named,
            entry.entropy,
            entry.verify.as_ref().map_or_else(
                || "None".to_owned(),
                |name| format!("Some(Check::{})", variant(name))
            ),
        )?;
    }
    text.push_str("];\n");
    writeln!(
        text,
        "static KEYWORDS: [&str; {}] = {:?};",
        keywords.len(),
        keywords.keys().collect::<Vec<_>>()
    )?;
    writeln!(
        text,
        "static KEYWORD_FORMATS: [&[usize]; {}] = [{}];",
        keywords.len(),
        keywords.values().map(|users| format!("&{users:?}")).collect::<Vec<_>>().join(", ")
    )?;
    Ok(text)
}

fn examples(entries: &[Entry]) -> Result<String, std::fmt::Error> {
    let mut text = format!("static EXAMPLES: [Examples; {}] = [\n", entries.len());
    for entry in entries {
        writeln!(
            text,
            "    Examples {{ id: {:?}, keywords: &{:?}, good: &{:?}, counter: &{:?} }},",
            entry.id, entry.keywords, entry.examples, entry.counter_examples
        )?;
    }
    text.push_str("];\n");
    Ok(text)
}

/// `github-crc32` becomes `GithubCrc32`. An unknown name then fails to compile.
fn variant(name: &str) -> String {
    name.split('-')
        .map(|word| {
            let mut letters = word.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}
