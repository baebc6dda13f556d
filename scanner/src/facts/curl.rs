//! Passwords that `curl` is given behind a user name: `curl -u bob:…`.

use std::ops::Range;

use super::command_line::{CommandLine, CommandOption};
use crate::client::Located;
use crate::launch::Part;

/// Where such passwords stand in the arguments.
pub(super) fn passwords<'s>(line: &CommandLine<'s>) -> Vec<(&'s Located<'s>, Range<usize>)> {
    let mut found = Vec::new();
    let mut curl = None;
    let mut word = 0;
    for option in line.options() {
        while word < option.word {
            curl = Some(word).filter(|&word| is_curl(line.launch.word(word))).or(curl);
            word += 1;
        }
        // `-u` means a user and a group to others, such as `docker run`.
        if let Some(curl) = curl
            && let Some(account) = account(line, option)
            && is_one_command(line, curl, option.word)
        {
            found.extend(password(line, &account));
        }
    }
    found
}

/// So many words behind the name are looked at, so that many options cost linear time.
const FURTHEST: usize = 64;
/// And so many bytes.
const LONGEST: usize = 4096;

/// Whether no operator of a shell stands between two words.
fn is_one_command(line: &CommandLine<'_>, first: usize, last: usize) -> bool {
    let ends = |text: &str| text.contains([';', '|', '\n']) || text.contains("&&");
    if last - first > FURTHEST {
        return false;
    }
    let place = |word| line.locate(&line.whole(word));
    let Some(((value, from), (other, to))) = place(first).zip(place(last)) else { return false };
    if value.pointer == other.pointer {
        let between = value.text.get(from.end..to.start);
        return between.is_some_and(|between| between.len() <= LONGEST && !ends(between));
    }
    !(first + 1..last).any(|word| ["&&", "||", "|", ";", "&"].contains(&line.launch.word(word)))
}

fn is_curl(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    let name = name.split_once(':').map_or(name, |(name, _)| name);
    ["curl", "curl.exe"].iter().any(|curl| name.eq_ignore_ascii_case(curl))
}

/// What stands for user and password in the option: `bob:…` of `-u bob:…`, `-sSu bob:…`, `-ubob:…`
/// and `--user=bob:…`.
fn account(line: &CommandLine<'_>, option: &CommandOption) -> Option<Part> {
    let word = option.flag.as_deref().map(|_| line.launch.word(option.word))?;
    let long = ["--user", "--proxy-user"].iter().any(|long| option.flag.as_deref() == Some(long));
    let short = word.strip_prefix('-').filter(|rest| !rest.starts_with('-'));
    let alone = short.is_some_and(|letters| {
        letters.ends_with(['u', 'U']) && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
    });
    if long || alone {
        return option.value.clone();
    }
    let joined = short.is_some_and(|letters| letters.starts_with(['u', 'U']));
    joined.then_some(Part { word: option.word, range: 2..word.len() })
}

fn password<'s>(line: &CommandLine<'s>, account: &Part) -> Option<(&'s Located<'s>, Range<usize>)> {
    let (user, _) = line.launch.text(account).split_once(':')?;
    let start = account.range.start + user.len() + 1;
    line.locate(&Part { word: account.word, range: start..account.range.end })
}
