//! What is permitted passes as it is, byte for byte, in both directions.

use proptest::prelude::*;

use crate::gateway::Setup;

/// JSON text with white space, odd numbers and escapes, and no line ends.
fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,30})?([eE][+-]?[0-9]{1,4})?",
        text(),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            (prop::collection::vec(inner.clone(), 0..4), blank()).prop_map(
                |(items, blank)| format!("[{blank}{}]", items.join(&format!("{blank},")))
            ),
            (prop::collection::vec(inner, 0..4), blank()).prop_map(|(values, blank)| {
                // Names that nobody decides by, no two the same.
                let members: Vec<String> = values
                    .iter()
                    .enumerate()
                    .map(|(n, value)| format!("\"{}\\u00{}\"{blank}:{value}", 9 - n, 61 + n))
                    .collect();
                format!("{{{}{blank}}}", members.join(","))
            }),
        ]
    })
}

fn text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        "[ !#-\\[\\]-~é漢😀\u{2028}]{0,12}",
        prop::sample::select(vec![
            "\\n",
            "\\u0000",
            "\\ud83d\\ude00",
            "\\ud800",
            "\\/",
            "\\\"",
            "\\\\",
            "\u{7f}"
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(piece, 0..4).prop_map(|pieces| format!("\"{}\"", pieces.concat()))
}

fn blank() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["", "", " ", "\t", "  \t "])
}

/// The members of a message in any order, with unknown ones among them.
fn message(own: Vec<String>) -> impl Strategy<Value = String> {
    let unknown = prop::collection::vec(value(), 0..3);
    (unknown, blank(), any::<u64>()).prop_map(move |(unknown, blank, order)| {
        let mut members = own.clone();
        members.push(r#""jsonrpc":"2.0""#.to_owned());
        for (n, value) in unknown.iter().enumerate() {
            members.push(format!("\"x-{n}\":{value}"));
        }
        for at in 1..members.len() {
            let other = usize::try_from(order >> (at * 4) & 0xf).unwrap() % (at + 1);
            members.swap(at, other);
        }
        format!("{{{blank}{}{blank}}}", members.join(&format!("{blank},")))
    })
}

fn method() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "ping",
        "resources/read",
        "prompts/get",
        "nobody/knows",
        "x",
        "tools/list",
        "tasks/get",
        "t\\u0061sks/list",
    ])
}

/// A request, and everything that the peer says when it comes.
#[derive(Clone, Debug)]
struct Turn {
    request: String,
    said: Vec<String>,
    /// The client's answer to the request of the server among what is said.
    reply: Option<String>,
}

fn turn(n: usize) -> impl Strategy<Value = Turn> {
    let id = prop_oneof![
        Just(format!("{n}")),
        Just(format!("{n}.50")),
        Just(format!("\"a\\u0062 {n}\"")),
        Just(format!("9007199254740993{n}")),
        Just(format!("1{n}E+300")),
    ];
    (id, method(), prop::collection::vec(value(), 8), any::<[bool; 5]>()).prop_flat_map(
        move |(id, method, values, flags)| {
            let member = |name: &str, value: &str| format!("\"{name}\":{value}");
            let (id, method) = (member("id", &id), member("method", &format!("\"{method}\"")));
            let of = |n: usize| values[n].clone();
            let params =
                |n: usize| format!(r#""params":{{"v":{},"_meta":{{"m":{}}}}}"#, of(n), of(n + 1));
            let mut asks = vec![id.clone(), method];
            if flags[0] {
                asks.push(params(0));
            }
            let answer = if flags[1] {
                member("result", &format!("{{\"r\":{}}}", of(2)))
            } else {
                format!(r#""error":{{"code":-32000,"message":"no","data":{}}}"#, of(2))
            };
            let notice = vec![member("method", "\"notifications/of/peer\""), params(3)];
            let server_id = member("id", &format!("\"s\\u002d{n}\""));
            let asked = vec![server_id.clone(), member("method", "\"roots/list\""), params(5)];
            let reply = vec![server_id, member("result", &format!("{{\"v\":{}}}", of(7)))];
            (
                message(asks),
                message(vec![id, answer]),
                message(notice),
                message(asked),
                message(reply),
            )
                .prop_map(move |(request, answer, notice, asked, reply)| {
                    let mut said = Vec::new();
                    if flags[2] {
                        said.push(notice);
                    }
                    if flags[3] {
                        said.push(asked);
                    }
                    said.push(answer);
                    Turn { request, said, reply: flags[3].then_some(reply) }
                })
        },
    )
}

fn turns() -> impl Strategy<Value = Vec<Turn>> {
    (1_usize..30).prop_flat_map(|count| (0..count).map(turn).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(200),
        max_shrink_iters: 200,
        ..ProptestConfig::default()
    })]

    #[test]
    fn messages_keep_their_bytes(turns in turns()) {
        let (mut script, mut sent, mut heard) = (Vec::new(), Vec::new(), Vec::new());
        for turn in &turns {
            for line in &turn.said {
                script.extend_from_slice(line.as_bytes());
                script.push(b'\n');
                heard.push(line.clone());
            }
            script.push(b'\n');
            sent.push(turn.request.clone());
            if let Some(reply) = &turn.reply {
                // Nothing is said to a reply.
                script.push(b'\n');
                sent.push(reply.clone());
            }
        }
        let mut gateway = Setup::default().script(script).start();
        let mut read = Vec::new();
        for turn in &turns {
            gateway.send(turn.request.as_bytes());
            for _ in &turn.said {
                read.push(String::from_utf8(gateway.line().unwrap()).unwrap());
            }
            if let Some(reply) = &turn.reply {
                gateway.send(reply.as_bytes());
            }
        }
        prop_assert_eq!(read, heard);
        gateway.comes_true("the peer has read all", || gateway.record().len() >= sent.len());
        let record: Vec<String> =
            gateway.record().into_iter().map(|line| String::from_utf8(line).unwrap()).collect();
        prop_assert_eq!(record, sent);
        gateway.finish();
    }
}
