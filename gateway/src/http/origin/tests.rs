use proptest::prelude::*;

use super::*;

fn policy(listen: &str, hosts: &[&str], origins: &[&str]) -> HostPolicy {
    HostPolicy {
        allowed_hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
        allowed_origins: origins.iter().map(|origin| origin.parse().unwrap()).collect(),
        listen: listen.parse().unwrap(),
    }
}

fn local() -> HostPolicy {
    policy(
        "127.0.0.1:8080",
        &["mcp.example.com", "exact.example:8443", "*.lan.example"],
        &["https://app.example.com", "vscode-webview://abc"],
    )
}

fn public() -> HostPolicy {
    policy("0.0.0.0:8080", &["mcp.example.com", "tls.example:443"], &["https://app.example.com"])
}

fn headers(fields: &[(http::HeaderName, &str)]) -> HeaderMap {
    fields
        .iter()
        .map(|(name, value)| (name.clone(), HeaderValue::from_bytes(value.as_bytes()).unwrap()))
        .collect()
}

fn host(policy: &HostPolicy, host: &str) -> Result<(), Rejected> {
    policy.check(&Uri::from_static("/mcp"), &headers(&[(HOST, host)])).map(drop)
}

fn origin(policy: &HostPolicy, host: &str, origin: &str) -> Result<(), Rejected> {
    policy.check(&Uri::from_static("/mcp"), &headers(&[(HOST, host), (ORIGIN, origin)])).map(drop)
}

#[test]
fn at_loopback_only_loopback_and_allowed_hosts_pass() {
    for name in [
        "localhost",
        "LOCALHOST:1",
        "localhost.:8080",
        "127.0.0.1",
        "127.9.9.9:99",
        "[::1]:8080",
        "[::ffff:127.0.0.1]",
        "mcp.example.com",
        "MCP.example.com.:9",
        "exact.example:8443",
        "a.lan.example",
        "a.b.lan.example:1",
    ] {
        assert_eq!(host(&local(), name), Ok(()), "{name}");
    }
    for name in [
        "evil.com",
        "localhost.evil.com",
        "evil.localhost",
        "127.0.0.1.nip.io",
        "192.168.0.1",
        "[fe80::1]",
        "0.0.0.0",
        "[::]",
        "exact.example",
        "exact.example:80",
        "lan.example",
        "xlan.example",
        "x.mcp.example.com",
        "xn--lcalhost-54a",
        "mcp.example.com.evil.com",
    ] {
        assert_eq!(host(&local(), name), Err(Rejected::HostNotAllowed), "{name}");
    }
}

#[test]
fn at_a_public_address_every_address_passes_and_only_allowed_names() {
    for name in [
        "localhost:8080",
        "203.0.113.9",
        "192.168.0.1:8080",
        "[2001:db8::1]:8080",
        "mcp.example.com:8080",
        "tls.example",
        "tls.example:443",
    ] {
        assert_eq!(host(&public(), name), Ok(()), "{name}");
    }
    for name in ["evil.com", "203.0.113.9.nip.io", "localhost.evil.com", "tls.example:8080"] {
        assert_eq!(host(&public(), name), Err(Rejected::HostNotAllowed), "{name}");
    }
}

#[test]
fn a_host_that_can_be_read_in_two_ways_is_malformed() {
    for name in [
        "",
        " ",
        "localhost@evil.com",
        "localhost:80@evil.com",
        "evil.com#localhost",
        "localhost,evil.com",
        "localhost:",
        "localhost:80:80",
        "[::1%25lo0]",
        "[::1%lo0]",
        "::1",
        "loc\u{e4}lhost",
        "%6cocalhost",
        "http://localhost",
        "localhost/",
        "127.0.0.1.5.6",
        "999.0.0.1",
    ] {
        assert_eq!(host(&local(), name), Err(Rejected::HostMalformed), "{name:?}");
        assert_eq!(host(&local(), name).unwrap_err().status(), 400);
    }
}

#[test]
fn there_is_exactly_one_host() {
    let check = |uri: &str, fields: &[&str]| {
        let fields: Vec<_> = fields.iter().map(|value| (HOST, *value)).collect();
        local().check(&uri.parse().unwrap(), &headers(&fields)).map(|named| named.host.to_string())
    };
    assert_eq!(check("/mcp", &[]), Err(Rejected::HostMissing));
    assert_eq!(check("/mcp", &["localhost", "localhost"]), Err(Rejected::HostRepeated));
    assert_eq!(check("http://localhost:8080/mcp", &[]), Ok("localhost:8080".into()));
    assert_eq!(check("http://LOCALHOST./mcp", &["localhost"]), Ok("localhost".into()));
    assert_eq!(check("http://localhost/mcp", &["localhost:81"]), Err(Rejected::HostRepeated));
    assert_eq!(check("http://evil.com/mcp", &["localhost"]), Err(Rejected::HostRepeated));
    assert_eq!(check("http://evil.com/mcp", &[]), Err(Rejected::HostNotAllowed));
    assert_eq!(check("http://localhost@evil.com/mcp", &[]), Err(Rejected::HostMalformed));
    assert_eq!(check("http://localhost/mcp", &["a b"]), Err(Rejected::HostMalformed));
}

