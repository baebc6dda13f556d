//! Programs that translate between a client's transport and a server's.

use crate::launch::known::bridge::{self, Operand};
use crate::launch::options;
use crate::launch::part::Part;
use crate::launch::peeler::{Peeler, Step};
use crate::launch::placeholder::placeholder;
use crate::launch::split::split_command;
use crate::launch::target::BridgeHeader;
use crate::launch::token::{Shell, Token};
use crate::launch::wrapper::WrapperKind::Bridge;

/// Notes what a bridge connects to; goes on with the command of a local server behind it.
pub(super) fn peel(peeler: &mut Peeler<'_>, name: &str) -> Step {
    let Some(bridge) = bridge::find(name) else {
        return Step::Unknown;
    };
    let end = peeler.rest.end;
    let mut at = peeler.rest.start;
    let mut command = None;
    let mut inner = None;
    peeler.wrap(Bridge, name);
    while at < end {
        let text = peeler.word(at).to_owned();
        if text == "--" && bridge.operand == Operand::UrlOrCommand {
            inner = Some(at + 1);
            break;
        }
        if bridge.header_pair.contains(&text.as_str()) && at + 2 < end {
            let value = Some(peeler.whole(at + 2));
            let header = BridgeHeader {
                name: peeler.word(at + 1).to_owned(),
                value,
                part: peeler.whole(at + 1),
            };
            peeler.launch.target.bridge_headers.push(header);
            at += 3;
            continue;
        }
        if text.starts_with('-') && text.len() > 1 {
            let mut given = Vec::new();
            at = options::option(&peeler.launch.words, at, end, bridge.syntax, &mut given);
            for option in given {
                let Some(value) = option.value else { continue };
                let is = |names: &[&str]| names.contains(&option.name.as_str());
                if is(bridge.url) {
                    peeler.launch.target.remote_url.get_or_insert(value);
                } else if is(bridge.header) {
                    let header = header(peeler, value);
                    peeler.launch.target.bridge_headers.push(header);
                } else if is(bridge.token) {
                    let header = BridgeHeader {
                        name: "Authorization".to_owned(),
                        value: Some(value.clone()),
                        part: value,
                    };
                    peeler.launch.target.bridge_headers.push(header);
                } else if is(bridge.command) {
                    command = Some(value);
                }
            }
            continue;
        }
        let remote = match bridge.operand {
            Operand::Url => true,
            Operand::UrlOnly | Operand::UrlOrCommand => {
                text.contains("://") || placeholder(&text) == Some("")
            }
            Operand::None => false,
        };
        // The operand that has the form of a URL is the one, wherever it stands.
        let known = peeler.launch.target.remote_url.clone();
        let better =
            text.contains("://") && known.is_some_and(|k| !peeler.launch.text(&k).contains("://"));
        if remote && (better || peeler.launch.target.remote_url.is_none()) {
            peeler.launch.target.remote_url = Some(peeler.whole(at));
        } else if bridge.operand == Operand::UrlOrCommand
            && peeler.launch.target.remote_url.is_none()
        {
            inner = Some(at);
            break;
        }
        at += 1;
    }
    if let Some(command) = command {
        let Some(word) = peeler.launch.words.get(command.word) else { return Step::Target };
        let token = Token::word(peeler.text(&command), command.range);
        let words = split_command(word.piece(&token), true, Shell::Posix);
        peeler.enter_words(words);
        return Step::Peeled;
    }
    match inner.filter(|inner| *inner < end) {
        // `mcp-proxy command -- arguments`: the dashes only end its own options.
        Some(start) => {
            let dashes = start + 1 < end && peeler.word(start + 1) == "--";
            if dashes {
                let mut words =
                    peeler.launch.words.get(start..=start).map(<[_]>::to_vec).unwrap_or_default();
                words.extend(
                    peeler.launch.words.get(start + 2..end).map(<[_]>::to_vec).unwrap_or_default(),
                );
                peeler.enter_words(words);
            } else {
                peeler.enter(start..end);
            }
            Step::Peeled
        }
        None => Step::Target,
    }
}

/// `Name: value`, in a part.
fn header(peeler: &Peeler<'_>, part: Part) -> BridgeHeader {
    let text = peeler.text(&part);
    let separator = text.find(':').or_else(|| text.find('='));
    match separator.and_then(|at| text.split_at_checked(at)) {
        Some((name, rest)) => {
            let value = rest.get(1..).unwrap_or_default();
            let blank = value.len() - value.trim_start().len();
            let start = part.range.start + name.len() + 1 + blank;
            let value = Part { word: part.word, range: start..part.range.end };
            BridgeHeader { name: name.trim().to_owned(), value: Some(value), part }
        }
        None => BridgeHeader { name: text, value: None, part },
    }
}
