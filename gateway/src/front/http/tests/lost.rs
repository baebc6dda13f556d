use std::collections::HashMap;

use serde_json::Value;

use super::world::World;
use super::{JSON, Open, Reply, call, eventually, start_with};

fn answer(open: &Open) -> Value {
    let json = open.text.split("data: ").last().unwrap();
    let json = if json == open.text { Reply::read(&open.text).body } else { json.to_owned() };
    let json = json.lines().find(|line| line.starts_with(['{', '['])).unwrap();
    serde_json::from_str(json).unwrap()
}

#[tokio::test]
async fn an_answer_in_the_place_of_a_lost_one_is_named_as_its_record() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("audit.jsonl");
    let front = start_with(World::recorded(&path), |_| {}).await;
    let mut answers = Vec::new();

    let version = ("MCP-Protocol-Version", "2026-07-28");
    let meta = r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#;
    let vanish =
        format!(r#"{{"jsonrpc":"2.0","id":1,"method":"vanish","params":{{"_meta":{meta}}}}}"#);
    let reply = front.post("/mcp", &[version, ("Mcp-Method", "vanish")], &vanish).await;
    answers.push(("vanish", reply.json()));

    let ask = super::request("POST", "/rpc", &[JSON], &call(7, "hold"));
    let mut open = front.connect(&ask).await;
    eventually("held", || {
        front.world.talks.lock().unwrap().last().is_some_and(|talk| talk.held().is_some())
    })
    .await;
    let talk = front.world.talk();
    talk.lose();
    talk.client.lost("it fell over");
    open.until("\"guard\"").await;
    answers.push(("hold", answer(&open)));

    // The end of a session: alone, in a batch, and where the stream has begun.
    let id = front.session("2025-03-26").await;
    let session = [("Mcp-Session-Id", &*id)];
    let talk = front.world.talk();
    let batch = format!("[{},{}]", call(2, "hold"), call(3, "echo"));
    let mut together = front.post_open("/mcp", &session, &batch).await;
    let mut alone = front.post_open("/mcp", &session, &call(1, "hold")).await;
    let mut begun = front.post_open("/mcp", &session, &call(4, "hold")).await;
    let holds = |number| talk.has(&format!("hold {number}"));
    eventually("held", || [1, 2, 4].into_iter().all(holds)).await;
    let told = r#"{"jsonrpc":"2.0","method":"told"}"#;
    let _ = talk.tell(Some(crate::upstream::Stream::Request(crate::message::Id::number(4))), told);
    begun.until("told").await;
    talk.lose();
    assert_eq!(front.ask("DELETE", "/mcp", &session, "").await.status, 200);
    for open in [&mut together, &mut alone, &mut begun] {
        open.until("\"guard\"").await;
    }
    let batch = answer(&together);
    assert_eq!(batch.as_array().unwrap().len(), 2, "{batch}");
    let refused = batch.as_array().unwrap().iter().find(|one| one["id"] == 2).unwrap();
    answers.push(("hold", refused.clone()));
    answers.push(("hold", answer(&alone)));
    answers.push(("hold", answer(&begun)));

    front.world.close_log();
    let lines = std::fs::read_to_string(&path).unwrap();
    let records: HashMap<String, Value> = lines
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|record| (record["request_id"].as_str().unwrap().to_owned(), record))
        .collect();
    let mut ids = Vec::new();
    for (method, answer) in &answers {
        let guard = &answer["error"]["data"]["guard"];
        assert_eq!(guard["code"], "upstream_unavailable", "{answer}");
        let id = guard["request_id"].as_str().unwrap();
        let record = records.get(id).unwrap_or_else(|| panic!("no record of {answer}"));
        assert_eq!(record["method"], *method, "{record}");
        assert_eq!(record["outcome"], "connection_lost", "{record}");
        ids.push(id);
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), answers.len());
}
