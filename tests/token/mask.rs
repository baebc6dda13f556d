//! Snapshots without what is new in each run.

use super::last_four;
use super::support::run::{Ran, World};

/// What it wrote, with what is new in each run put in brackets.
pub(crate) fn masked(world: &World, ran: &Ran, keys: &[&str]) -> String {
    let place = world.outside("");
    let mut text = ran.whole().replace(place.to_str().unwrap().trim_end_matches('/'), "[world]");
    for (at, key) in keys.iter().enumerate() {
        text = text.replace(*key, &format!("[key {at}]"));
        text = text.replace(last_four(key), &format!("[k{at}]"));
    }
    // The same number of characters, so that columns stay.
    let mut out = String::new();
    while let Some(next) = text.chars().next() {
        let start = text.get(..16).filter(|start| is_time(start) && !start.starts_with("2100"));
        out.push_str(
            start.map_or_else(|| next.to_string(), |_| format!("{:16}", "[time]")).as_str(),
        );
        text.drain(..start.map_or(next.len_utf8(), str::len));
    }
    out.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn is_time(text: &str) -> bool {
    let shape = text.chars().map(|c| if c.is_ascii_digit() { '0' } else { c });
    shape.eq("0000-00-00 00:00".chars())
}
