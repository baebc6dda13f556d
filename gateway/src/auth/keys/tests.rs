use std::path::Path;
use std::sync::Mutex as Lock;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::BoxFuture;
use tokio::time::{advance, sleep};

use super::*;
use crate::auth::{ApiKey, KeyRequest, PrincipalKind, issue};
use crate::state::{Keys, Location, State};

/// A store that does what a test wants.
#[derive(Debug)]
struct Fake {
    pepper: Pepper,
    keys: Lock<Keys>,
    mood: Lock<Mood>,
    asked: AtomicUsize,
}

#[derive(Clone, Copy, Debug)]
enum Mood {
    Answers,
    Fails,
    AnswersAfter(Duration),
}

impl Fake {
    fn new() -> Arc<Self> {
        Arc::new(Self {
            pepper: Pepper::new(&[3; 32]),
            keys: Lock::new(Keys { revision: 0, records: Vec::new() }),
            mood: Lock::new(Mood::Answers),
            asked: AtomicUsize::new(0),
        })
    }

    fn is(&self, mood: Mood) {
        *self.mood.lock().unwrap() = mood;
    }

    fn change(&self, change: impl FnOnce(&mut Vec<KeyRecord>)) {
        let mut keys = self.keys.lock().unwrap();
        change(&mut keys.records);
        keys.revision += 1;
    }

    fn add(&self, id: &str, key: &str, expires: Option<Timestamp>) {
        let record = KeyRecord {
            hash: self.pepper.hash(key),
            id: id.to_owned(),
            last_four: "aaaa".to_owned(),
            note: String::new(),
            created: at(0),
            expires,
            revoked: None,
        };
        self.change(|records| records.push(record));
    }

    fn revoke(&self, id: &str) {
        let revoke = |record: &mut KeyRecord| record.revoked = Some(at(1));
        self.change(|records| records.iter_mut().filter(|record| record.id == id).for_each(revoke));
    }

    async fn answer<T>(&self, answer: impl FnOnce(&Keys) -> T) -> Result<T, StateError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let mood = *self.mood.lock().unwrap();
        match mood {
            Mood::Answers => {}
            Mood::Fails => return Err(StateError::Locked("state.db".into())),
            Mood::AnswersAfter(time) => sleep(time).await,
        }
        Ok(answer(&self.keys.lock().unwrap()))
    }
}

impl KeyStore for Fake {
    fn pepper(&self) -> &Pepper {
        &self.pepper
    }

    fn add_key<'a>(&'a self, _: &'a KeyRecord) -> BoxFuture<'a, Result<bool, StateError>> {
        unreachable!("a gateway makes no keys")
    }

    fn keys(&self) -> BoxFuture<'_, Result<Keys, StateError>> {
        Box::pin(self.answer(Keys::clone))
    }

    fn keys_revision(&self) -> BoxFuture<'_, Result<i64, StateError>> {
        Box::pin(self.answer(|keys| keys.revision))
    }

    fn revoke_key(&self, _: KeyHash, _: Timestamp) -> BoxFuture<'_, Result<bool, StateError>> {
        unreachable!("a gateway revokes no keys")
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn configured(keys: &[(&str, &str)]) -> Vec<ConfiguredKey> {
    let key = |(id, key): &(&str, &str)| ConfiguredKey {
        id: (*id).to_owned(),
        key: SecretString::from(*key),
    };
    keys.iter().map(key).collect()
}

/// The id of whose key it is, or why it is nobody's.
async fn told(keys: &ApiKeys, key: &str) -> String {
    match keys.authenticate(key, at(100)).await {
        Ok(principal) => {
            assert_eq!(principal.kind(), PrincipalKind::ApiKey);
            principal.id().to_owned()
        }
        Err(refusal) => refusal.to_string(),
    }
}

const UNKNOWN: &str = "the API key is not known";

