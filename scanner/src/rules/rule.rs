//! A rule: which facts it is about, what they must be like, and what to tell about them.

use std::fmt;

use mcp_guard_detect::condition::{Condition, ConditionSeed, Value};
use mcp_guard_detect::nearest::nearest;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};

use super::fault::{self, Step};
use super::level::{Confidence, Persona, Severity};
use crate::compiled::{List, Text, ToRust, compiled, in_crate};
use crate::facts::kinds::{FactKind, View};
use crate::fault::Fault;

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
        /// What can be done about a finding by program.
        #[serde(default)]
        pub repair: Option<Repair>,
        /// For a fact, the first block of its kind that matches makes the finding.
        pub detect: List<Block>,
        /// What a finding says, with `{field}` for fields of the fact.
        pub message: Text,
        /// Why it matters.
        pub why: Text,
        /// What to do.
        pub fix: Text,
        /// Where it is written about. A built-in rule names an OWASP and a CWE identifier at least.
        #[serde(default)]
        pub references: References,
        /// Files that give a finding of this rule.
        pub examples: List<Example>,
        /// Files that do not.
        pub counter_examples: List<Example>,
    }

    /// What can be done about a finding by program; what exactly depends on the fact, and for some
    /// facts it is nothing.
    pub enum Repair {
        /// An exact version in place of none, a range or a tag.
        Pin = "pin",
        /// The lowest version without what is known against the one that runs.
        Upgrade = "upgrade",
        /// An approval taken back.
        RemoveApproval = "remove-approval",
        /// Loopback in place of all interfaces.
        BindLoopback = "bind-loopback",
        /// A reference in place of a secret.
        Refer = "refer",
        /// The runner of the registry that a server is published on.
        SwapRunner = "swap-runner",
        /// TLS in place of plain text.
        UseTls = "use-tls",
    }

    /// What a rule refers to.
    #[derive(Default)]
    pub struct References {
        /// OWASP MCP Top 10 identifiers such as `MCP07:2025`.
        #[serde(default)]
        pub owasp_mcp: List<Text>,
        /// OWASP Agentic identifiers such as `ASI03`.
        #[serde(default)]
        pub owasp_agentic: List<Text>,
        /// CWE identifiers.
        #[serde(default)]
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
        /// Files that lie in the same tree.
        #[serde(default)]
        pub beside: List<Beside>,
        /// What else is so around it.
        #[serde(default)]
        pub scene: Option<Scene>,
    }

    /// What the world around an example or a fixture is like. Paths count from where the file's own
    /// path does, or from the root; of those that are not named nothing is known.
    #[derive(Default)]
    #[serde(default)]
    pub struct Scene {
        /// The file was found where the user's client reads it.
        pub own: bool,
        /// The root of a git work tree that holds the file.
        pub work_tree: Option<Text>,
        /// Files that git tracks.
        pub tracked: List<Text>,
        /// What is at these paths.
        pub paths: List<ScenePath>,
    }

    /// What is at a path.
    pub struct ScenePath {
        /// The path.
        pub path: Text,
        /// What is there.
        pub is: SceneKind,
        /// Its permission bits in octal digits.
        #[serde(default)]
        pub mode: Option<Text>,
        /// Its group has members other than the owner.
        #[serde(default)]
        pub shared_group: bool,
    }

    /// What can be at a path.
    pub enum SceneKind {
        /// Nothing.
        Nothing = "nothing",
        /// A regular file.
        File = "file",
        /// A directory.
        Directory = "directory",
    }

    /// A file that lies with an example's own.
    pub struct Beside {
        /// Path of the file.
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
    /// Whether a tracked file makes it worse, if that differs from the rule's.
    pub raise_when_tracked: Option<bool>,
    /// Message, if it differs from the rule's.
    pub message: Option<Text>,
}

impl Rule {
    /// Reads a rule and checks what serde cannot.
    ///
    /// # Errors
    /// What is wrong and where: malformed YAML, a missing or unknown key, a field that the fact
    /// does not have, a message that names an unknown or hidden field, an identifier that is not
    /// kebab-case, missing examples.
    pub fn read(yaml: &str) -> Result<Self, Fault> {
        let rule: Self =
            serde_yaml::from_str(yaml).map_err(|error| fault::of_reader(yaml, &error))?;
        match rule.check() {
            Ok(()) => Ok(rule),
            Err((steps, message)) => Err(fault::at(yaml, &steps, message)),
        }
    }

