use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use proptest::prelude::*;
use tokio::io::{AsyncRead, ReadBuf};

use super::{CHUNK, KEPT, Line, Lines};

/// Gives one piece a read.
struct Pieces(VecDeque<Vec<u8>>);

impl Pieces {
    fn of(pieces: &[&[u8]]) -> Self {
        Self(pieces.iter().map(|piece| piece.to_vec()).collect())
    }
}

impl AsyncRead for Pieces {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Some(mut piece) = self.0.pop_front() {
            let rest = piece.split_off(piece.len().min(into.remaining()));
            into.put_slice(&piece);
            if !rest.is_empty() {
                self.0.push_front(rest);
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn all(pieces: &[&[u8]], max: usize) -> Vec<Line> {
    let mut lines = Lines::new(Pieces::of(pieces), max);
    now(async {
        let mut all = Vec::new();
        while let Some(line) = lines.next().await.unwrap() {
            all.push(line);
        }
        assert_eq!(lines.next().await.unwrap(), None, "the end stays the end");
        all
    })
}

fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work)
}

fn text(text: &'static str) -> Line {
    Line::Text(Bytes::from_static(text.as_bytes()))
}

#[test]
fn a_line_ends_with_a_newline_or_with_the_stream() {
    assert_eq!(
        all(&[b"one\ntwo\r\nth", b"re", b"e"], 10),
        [text("one"), text("two"), text("three")]
    );
    assert_eq!(all(&[b"one\r", b"\ntwo\r"], 10), [text("one"), text("two")]);
}

#[test]
fn empty_lines_are_left_out() {
    assert_eq!(all(&[b"\n\r\n", b"\n", b"one\n\n\r"], 10), [text("one")]);
    assert_eq!(all(&[], 10), []);
}

#[test]
fn the_carriage_return_within_a_line_is_kept() {
    assert_eq!(all(&[b"a\rb\r\r\n"], 10), [text("a\rb\r")]);
}

#[test]
fn a_line_at_the_limit_passes_and_one_above_it_is_reported_once() {
    let too_long = |bytes| Line::TooLong { bytes };
    assert_eq!(all(&[b"12345\r\n123456\n1\n"], 5), [text("12345"), too_long(6), text("1")]);
    assert_eq!(all(&[b"12345", b"\r", b"\n1"], 5), [text("12345"), text("1")]);
    assert_eq!(all(&[b"1234", b"5678", b"9012", b"34\n1\n"], 5), [too_long(14), text("1")]);
    assert_eq!(all(&[b"1234", b"5678"], 5), [too_long(8)]);
}

#[test]
fn a_line_above_the_limit_is_read_over_in_constant_memory() {
    let piece = vec![b'x'; CHUNK];
    let mut pieces: VecDeque<_> = std::iter::repeat_n(piece, 200).collect();
    pieces.push_back(b"\nafter\n".to_vec());
    let mut lines = Lines::new(Pieces(pieces), 1000);
    let first = now(lines.next()).unwrap();
    assert_eq!(first, Some(Line::TooLong { bytes: 200 * CHUNK as u64 }));
    assert_eq!(lines.grown, CHUNK);
    assert_eq!(now(lines.next()).unwrap(), Some(text("after")));
}

#[test]
fn the_rest_of_a_burst_needs_no_waiting() {
    let mut lines = Lines::new(Pieces::of(&[b"one\ntwo\nthr", b"ee\n"]), 10);
    assert_eq!(lines.buffered(), None);
    assert_eq!(now(lines.next()).unwrap(), Some(text("one")));
    assert_eq!(lines.buffered(), Some(text("two")));
    assert_eq!(lines.buffered(), None);
    assert_eq!(now(lines.next()).unwrap(), Some(text("three")));
}

#[test]
fn a_buffer_that_grew_for_one_line_is_given_back() {
    let mut long = vec![b'x'; 40 * CHUNK];
    long.push(b'\n');
    let mut lines = Lines::new(Pieces::of(&[&long, b"short\n"]), 100 * CHUNK);
    let Some(Line::Text(first)) = now(lines.next()).unwrap() else { panic!("no first line") };
    assert_eq!(first.len(), 40 * CHUNK);
    assert!(lines.grown > KEPT);
    assert_eq!(now(lines.next()).unwrap(), Some(text("short")));
    assert_eq!(lines.grown, CHUNK);
    assert!(lines.buffer.capacity() <= CHUNK);
}

#[test]
fn many_lines_that_were_let_go_take_no_more_memory() {
    let pieces = std::iter::repeat_n(b"0123456789\n".repeat(1000), 500).collect();
    let mut lines = Lines::new(Pieces(pieces), 100);
    let count = now(async {
        let mut count = 0;
        while lines.next().await.unwrap().is_some() {
            count += 1;
        }
        count
    });
    assert_eq!(count, 500_000);
    assert!(lines.grown <= 2 * CHUNK, "{}", lines.grown);
}

proptest! {
    #[test]
    fn how_the_stream_is_cut_changes_nothing(
        content in proptest::collection::vec(prop_oneof![Just(b'\n'), Just(b'\r'), Just(b'x'), Just(b'y')], 0..200),
        cuts in proptest::collection::vec(0_usize..200, 0..10),
    ) {
        let mut cuts: Vec<usize> = cuts.into_iter().filter(|cut| *cut < content.len()).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut pieces = Vec::new();
        let mut start = 0;
        for cut in cuts.into_iter().chain([content.len()]) {
            if cut > start {
                pieces.push(&content[start..cut]);
            }
            start = cut;
        }
        let expected: Vec<Line> = content
            .split(|byte| *byte == b'\n')
            .filter_map(|line| {
                let bare = line.strip_suffix(b"\r").unwrap_or(line);
                if bare.len() > 8 {
                    return Some(Line::TooLong { bytes: line.len() as u64 });
                }
                (!bare.is_empty()).then(|| Line::Text(Bytes::copy_from_slice(bare)))
            })
            .collect();
        prop_assert_eq!(all(&pieces, 8), expected);
    }
}