#[tokio::test]
async fn keys_of_the_configuration_need_no_state() {
    let keys = ApiKeys::configured(&configured(&[("ci", "k-one"), ("ann", "k-two")])).unwrap();
    assert_eq!(told(&keys, "k-one").await, "ci");
    assert_eq!(told(&keys, "k-two").await, "ann");
    for wrong in ["", "k-on", "k-one ", "K-one", "k-oneé", "k-one\0"] {
        assert_eq!(told(&keys, wrong).await, UNKNOWN, "{wrong:?}");
    }
    let longest = "a".repeat(MAX_KEY_BYTES);
    assert_eq!(told(&keys, &longest).await, UNKNOWN);
    let refusal = keys.authenticate(&format!("{longest}a"), at(100)).await;
    assert!(matches!(refusal, Err(Unauthorized::TooLong(4097))));
}

#[test]
fn keys_that_cannot_work_are_refused() {
    let long = "x".repeat(MAX_KEY_BYTES + 1);
    for (keys, wanted) in [
        (&[("ci", "")][..], "the API key of `ci` is empty"),
        (&[("ci", "a b")], "the API key of `ci` is empty, or has spaces"),
        (&[("ci", "clé")], "other characters"),
        (&[("ci", &long)], "more than 4096 bytes"),
        (&[("a b", "k")], "API key `a b`: an id has"),
        (&[("anonymous", "k")], "stands for callers without a key"),
        (&[("ci", "hush"), ("ann", "hush")], "`ci` and `ann` have the same API key"),
    ] {
        let error = ApiKeys::configured(&configured(keys)).unwrap_err();
        let told = format!("{error} {error:?}");
        assert!(told.contains(wanted), "{told}");
        assert!(!told.contains("hush") && !told.contains("clé"), "{told}");
    }
    // Two keys of one holder are how a key is changed without a pause.
    ApiKeys::configured(&configured(&[("ci", "old"), ("ci", "new")])).unwrap();
}

