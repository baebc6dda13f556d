use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;

use super::{Catalogue, LONGEST, longest};
use crate::aggregate::scripted::message;

#[test]
fn the_first_configured_server_is_the_owner() {
    let catalogue = Catalogue::new();
    catalogue.learn("file:///a", 1);
    catalogue.learn("file:///a", 2);
    assert_eq!(catalogue.owner("file:///a"), Some(1));
    catalogue.learn("file:///a", 0);
    assert_eq!(catalogue.owner("file:///a"), Some(0));
    assert_eq!(catalogue.owner("file:///b"), None);
    assert_eq!(catalogue.owner(""), None);
}

#[test]
fn a_task_is_whose_it_was_first() {
    let catalogue = Catalogue::new();
    catalogue.learn_task("t", 1);
    catalogue.learn_task("t", 0);
    assert_eq!(catalogue.owner_of_task("t"), Some(1));
}

#[test]
fn tasks_are_learnt_from_what_servers_say() {
    let catalogue = Catalogue::new();
    for (task, json) in [
        ("a", r#"{"id":1,"result":{"task":{"taskId":"a","status":"working"}}}"#),
        ("b", r#"{"id":1,"result":{"resultType":"task","taskId":"b"}}"#),
        ("c", r#"{"method":"notifications/tasks/status","params":{"taskId":"c"}}"#),
    ] {
        catalogue.heed(&message(json), 3);
        assert_eq!(catalogue.owner_of_task(task), Some(3), "{task}");
    }
    catalogue.heed(&message(r#"{"id":1,"result":{"content":[{"taskId":"d"}]}}"#), 3);
    assert_eq!(catalogue.owner_of_task("d"), None);
}

#[test]
fn templates_own_what_begins_like_them() {
    let catalogue = Catalogue::new();
    catalogue.learn_template("file:///{+path}", 0);
    catalogue.learn_template("file:///data/{name}.txt", 1);
    catalogue.learn_template("{+anything}", 2);
    assert_eq!(catalogue.owner("file:///data/a.txt"), Some(1));
    assert_eq!(catalogue.owner("file:///etc"), Some(0));
    assert_eq!(catalogue.owner("http://x"), None);
    assert_eq!(catalogue.owner("{+anything}"), Some(2));
    // What is listed is known better.
    catalogue.learn("file:///data/b.txt", 0);
    assert_eq!(catalogue.owner("file:///data/b.txt"), Some(0));
}

#[test]
fn the_oldest_are_forgotten() {
    let catalogue = Catalogue::with_room(2);
    for uri in ["x:a", "x:b", "x:a", "x:c"] {
        catalogue.learn(uri, 0);
    }
    assert_eq!(catalogue.owner("x:b"), None);
    assert_eq!(catalogue.owner("x:a"), Some(0));
    assert_eq!(catalogue.owner("x:c"), Some(0));
    for template in ["a:{x}", "b:{x}", "c:{x}"] {
        catalogue.learn_template(template, 0);
    }
    assert_eq!(catalogue.owner("a:1"), None);
    assert_eq!(catalogue.owner("b:1"), Some(0));
    catalogue.learn(&"y".repeat(LONGEST + 1), 0);
    assert_eq!(catalogue.owner("x:a"), Some(0));
}

proptest! {
    #[test]
    fn the_longest_beginning_is_found(
        beginnings in prop::collection::btree_map("[aé]{1,4}", 0_usize..9, 0..12),
        whole in "[aéb]{0,6}",
    ) {
        let plain = beginnings.iter().filter(|(key, _)| whole.starts_with(key.as_str()));
        let plain = plain.max_by_key(|(key, _)| key.len()).map(|(_, owner)| *owner);
        let map: BTreeMap<Arc<str>, usize> =
            beginnings.iter().map(|(key, owner)| (Arc::from(key.as_str()), *owner)).collect();
        prop_assert_eq!(longest(&map, &whole), plain);
    }
}

#[test]
fn servers_may_move() {
    let catalogue = Catalogue::with_room(3);
    catalogue.learn("x:0", 0);
    catalogue.learn("x:1", 1);
    catalogue.learn_template("t:{a}", 1);
    catalogue.learn_template("u:{a}", 0);
    catalogue.learn_task("k", 1);
    let moved = catalogue.moved(|server| (server == 1).then_some(5));
    assert_eq!((moved.owner("x:0"), moved.owner("x:1")), (None, Some(5)));
    assert_eq!((moved.owner("t:z"), moved.owner("u:z")), (Some(5), None));
    assert_eq!(moved.owner_of_task("k"), Some(5));
    for uri in ["x:2", "x:3", "x:4"] {
        moved.learn(uri, 2);
    }
    // The oldest goes first, as before.
    assert_eq!((moved.owner("x:1"), moved.owner("x:2")), (None, Some(2)));
}
