use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

const LIMIT: usize = 64 * 1024;

fn all(mut decoder: SseDecoder, chunks: &[&[u8]]) -> Vec<Result<SseItem, SseError>> {
    let mut items = Vec::new();
    for chunk in chunks {
        decoder.feed(Bytes::copy_from_slice(chunk));
        items.extend(std::iter::from_fn(|| decoder.next_item()));
    }
    items
}

fn events(stream: &str) -> Vec<SseEvent> {
    all(SseDecoder::new(LIMIT), &[stream.as_bytes()])
        .into_iter()
        .map(|item| match item {
            Ok(SseItem::Event(event)) => event,
            other => panic!("{other:?}"),
        })
        .collect()
}

fn data(text: &str) -> SseEvent {
    SseEvent::message(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn fields_are_read_as_the_standard_says() {
    assert_eq!(events("data: a\n\n"), [data("a")]);
    assert_eq!(events("data:a\ndata\ndata:  b\n\n"), [data("a\n\n b")]);
    assert_eq!(events("data\n\ndata\ndata\n\ndata:"), [data(""), data("\n")]);
    assert_eq!(events(": only a comment\n\n\n\n"), []);
    assert_eq!(events("unknown: x\nDATA: x\n\n"), []);
    assert_eq!(events("event:\nretry: 1s\nretry:\nid: a\0b\n\n"), []);
    assert_eq!(
        events("event: endpoint\nid: 7\nretry: 250\ndata: /rpc\n\n"),
        [SseEvent {
            event: Some("endpoint".into()),
            id: Some("7".into()),
            retry: Some(250),
            ..data("/rpc")
        }]
    );
    assert_eq!(events("id\n\n"), [SseEvent { id: Some("".into()), ..SseEvent::default() }]);
    assert_eq!(events("id: 1\ndata: {}\n\n\ndata: {}\n\n").len(), 2);
}

#[test]
fn an_event_without_a_blank_line_is_not_yielded() {
    let mut decoder = SseDecoder::new(LIMIT);
    assert!(!decoder.is_within_event());
    decoder.feed(Bytes::from_static(b"data: a\n"));
    assert_eq!(decoder.next_item(), None);
    assert!(decoder.is_within_event());
    decoder.feed(Bytes::from_static(b"\n:"));
    assert_eq!(decoder.next_item(), Some(Ok(SseItem::Event(data("a")))));
    assert_eq!(decoder.next_item(), None);
    assert!(!decoder.is_within_event());
}

#[test]
fn an_event_is_there_as_soon_as_its_last_line_end_has_begun() {
    let mut decoder = SseDecoder::new(LIMIT);
    decoder.feed(Bytes::from_static(b"data: a\r\n\r"));
    assert_eq!(decoder.next_item(), Some(Ok(SseItem::Event(data("a")))));
    decoder.feed(Bytes::from_static(b"\ndata: b\r\r"));
    assert_eq!(decoder.next_item(), Some(Ok(SseItem::Event(data("b")))));
    assert_eq!(decoder.next_item(), None);
}

#[test]
fn a_byte_order_mark_counts_only_at_the_start() {
    assert_eq!(events("\u{feff}data: a\n\n\u{feff}data: b\n\n"), [data("a")]);
    assert_eq!(events("\u{feff}\u{feff}data: a\n\n"), []);
    let items = all(SseDecoder::new(LIMIT), &[b"\xef", b"\xbb", b"\xbfdata: a", b"\n\n"]);
    assert_eq!(items, [Ok(SseItem::Event(data("a")))]);
    let items = all(SseDecoder::new(LIMIT).with_keep_alives(), &[b"\xef\xbb\xbf:", b"data: a\n\n"]);
    assert_eq!(items, [Ok(SseItem::KeepAlive)]);
}

#[test]
fn comments_are_reported_if_asked() {
    let stream: [&[u8]; 3] = [b"data: a\n: pi", b"ng\n", b"\n:\r\n:"];
    assert_eq!(all(SseDecoder::new(LIMIT), &stream), [Ok(SseItem::Event(data("a")))]);
    assert_eq!(
        all(SseDecoder::new(LIMIT).with_keep_alives(), &stream),
        [Ok(SseItem::KeepAlive), Ok(SseItem::Event(data("a"))), Ok(SseItem::KeepAlive)]
    );
}

#[test]
fn one_data_line_in_one_chunk_is_not_copied() {
    let chunk = Bytes::from_static(b"id: 1\ndata: {\"a\":1}\n\ndata: x\n\n");
    let mut decoder = SseDecoder::new(LIMIT);
    decoder.feed(chunk.clone());
    let Some(Ok(SseItem::Event(event))) = decoder.next_item() else { panic!("an event") };
    assert_eq!(event.data.as_ptr(), chunk.slice(12..).as_ptr());
    assert_eq!(event.data.as_ref(), b"{\"a\":1}");
}

#[test]
fn an_event_that_is_too_long_is_told_once_and_not_kept() {
    let too_long = Err(SseError::TooLong { limit: 10 });
    let last = Ok(SseItem::Event(data("b")));
    let items = all(SseDecoder::new(10), &[b"data: 1234\n\ndata: 12345\ndata: x\n\ndata: b\n\n"]);
    assert_eq!(items, [Ok(SseItem::Event(data("1234"))), too_long.clone(), last.clone()]);
    let items =
        all(SseDecoder::new(10), &[b"data:123", b"456", b"789", b"\nid:1\n", b"\ndata: b\n\n"]);
    assert_eq!(items, [too_long.clone(), last.clone()]);
    let items = all(SseDecoder::new(10), &[b"data:1\nx\nx\nx", b"\nx\nx\nx\n\ndata: b\n\n"]);
    assert_eq!(items, [too_long, last]);
}

#[test]
fn the_first_line_has_the_same_limit_as_the_others() {
    let expected = [Ok(SseItem::Event(data("a")))];
    for mark in ["", "\u{feff}"] {
        let stream = format!("{mark}:{}\ndata: a\n\n", "x".repeat(20));
        assert_eq!(all(SseDecoder::new(10), &[stream.as_bytes()]), expected);
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(all(SseDecoder::new(10), &bytes), expected);
        let stream = format!("{mark}data:12345\n\ndata: a\n\n");
        let bytes: Vec<&[u8]> = stream.as_bytes().chunks(1).collect();
        assert_eq!(all(SseDecoder::new(10), &bytes).len(), 2);
        assert_eq!(all(SseDecoder::new(9), &bytes)[0], Err(SseError::TooLong { limit: 9 }));
    }
}

#[test]
fn comments_do_not_count_and_are_not_kept() {
    let mut decoder = SseDecoder::new(10);
    decoder.feed(Bytes::from_static(b"data: a\n"));
    for _ in 0..100 {
        assert_eq!(decoder.next_item(), None);
        decoder.feed(Bytes::from_static(b":0123456789"));
    }
    decoder.feed(Bytes::from_static(b"\n\n"));
    assert_eq!(decoder.next_item(), Some(Ok(SseItem::Event(data("a")))));
}

#[test]
fn what_is_not_utf8_spoils_its_event_only() {
    for field in ["data", "event", "id"] {
        let bad = [field.as_bytes(), b": \xff\ndata: a\n\ndata: b\n\n"].concat();
        let items = all(SseDecoder::new(LIMIT), &[&bad]);
        assert_eq!(items, [Err(SseError::NotUtf8), Ok(SseItem::Event(data("b")))], "{field}");
    }
    let items = all(SseDecoder::new(LIMIT), &[b": \xff\nother: \xff\ndata: \xc3", b"\xa9\n\n"]);
    assert_eq!(items, [Ok(SseItem::Event(data("\u{e9}")))]);
}

#[test]
fn an_event_is_written_in_a_fixed_order() {
    let event = SseEvent {
        event: Some("message".into()),
        id: Some("9".into()),
        retry: Some(3000),
        ..data("{\r\n \"a\": 1\r}\n")
    };
    let text = encode(&event).unwrap();
    assert_eq!(
        std::str::from_utf8(&text).unwrap(),
        "event: message\nid: 9\nretry: 3000\ndata: {\ndata:  \"a\": 1\ndata: }\ndata: \n\n"
    );
    assert_eq!(encode(&data("")).unwrap(), "data: \n\n");
    assert_eq!(all(SseDecoder::new(LIMIT), &[&keep_alive()]), []);
}

#[test]
fn nothing_is_injected_by_event_or_id() {
    for text in ["a\n\ndata: b", "a\rb", "a\0"] {
        let event = SseEvent { event: Some(text.into()), ..data("x") };
        assert_eq!(encode(&event), Err(InvalidField::Event));
        let event = SseEvent { id: Some(text.into()), ..data("x") };
        assert_eq!(encode(&event), Err(InvalidField::Id));
    }
    let event = SseEvent { event: Some("".into()), ..data("x") };
    assert_eq!(encode(&event), Err(InvalidField::Event));
}

#[test]
fn data_does_not_show_in_debug() {
    insta::assert_snapshot!(
        format!("{:?}", SseEvent { id: Some("1".into()), ..data("token") }),
        @r#"SseEvent { event: None, data_bytes: Some(5), id: Some("1"), retry: None }"#
    );
}

fn any_event() -> impl Strategy<Value = SseEvent> {
    let word = || option::of("[^\r\n\0]{1,12}".prop_map(CompactString::from));
    (word(), option::of("(?s)[^\r]{0,40}"), word(), option::of(any::<u64>()))
        .prop_map(|(event, text, id, retry)| SseEvent {
            event,
            id,
            retry,
            has_data: text.is_some(),
            data: text.unwrap_or_default().into(),
        })
        .prop_filter("says something", |event| *event != SseEvent::default())
}

fn split<'b>(bytes: &'b [u8], cuts: &[Index]) -> Vec<&'b [u8]> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.extend([0, bytes.len()]);
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read_again(
        events in vec(any_event(), 1..6),
        line_end in prop::sample::select(vec!["\n", "\r", "\r\n"]),
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let stream: String = events
            .iter()
            .map(|event| String::from_utf8(encode(event).unwrap().to_vec()).unwrap())
            .collect();
        let stream = stream.replace('\n', line_end);
        let items = all(SseDecoder::new(LIMIT), &split(stream.as_bytes(), &cuts));
        let expected: Vec<_> = events.into_iter().map(|event| Ok(SseItem::Event(event))).collect();
        prop_assert_eq!(items, expected);
    }

    #[test]
    fn no_splitting_changes_what_is_read(
        stream in "(data|id|event|retry|x|:|\u{feff})?:?( |1|\u{e9}|\n|\r|\r\n){0,6}((data|id|:): ?[a-c]?(\n|\r){1,3}){0,8}",
        limit in 4_usize..40,
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let decoder = || SseDecoder::new(limit).with_keep_alives();
        let whole = all(decoder(), &[stream.as_bytes()]);
        prop_assert_eq!(all(decoder(), &split(stream.as_bytes(), &cuts)), whole);
    }

    #[test]
    fn any_bytes_are_read(bytes in vec(any::<u8>(), 0..200), cuts in vec(any::<Index>(), 0..6)) {
        for item in all(SseDecoder::new(50), &split(&bytes, &cuts)) {
            if let Ok(SseItem::Event(event)) = item {
                prop_assert!(event.data.len() <= 50);
                prop_assert!(std::str::from_utf8(&event.data).is_ok());
            }
        }
    }
}