#[test]
fn at_loopback_pages_of_this_machine_and_allowed_origins_pass() {
    for page in [
        "http://localhost:5173",
        "https://127.0.0.1",
        "http://[::1]:3000",
        "HTTP://LocalHost:1",
        "https://app.example.com",
        "https://app.example.com:443",
        "vscode-webview://abc",
    ] {
        assert_eq!(origin(&local(), "localhost:8080", page), Ok(()), "{page}");
    }
    for page in [
        "null",
        "",
        "*",
        "localhost",
        "http://",
        "http:localhost",
        "http://evil.com",
        "http://localhost.evil.com",
        "http://localhost@evil.com",
        "http://evil.com#@localhost",
        "http://127.0.0.1.nip.io",
        "http://localhost/",
        "http://localhost:80/x",
        "http://app.example.com",
        "https://app.example.com:8443",
        "vscode-webview://abd",
        "ftp://localhost",
        "file://",
        "http://localhost http://evil.com",
        "http://[::1%25lo]",
        "http://l\u{f6}calhost",
        "http://192.168.0.1",
        "http://localhost\\.evil.com",
    ] {
        let answer = origin(&local(), "localhost:8080", page);
        assert_eq!(answer, Err(Rejected::OriginNotAllowed), "{page:?}");
        assert_eq!(answer.unwrap_err().status(), 403);
    }
}

#[test]
fn the_own_origin_of_an_allowed_host_passes() {
    assert_eq!(origin(&public(), "mcp.example.com:8080", "http://mcp.example.com:8080"), Ok(()));
    assert_eq!(origin(&public(), "mcp.example.com", "https://MCP.example.com."), Ok(()));
    assert_eq!(origin(&public(), "mcp.example.com:443", "https://mcp.example.com"), Ok(()));
    assert_eq!(origin(&public(), "203.0.113.9:8080", "http://203.0.113.9:8080"), Ok(()));
    for (host, page) in [
        ("mcp.example.com:8080", "http://mcp.example.com:3000"),
        ("mcp.example.com:443", "http://mcp.example.com"),
        ("mcp.example.com", "https://other.example.com"),
        ("203.0.113.9:8080", "http://localhost:8080"),
        ("203.0.113.9:8080", "null"),
    ] {
        assert_eq!(origin(&public(), host, page), Err(Rejected::OriginNotAllowed), "{host} {page}");
    }
    assert_eq!(origin(&public(), "evil.com", "http://evil.com"), Err(Rejected::HostNotAllowed));
}

#[test]
fn two_origins_are_none() {
    let page = "http://localhost:1";
    let fields = headers(&[(HOST, "localhost"), (ORIGIN, page), (ORIGIN, page)]);
    let answer = local().check(&Uri::from_static("/"), &fields);
    assert_eq!(answer, Err(Rejected::OriginNotAllowed));
}

#[test]
fn an_address_of_its_own_to_listen_at_counts_like_loopback_only_if_it_is() {
    assert_eq!(host(&policy("[::1]:80", &[], &[]), "192.168.0.1"), Err(Rejected::HostNotAllowed));
    let mapped = policy("[::ffff:127.0.0.1]:80", &[], &[]);
    assert_eq!(host(&mapped, "192.168.0.1"), Err(Rejected::HostNotAllowed));
    assert_eq!(host(&policy("192.168.0.1:80", &[], &[]), "192.168.0.1"), Ok(()));
}

#[test]
fn names_in_the_settings_may_have_any_letters() {
    let policy = policy(
        "127.0.0.1:1",
        &["B\u{fc}cher.example", "*.m\u{fc}ller.example"],
        &["https://b\u{fc}cher.example/"],
    );
    assert_eq!(host(&policy, "xn--bcher-kva.example"), Ok(()));
    assert_eq!(host(&policy, "a.xn--mller-kva.example"), Ok(()));
    assert_eq!(origin(&policy, "localhost", "https://xn--bcher-kva.example"), Ok(()));
    for text in [
        "",
        "*",
        "*.",
        "a b",
        "http://a",
        "a/b",
        "*.127.0.0.1",
        "a:x",
        "*.*.a",
        "[::1",
        "\u{fc}/b",
        "\u{fc}@b",
    ] {
        assert_eq!(text.parse::<AllowedHost>(), Err(PatternError::Host), "{text:?}");
    }
    for text in
        ["", "null", "*", "app.example.com", "https://a/b", "https://*.a", "1a://b", "https://u@a"]
    {
        assert_eq!(text.parse::<Origin>(), Err(PatternError::Origin), "{text:?}");
    }
}

proptest! {
    #[test]
    fn nothing_below_or_beside_loopback_passes(
        before in "([a-z0-9-]{1,6}[.-])?",
        known in prop::sample::select(vec!["localhost", "127.0.0.1", "mcp.example.com"]),
        after in "[.@#/:-]?[a-z0-9]{1,6}(\\.(com|io))?",
    ) {
        for text in [format!("{known}.{after}.com"), format!("{before}x.{known}x"), format!("{known}@{after}")] {
            prop_assert!(host(&local(), &text).is_err(), "{}", text);
            let page = format!("http://{text}");
            prop_assert!(origin(&local(), "localhost", &page).is_err(), "{}", page);
        }
    }

    #[test]
    fn any_header_is_judged(
        host in proptest::collection::vec(any::<u8>(), 0..20),
        origin in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        if let (Ok(host), Ok(origin)) = (HeaderValue::from_bytes(&host), HeaderValue::from_bytes(&origin)) {
            let headers = HeaderMap::from_iter([(HOST, host), (ORIGIN, origin)]);
            let _ = local().check(&Uri::from_static("/"), &headers);
            let _ = public().check(&Uri::from_static("/"), &headers);
        }
    }
}