#[test]
fn debug_shows_no_key() {
    let configured = configured(&[("ci", "hush-hush")]);
    let shown = format!("{configured:?} {:?}", ApiKeys::configured(&configured).unwrap());
    assert!(!shown.contains("hush"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn expired_from_its_second_on() {
    let store = Fake::new();
    store.add("ci", "k", Some(at(100)));
    let keys = ApiKeys::with_store(&[], store).await.unwrap();
    assert!(keys.authenticate("k", at(99)).await.is_ok());
    let refusal = keys.authenticate("k", at(100)).await.unwrap_err();
    assert!(matches!(&refusal, Unauthorized::Expired(id) if &**id == "ci"));
    assert_eq!(refusal.reason(), "the credential is not valid");
}

#[tokio::test(start_paused = true)]
async fn the_state_judges_a_key_that_stands_in_both() {
    let store = Fake::new();
    store.add("ci", "k", None);
    let both = configured(&[("build", "k"), ("ann", "other")]);
    let keys = ApiKeys::with_store(&both, Arc::<Fake>::clone(&store)).await.unwrap();
    assert_eq!(told(&keys, "k").await, "ci");
    assert_eq!(told(&keys, "other").await, "ann");
    store.revoke("ci");
    advance(ASK_AFTER).await;
    assert_eq!(told(&keys, "k").await, "the API key of `ci` was revoked");
    assert_eq!(told(&keys, "other").await, "ann");
}

#[tokio::test(start_paused = true)]
async fn the_state_is_asked_at_most_twice_a_second() {
    let store = Fake::new();
    let keys = ApiKeys::with_store(&[], Arc::<Fake>::clone(&store)).await.unwrap();
    for _ in 0..10_000 {
        told(&keys, "k").await;
        advance(Duration::from_millis(1)).await;
    }
    let asked = store.asked.load(Ordering::SeqCst);
    assert!((15..=21).contains(&asked), "{asked}");
}

#[tokio::test(start_paused = true)]
async fn a_state_that_cannot_be_read_proves_nobody() {
    let store = Fake::new();
    store.add("ci", "k", None);
    let own = configured(&[("ann", "own")]);
    let keys = ApiKeys::with_store(&own, Arc::<Fake>::clone(&store)).await.unwrap();
    store.is(Mood::Fails);
    assert_eq!(told(&keys, "k").await, "ci");
    advance(ASK_AFTER).await;
    for key in ["k", "own", "unknown"] {
        let refusal = keys.authenticate(key, at(100)).await.unwrap_err();
        assert!(matches!(refusal, Unauthorized::Unavailable(StateError::Locked(_))), "{refusal}");
        assert_eq!(refusal.challenge().value(), r#"Bearer realm="mcp-guard""#);
    }
    store.is(Mood::Answers);
    assert_eq!(told(&keys, "k").await, "ci");
    let store = Fake::new();
    store.is(Mood::Fails);
    let keys = ApiKeys::with_store(&[], store).await;
    assert!(matches!(keys, Err(KeysError::State(StateError::Locked(_)))));
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_for_ever() {
    let store = Fake::new();
    store.add("ci", "k", None);
    let keys = Arc::new(ApiKeys::with_store(&[], Arc::<Fake>::clone(&store)).await.unwrap());
    store.is(Mood::AnswersAfter(Duration::from_secs(3600)));
    advance(USE_UNTIL).await;
    let began = Instant::now();
    let ask = |_| {
        let keys = Arc::clone(&keys);
        tokio::spawn(async move { keys.authenticate("k", at(100)).await.unwrap_err() })
    };
    let callers: Vec<_> = (0..50).map(ask).collect();
    for caller in callers {
        let refusal = caller.await.unwrap();
        assert!(matches!(refusal, Unauthorized::Unavailable(StateError::Slow)), "{refusal}");
    }
    assert_eq!(began.elapsed().as_secs(), PATIENCE.as_secs());
}

/// One asks while the others go on; from 0.9 seconds on all of them wait.
#[tokio::test(start_paused = true)]
async fn no_key_works_a_second_after_it_was_revoked() {
    let store = Fake::new();
    store.add("ci", "k", None);
    let keys = Arc::new(ApiKeys::with_store(&[], Arc::<Fake>::clone(&store)).await.unwrap());
    store.revoke("ci");
    store.is(Mood::AnswersAfter(Duration::from_millis(700)));
    advance(ASK_AFTER).await;
    let asking = tokio::spawn({
        let keys = Arc::clone(&keys);
        async move { told(&keys, "k").await }
    });
    tokio::task::yield_now().await;
    assert_eq!(told(&keys, "k").await, "ci");
    advance(USE_UNTIL - ASK_AFTER).await;
    assert_eq!(told(&keys, "k").await, "the API key of `ci` was revoked");
    assert_eq!(asking.await.unwrap(), "the API key of `ci` was revoked");
}

/// Two connections to one file, as two processes have them, and real time.
#[tokio::test]
async fn another_process_adds_and_revokes() {
    let place = tempfile::tempdir().unwrap();
    let location = Location::parse("sqlite://state.db", None, place.path()).unwrap();
    let ours = State::open(&location).await.unwrap();
    let keys = ApiKeys::with_store(&[], Arc::new(ours)).await.unwrap();

    let theirs = State::open(&location).await.unwrap();
    let id = crate::auth::KeyId::parse("ci").unwrap();
    let request = KeyRequest { id, note: String::new(), expires: None };
    let issued = issue(&theirs, request, at(50)).await.unwrap();
    let until = |wanted: &'static str| {
        let (keys, key) = (&keys, issued.key.expose());
        async move {
            let began = Instant::now();
            while told(keys, key).await != wanted {
                assert!(began.elapsed() < Duration::from_secs(1), "{wanted}");
                sleep(Duration::from_millis(10)).await;
            }
        }
    };
    until("ci").await;
    assert!(theirs.revoke_key(issued.record.hash, at(60)).await.unwrap());
    until("the API key of `ci` was revoked").await;

    let name = Path::new(location.path());
    std::fs::remove_file(name).unwrap();
    sleep(ASK_AFTER).await;
    let refusal = keys.authenticate(issued.key.expose(), at(100)).await.unwrap_err();
    if cfg!(unix) {
        assert!(matches!(refusal, Unauthorized::Unavailable(StateError::Replaced(_))), "{refusal}");
    }
    assert_eq!(told(&keys, ApiKey::new(&[1; 32]).expose()).await.contains("replaced"), cfg!(unix));
}
