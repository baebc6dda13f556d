//! A rule of a user: reading it ends with a rule or a message, and a rule that was read judges facts
//! of every kind.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use mcp_guard_scanner::client::{self, Origin};
use mcp_guard_scanner::facts::kinds::View;
use mcp_guard_scanner::facts::{self, Facts, Surroundings};
use mcp_guard_scanner::rules::Rule;
use mcp_guard_scanner::syntax::{Document, Format, Limits};

const SERVERS: &str = include_str!("../seeds/condition.json");

static FACTS: LazyLock<Facts> = LazyLock::new(|| {
    let document = Document::parse(SERVERS.as_bytes(), Format::Json, &Limits::default());
    let origin = Origin { path: ".mcp.json", claims: Vec::new(), forced: None };
    let reading = client::read(&document, &origin);
    let surroundings = Surroundings {
        file_name: ".mcp.json",
        project_file: true,
        gateway_beside: false,
        gateways: &[],
        ..Surroundings::default()
    };
    facts::extract(&document, &reading, document.problems(), &surroundings)
});

fuzz_target!(|text: &str| {
    let rule = match Rule::read(text) {
        Ok(rule) => rule,
        Err(message) => {
            assert!(!message.message.is_empty());
            return;
        }
    };
    for fact in &FACTS.facts {
        let context = &FACTS.contexts[fact.context];
        let view = View { detail: &fact.detail, context };
        for block in rule.detect.iter().filter(|block| block.fact == fact.detail.kind()) {
            let once = block.condition.holds(&view);
            assert_eq!(once, block.condition.holds(&view));
        }
    }
});
