//! A rule: which facts it is about, what they must be like, and what to tell about them.

use std::borrow::Cow;
use std::fmt;

use mcp_guard_detect::condition::{Condition, ConditionSeed, Value};
use mcp_guard_detect::nearest::nearest;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::level::{Confidence, Persona, Severity};
use crate::compiled::{List, Text, ToRust, compiled, in_crate};
use crate::facts::kinds::{FactKind, View};

compiled! {
    /// One rule, as its YAML file says it.
    pub struct Rule {
        /// Kebab-case identifier; stable.
        pub id: Text,
        /// A few words.
        pub title: Text,
        /// Severity unless a block says otherwise.
        pub severity: Severity,
        /// Confidence unless a block says otherwise.
        pub confidence: Confidence,
        /// The first persona that sees it.
        #[serde(default = "persona")]
        pub persona: Persona,
        /// One step worse in a file that git tracks, because then it reaches other machines.
        #[serde(default)]
        pub raise_when_tracked: bool,
        /// For a fact, the first block of its kind that matches makes the finding.
        pub detect: List<Block>,
        /// What a finding says, with `{field}` for fields of the fact.
        pub message: Text,
        /// Why it matters.
        pub why: Text,
        /// What to do.
        pub fix: Text,
        /// Where it is written about.
        pub references: References,
        /// Files that give a finding of this rule.
        pub examples: List<Example>,
        /// Files that do not.
        pub counter_examples: List<Example>,
    }

    /// What a rule refers to.
    pub struct References {
        /// OWASP MCP Top 10 identifiers such as `MCP07:2025`.
        pub owasp_mcp: List<Text>,
        /// OWASP Agentic identifiers such as `ASI03`.
        #[serde(default)]
        pub owasp_agentic: List<Text>,
        /// CWE identifiers.
        pub cwe: List<Text>,
        /// CVE and GHSA identifiers.
        #[serde(default)]
        pub advisories: List<Text>,
        /// Primary sources.
        #[serde(default)]
        pub links: List<Text>,
    }

    /// A configuration file that shows a rule.
    pub struct Example {
        /// Path of the file, from which its client is known.
        pub file: Text,
        /// The file.
        pub text: Text,
    }
}

const fn persona() -> Persona {
    Persona::Default
}

/// One condition of a rule, and what differs from the rule when it holds.
#[derive(Clone, Debug)]
pub struct Block {
    /// The kind of fact.
    pub fact: FactKind,
    /// What the fact must be like.
    pub condition: Condition,
    /// Severity, if it differs from the rule's.
    pub severity: Option<Severity>,
    /// Confidence, if it differs from the rule's.
    pub confidence: Option<Confidence>,
    /// Persona, if it differs from the rule's.
    pub persona: Option<Persona>,
    /// Message, if it differs from the rule's.
    pub message: Option<Text>,
}

impl Rule {
    /// Reads a rule and checks what serde cannot.
    ///
    /// # Errors
    /// A message with line and column where they are known: malformed YAML, a missing or unknown
    /// key, a field that the fact does not have, a message that names an unknown or hidden field,
    /// an identifier that is not kebab-case, missing references or examples.
    pub fn read(yaml: &str) -> Result<Self, String> {
        let rule: Self = serde_yaml::from_str(yaml).map_err(|error| explain(&error.to_string()))?;
        rule.check()?;
        Ok(rule)
    }

