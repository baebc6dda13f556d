//! What rules can speak of, as Markdown.

use std::fmt::Write;

use mcp_guard_detect::condition::{Field, FieldType, Keyword};
use mcp_guard_detect::secret::formats;

use super::kinds::FactKind;
use crate::rules::page::repaired;
use crate::rules::{Repair, Rule};

/// The reference page of facts, types and operators. The rules are those that serve as examples.
#[must_use]
pub fn markdown(rules: &[&Rule]) -> String {
    let mut out = String::from(
        "# Facts, fields and operators\n\nMade from the code; do not edit. What rules can speak of: \
         the kinds of facts that a scan finds, their fields, and the operators for fields. \
         [writing-rules.md](writing-rules.md) shows how a rule is written.\n\n## Kinds\n\n\
         | Kind | A fact of it is |\n|---|---|\n",
    );
    // Writing to a String cannot fail.
    for kind in FactKind::ALL {
        let _ = writeln!(out, "| [{name}](#{name}) | {} |", cell(kind.doc()), name = kind.name());
    }
    out.push_str(
        "\n## Types\n\nThe type of a field says which operators it has. A field written as *list \
         of* a type holds several values; an operator holds when one of them satisfies it.\n\n\
         | Type | Holds | Operators |\n|---|---|---|\n",
    );
    for kind in FieldType::ALL {
        let operators = kind.operators().iter().map(|keyword| keyword.name());
        let _ = writeln!(out, "| {} | {} | {} |", kind.name(), cell(kind.doc()), quoted(operators));
    }
    out.push_str(
        "\n## Operators\n\nOn a field without a value every operator fails but `exists: false`.\n\n\
         | Operator | Takes | For | Holds when |\n|---|---|---|---|\n",
    );
    for keyword in Keyword::ALL {
        let types: Vec<&str> = keyword.field_types().map(FieldType::name).collect();
        let types =
            if types.len() == FieldType::ALL.len() { "all".to_owned() } else { types.join(", ") };
        let (name, takes) = (keyword.name(), cell(keyword.right_side()));
        let _ = writeln!(out, "| `{name}` | {takes} | {types} | {} |", cell(keyword.doc()));
    }
    out.push_str(
        "\n`all` and `any` take a list of conditions, `not` takes one; they stand beside fields.\n\n\
         ## Fields of every kind\n\nThe server and the file that a fact belongs to. A fact of \
         the file itself has no `server`.\n\n",
    );
    let [_, shared] = FactKind::Url.schema().fields;
    fields(&mut out, shared);
    for kind in FactKind::ALL {
        let _ = write!(out, "\n## {}\n\n{}\n\n", kind.name(), kind.doc());
        let [own, of_kind] = kind.schema().fields;
        fields(&mut out, own);
        if of_kind.len() < shared.len() {
            let names = of_kind.iter().map(|field| field.name);
            let _ = write!(out, "\nOf the fields of every kind it has only {}.\n", quoted(names));
        }
        let looking: Vec<String> = rules
            .iter()
            .filter(|rule| rule.detect.iter().any(|block| block.fact == *kind))
            .map(|rule| format!("[{id}](rules.md#{id})", id = rule.id))
            .collect();
        if !looking.is_empty() {
            let _ = write!(out, "\nBuilt-in rules on it: {}.\n", looking.join(", "));
        }
    }
    words(&mut out);
    out
}

/// Words that rules use beside fields.
fn words(out: &mut String) {
    out.push_str(
        "\n## Repairs\n\nThe words for `repair` of a rule, and what they make of a finding where \
         its fact allows it.\n\n| Word | Does |\n|---|---|\n",
    );
    for repair in Repair::ALL {
        let _ = writeln!(out, "| `{}` | {} |", repair.name(), cell(repaired(*repair)));
    }
    out.push_str(
        "\n## Formats of secrets\n\nThe words for `format` of a [secret](#secret), and for \
         `{{secret:FORMAT}}` in examples.\n\n| Format | Is |\n|---|---|\n",
    );
    for format in formats() {
        let _ = writeln!(out, "| `{}` | {} |", format.id, cell(format.title));
    }
}

fn fields(out: &mut String, fields: &[Field]) {
    out.push_str("| Field | Type | Is |\n|---|---|---|\n");
    for Field { name, kind, list, values, sensitive, doc } in fields {
        let list = if *list { "list of " } else { "" };
        let _ = write!(out, "| `{name}` | {list}{} | {}", kind.name(), cell(doc));
        if !values.is_empty() {
            let _ = write!(out, ": {}", quoted(values.iter().copied()));
        }
        if *sensitive {
            out.push_str(". May hold a secret, so that no message can name it");
        }
        out.push_str(" |\n");
    }
}

fn quoted<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

/// Text that cannot end a cell of a table.
fn cell(text: &str) -> String {
    text.trim().replace('|', "\\|")
}
