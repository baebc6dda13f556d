//! Which rules are to be asked about a fact. There are many conditions, and most of them want one
//! certain text, such as the name of a variable, so they are looked up by it.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use mcp_guard_detect::condition::{Record, Value};

use crate::facts::kinds::{FactKind, View};
use crate::rules::{Block, Rule};

/// The rules on one kind of fact.
#[derive(Debug, Default)]
pub(super) struct Docket {
    /// The blocks of all the rules, in their order.
    cases: Vec<(&'static Rule, &'static Block)>,
    /// The field by which some are looked up.
    field: Option<usize>,
    /// Those that can only hold where the field has this text, in small letters.
    by_text: HashMap<Cow<'static, str>, Vec<usize>>,
    /// All others.
    others: Vec<usize>,
}

impl Docket {
    /// The docket of a kind of fact.
    pub(super) fn of(kind: FactKind, rules: &[&'static Rule]) -> Self {
        let blocks = |rule: &'static Rule| rule.detect.iter().map(move |block| (rule, block));
        let cases = rules.iter().flat_map(|rule| blocks(rule));
        let cases: Vec<_> = cases.filter(|(_, block)| block.fact == kind).collect();
        let field = best_field(kind, &cases);
        let mut docket = Self { field, ..Self::default() };
        for (at, (_, block)) in cases.iter().enumerate() {
            let required = block.condition.required_texts();
            let texts = required.filter(|(own, _)| Some(*own) == field).map(|(_, texts)| texts);
            match texts.last() {
                Some(texts) => {
                    for text in texts {
                        let known = docket.by_text.entry(small(text)).or_default();
                        if known.last() != Some(&at) {
                            known.push(at);
                        }
                    }
                }
                None => docket.others.push(at),
            }
        }
        docket.cases = cases;
        docket
    }

    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.cases.iter().map(|(rule, _)| *rule)
    }

    /// For each rule the first block that holds.
    pub(super) fn holding(
        &self,
        view: &View<'_>,
    ) -> impl Iterator<Item = (&'static Rule, &'static Block)> {
        let text = match self.field.map(|field| view.value(field)) {
            Some(Value::Text(text)) => self.by_text.get(small(text).as_ref()),
            _ => None,
        };
        let mut named = text.into_iter().flatten().copied().peekable();
        let mut others = self.others.iter().copied().peekable();
        let mut in_order = move || match (named.peek(), others.peek()) {
            (Some(one), Some(other)) if one < other => named.next(),
            (_, Some(_)) => others.next(),
            (_, None) => named.next(),
        };
        let mut told: Option<&'static Rule> = None;
        std::iter::from_fn(move || {
            loop {
                let (rule, block) = *self.cases.get(in_order()?)?;
                let spoke = told.is_some_and(|told| std::ptr::eq(told, rule));
                if !spoke && block.condition.holds(view) {
                    told = Some(rule);
                    return Some((rule, block));
                }
            }
        })
    }
}

/// In ASCII small letters, since some operators take capitals for the same.
fn small(text: &str) -> Cow<'_, str> {
    match text.bytes().any(|byte| byte.is_ascii_uppercase()) {
        true => Cow::Owned(text.to_ascii_lowercase()),
        false => Cow::Borrowed(text),
    }
}

/// The field that spares the most blocks if each of their texts is as likely as another.
fn best_field(kind: FactKind, cases: &[(&'static Rule, &'static Block)]) -> Option<usize> {
    let [own, shared] = kind.schema().fields;
    let mut wanted: BTreeMap<usize, (usize, HashSet<&str>)> = BTreeMap::new();
    for (_, block) in cases {
        for (field, texts) in block.condition.required_texts() {
            // A list holds several texts at once.
            if own.iter().chain(shared).nth(field).is_some_and(|field| !field.list) {
                let (blocks, known) = wanted.entry(field).or_default();
                *blocks += 1;
                known.extend(texts);
            }
        }
    }
    let spared = |(_, (blocks, texts)): &(usize, (usize, HashSet<&str>))| {
        // In thousandths of a block.
        blocks * 1000 * texts.len().saturating_sub(1) / texts.len().max(1)
    };
    wanted.into_iter().max_by_key(spared).map(|(field, _)| field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::kinds::{Context, Detail, Setting};
    use crate::rules::RULES;

    #[test]
    fn looking_up_tells_what_asking_all_tells() {
        let rules: Vec<&'static Rule> = RULES.iter().collect();
        let docket = Docket::of(FactKind::Setting, &rules);
        assert!(docket.field.is_some() && docket.by_text.len() > 50 && !docket.others.is_empty());
        let context = Context { transport: "stdio", scope: "project", ..Context::default() };
        let names = docket
            .by_text
            .keys()
            .map(Cow::as_ref)
            .flat_map(|name| [name.to_owned(), name.to_ascii_uppercase()]);
        let names = names.chain(["NOTES_DIR".to_owned(), String::new()]);
        let mut holding = 0;
        for name in names {
            for value in ["*", "0", "1", "false", "true", "/tmp/x", "--require ./x.js", "0.0.0.0"] {
                let setting = Setting {
                    source: Some("environment".into()),
                    name: Some(name.clone().into()),
                    value: Some(value.into()),
                    ..Setting::default()
                };
                let detail: Detail = setting.into();
                let view = View { detail: &detail, context: &context };
                let looked_up: Vec<_> =
                    docket.holding(&view).map(|(_, block)| std::ptr::from_ref(block)).collect();
                let asked: Vec<_> = rules
                    .iter()
                    .filter_map(|rule| {
                        let mut blocks = rule.detect.iter();
                        blocks.find(|b| b.fact == FactKind::Setting && b.condition.holds(&view))
                    })
                    .map(std::ptr::from_ref)
                    .collect();
                assert_eq!(looked_up, asked, "{name}={value}");
                holding += asked.len();
            }
        }
        assert!(holding > 50, "{holding}");
    }
}