    fn check(&self) -> Result<(), String> {
        let kebab = !self.id.is_empty()
            && self.id.split('-').all(|word| {
                !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if !kebab {
            return Err(format!("`{}` is no kebab-case identifier", self.id));
        }
        if self.detect.is_empty() {
            return Err("`detect` needs at least one block".to_owned());
        }
        if self.references.owasp_mcp.is_empty() || self.references.cwe.is_empty() {
            return Err("`references` needs an OWASP MCP and a CWE identifier".to_owned());
        }
        if self.examples.is_empty() || self.counter_examples.is_empty() {
            return Err("a rule needs an example and a counter-example".to_owned());
        }
        for block in self.detect.iter() {
            let message = block.message.as_ref().unwrap_or(&self.message);
            check_message(message, block.fact)?;
        }
        Ok(())
    }
}

/// Adds the nearest known name to serde's list of expected ones.
fn explain(message: &str) -> String {
    let mut quoted = message.split('`').skip(1).step_by(2);
    if message.contains("unknown field")
        && let Some(unknown) = quoted.next()
        && let Some(near) = nearest(unknown, quoted)
    {
        return format!("{message}; did you mean `{near}`?");
    }
    message.to_owned()
}

fn check_message(message: &str, fact: FactKind) -> Result<(), String> {
    for piece in pieces(message) {
        if let Piece::Field(name) = piece {
            let (_, field) = fact.schema().field(name)?;
            if field.sensitive {
                return Err(format!("the message names `{name}`, which may hold a secret"));
            }
        }
    }
    Ok(())
}

enum Piece<'a> {
    Plain(&'a str),
    Field(&'a str),
}

/// Splits a message at its `{field}` places.
fn pieces(message: &str) -> impl Iterator<Item = Piece<'_>> {
    message.split_inclusive('}').flat_map(|part| match part.rsplit_once('{') {
        Some((plain, field)) if part.ends_with('}') => {
            [Piece::Plain(plain), Piece::Field(field.trim_end_matches('}'))]
        }
        _ => [Piece::Plain(part), Piece::Plain("")],
    })
}

/// The message for a fact: each `{field}` is replaced by its value, a list by its elements, an
/// absent value by nothing.
#[must_use]
pub fn render(message: &str, view: &View<'_>) -> String {
    use mcp_guard_detect::condition::Record as _;
    let schema = view.detail.kind().schema();
    let mut out = String::new();
    for piece in pieces(message) {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Field(name) => {
                let Ok((index, field)) = schema.field(name) else { continue };
                if field.sensitive {
                    continue;
                }
                match view.value(usize::from(index)) {
                    Value::Absent => {}
                    Value::Text(text) => out.push_str(text),
                    Value::Number(number) => out.push_str(&number.to_string()),
                    Value::Flag(flag) => out.push_str(if flag { "yes" } else { "no" }),
                    Value::List(texts) => out.push_str(&texts.join(", ")),
                }
            }
        }
    }
    out
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BlockVisitor)
    }
}

struct BlockVisitor;

impl<'de> Visitor<'de> for BlockVisitor {
    type Value = Block;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a block with `fact` and `match`")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Block, A::Error> {
        const KEYS: [&str; 6] = ["fact", "match", "severity", "confidence", "persona", "message"];
        let mut fact = None;
        let mut condition = None;
        let (mut severity, mut confidence, mut persona, mut message) = (None, None, None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "fact" => fact = Some(map.next_value::<FactKind>()?),
                "match" => {
                    // The fields depend on the kind, so the kind has to come first.
                    let kind = fact.ok_or_else(|| A::Error::custom("put `fact` before `match`"))?;
                    condition = Some(map.next_value_seed(ConditionSeed(&kind.schema()))?);
                }
                "severity" => severity = Some(map.next_value()?),
                "confidence" => confidence = Some(map.next_value()?),
                "persona" => persona = Some(map.next_value()?),
                "message" => message = Some(map.next_value()?),
                other => {
                    let hint = nearest(other, KEYS).map_or_else(
                        || format!("there are {}", KEYS.join(", ")),
                        |near| format!("did you mean `{near}`?"),
                    );
                    return Err(A::Error::custom(format!("unknown key `{other}`; {hint}")));
                }
            }
        }
        Ok(Block {
            fact: fact.ok_or_else(|| A::Error::missing_field("fact"))?,
            condition: condition.ok_or_else(|| A::Error::missing_field("match"))?,
            severity,
            confidence,
            persona,
            message,
        })
    }
}

impl<'de> Deserialize<'de> for FactKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = Cow::<'de, str>::deserialize(deserializer)?;
        Self::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let names = Self::ALL.iter().map(|kind| kind.name());
            let hint = nearest(&name, names.clone()).map_or_else(
                || format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            D::Error::custom(format!("there is no fact `{name}`; {hint}"))
        })
    }
}

impl ToRust for Block {
    fn to_rust(&self) -> String {
        format!(
            "{}::Block {{ fact: crate::facts::kinds::FactKind::{:?}, \
             condition: ::mcp_guard_detect::condition::Condition::from_nodes(\
             ::std::borrow::Cow::Borrowed({{ \
             static NODES: [::mcp_guard_detect::condition::Node; {}] = {}; &NODES }})), \
             severity: {}, confidence: {}, persona: {}, message: {} }}",
            in_crate(module_path!()),
            self.fact,
            self.condition.nodes().len(),
            mcp_guard_detect::condition::to_rust(&self.condition),
            self.severity.to_rust(),
            self.confidence.to_rust(),
            self.persona.to_rust(),
            self.message.to_rust(),
        )
    }
}