    /// What is wrong, and the steps to the value that is.
    fn check(&self) -> Result<(), (Vec<Step>, String)> {
        let wrong = |key, message: &str| Err((vec![Step::Key(key)], message.to_owned()));
        let kebab = !self.id.is_empty()
            && self.id.split('-').all(|word| {
                !word.is_empty()
                    && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
            });
        if !kebab {
            return wrong("id", &format!("`{}` is no kebab-case identifier", self.id));
        }
        let texts = [
            ("title", &self.title),
            ("message", &self.message),
            ("why", &self.why),
            ("fix", &self.fix),
        ];
        if let Some((key, _)) = texts.into_iter().find(|(_, text)| text.trim().is_empty()) {
            return wrong(key, &format!("`{key}` says nothing"));
        }
        if self.detect.is_empty() {
            return wrong("detect", "`detect` needs at least one block");
        }
        if self.examples.is_empty() {
            return wrong("examples", "a rule needs an example");
        }
        if self.counter_examples.is_empty() {
            return wrong("counter_examples", "a rule needs a counter-example");
        }
        for (index, block) in self.detect.iter().enumerate() {
            let (message, steps) = match &block.message {
                None => (&self.message, vec![Step::Key("message")]),
                Some(message) => {
                    let steps = [Step::Key("detect"), Step::Index(index), Step::Key("message")];
                    (message, steps.to_vec())
                }
            };
            check_message(message, block.fact).map_err(|fault| (steps, fault))?;
        }
        Ok(())
    }
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
        let mut fact: Option<FactKind> = None;
        let mut condition = None;
        let (mut severity, mut confidence, mut persona, mut message) = (None, None, None, None);
        let mut raise_when_tracked = None;
        let mut seen = Vec::new();
        while let Some(key) = map.next_key::<Key>()? {
            if seen.contains(&key) {
                let message = format!("`{}` stands in a block twice", key.name());
                return Err(A::Error::custom(message));
            }
            seen.push(key);
            match key {
                Key::Fact => fact = Some(map.next_value()?),
                Key::Match => {
                    // The fields depend on the kind, so the kind has to come first.
                    let kind = fact.ok_or_else(|| A::Error::custom("put `fact` before `match`"))?;
                    condition = Some(map.next_value_seed(ConditionSeed(&kind.schema()))?);
                }
                Key::Severity => severity = Some(map.next_value()?),
                Key::Confidence => confidence = Some(map.next_value()?),
                Key::Persona => persona = Some(map.next_value()?),
                Key::RaiseWhenTracked => raise_when_tracked = Some(map.next_value()?),
                Key::Message => message = Some(map.next_value()?),
            }
        }
        Ok(Block {
            fact: fact.ok_or_else(|| A::Error::missing_field("fact"))?,
            condition: condition.ok_or_else(|| A::Error::missing_field("match"))?,
            severity,
            confidence,
            persona,
            raise_when_tracked,
            message,
        })
    }
}

/// A key of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(field_identifier, rename_all = "snake_case")]
enum Key {
    Fact,
    Match,
    Severity,
    Confidence,
    Persona,
    RaiseWhenTracked,
    Message,
}

impl Key {
    const fn name(self) -> &'static str {
        match self {
            Self::Fact => "fact",
            Self::Match => "match",
            Self::Severity => "severity",
            Self::Confidence => "confidence",
            Self::Persona => "persona",
            Self::RaiseWhenTracked => "raise_when_tracked",
            Self::Message => "message",
        }
    }
}

impl<'de> Deserialize<'de> for FactKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(FactVisitor)
    }
}

struct FactVisitor;

impl Visitor<'_> for FactVisitor {
    type Value = FactKind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind of fact")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<FactKind, E> {
        FactKind::ALL.iter().copied().find(|kind| kind.name() == name).ok_or_else(|| {
            let names = FactKind::ALL.iter().map(|kind| kind.name());
            let hint = nearest(name, names.clone()).map_or_else(
                || format!("there are {}", names.collect::<Vec<_>>().join(", ")),
                |near| format!("did you mean `{near}`?"),
            );
            E::custom(format!("there is no fact `{name}`; {hint}"))
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
             severity: {}, confidence: {}, persona: {}, raise_when_tracked: {}, message: {} }}",
            in_crate(module_path!()),
            self.fact,
            self.condition.nodes().len(),
            mcp_guard_detect::condition::to_rust(&self.condition),
            self.severity.to_rust(),
            self.confidence.to_rust(),
            self.persona.to_rust(),
            self.raise_when_tracked.to_rust(),
            self.message.to_rust(),
        )
    }
}
