use std::net::{IpAddr, Ipv4Addr};

use proptest::prelude::*;

use super::HostClass::{
    Example, Invalid, Loopback, Metadata, Placeholder, Private, Public, SingleLabel, Wildcard,
};
use super::*;

#[test]
fn classes_of_names() {
    for (host, class) in [
        ("localhost", Loopback),
        ("LOCALHOST.", Loopback),
        ("app.localhost", Loopback),
        ("localhost:8080", Loopback),
        ("a.lvh.me", Loopback),
        ("printer.local", Private),
        ("host.docker.internal", Private),
        ("vault.corp", Private),
        ("router.home.arpa", Private),
        ("db.prod.svc", Private),
        ("db.prod.svc.cluster.local", Private),
        ("metadata.google.internal", Metadata),
        ("Metadata.Google.Internal.", Metadata),
        ("metadata.goog", Metadata),
        ("metadata", Metadata),
        ("metadata.azure.com", Metadata),
        ("instance-data", Metadata),
        ("metadata.example.io", Public),
        ("clickhouse-mcp", SingleLabel),
        ("my_service", SingleLabel),
        ("*", Wildcard),
        ("example.com", Example),
        ("api.example.org", Example),
        ("mcp.example", Example),
        ("a.test", Example),
        ("nowhere.invalid", Example),
        ("notexample.com", Public),
        ("mcp.linear.app", Public),
        ("MCP.Linear.App.", Public),
        ("xn--bcher-kva.de", Public),
        ("bücher.de", Public),
        ("हिन्दी.भारत", Public),
        ("a\u{2003}b.com", Invalid),
        ("mylocalhost.com", Public),
        ("localhost.evil.com", Public),
        ("evil-local", SingleLabel),
        ("", Invalid),
        (".", Invalid),
        ("a..b", Invalid),
        ("a b.com", Invalid),
        ("a/b", Invalid),
        ("user@host.com", Invalid),
        ("*.foo.com", Invalid),
        ("foo.com,bar.com", Invalid),
        ("%ff.com", Invalid),
        ("1.2.3.4.5", Invalid),
        ("256.1.1.1", Invalid),
        ("foo.123", Invalid),
        ("foo.0x1f", Invalid),
        ("4294967296", Invalid),
    ] {
        assert_eq!(classify(host), class, "{host}");
    }
    assert_eq!(classify(&"a".repeat(64)), Invalid);
    assert_eq!(classify(&"a.".repeat(128)), Invalid);
}

#[test]
fn classes_of_addresses() {
    for (host, class) in [
        ("127.0.0.1", Loopback),
        ("127.255.255.254", Loopback),
        ("127.1", Loopback),
        ("2130706433", Loopback),
        ("0x7f.1", Loopback),
        ("0x7F000001", Loopback),
        ("017700000001", Loopback),
        ("0177.0.0.01", Loopback),
        ("127.0.0.1.", Loopback),
        ("127%2e0%2E0.1", Loopback),
        ("１２７．０。０｡１", Loopback),
        ("①②⑦.0.0.1", Loopback),
        ("::1", Loopback),
        ("[::1]", Loopback),
        ("[::1]:8080", Loopback),
        ("::ffff:127.0.0.1", Loopback),
        ("[::ffff:7f00:1]", Loopback),
        ("127.0.0.1.nip.io", Loopback),
        ("app-127-0-0-1.sslip.io", Loopback),
        ("7f000001.nip.io", Loopback),
        ("0.0.0.0", Wildcard),
        ("0", Wildcard),
        ("0x0", Wildcard),
        ("::", Wildcard),
        ("[::]:3000", Wildcard),
        ("::ffff:0:0", Wildcard),
        ("10.1.2.3", Private),
        ("167838211", Private),
        ("172.16.0.1", Private),
        ("172.31.255.255", Private),
        ("172.32.0.1", Public),
        ("192.168.1.1", Private),
        ("192.168.257", Private),
        ("169.254.1.1", Private),
        ("100.64.0.1", Private),
        ("100.127.255.255", Private),
        ("100.128.0.1", Public),
        ("fd12::1", Private),
        ("fe80::1%25eth0", Private),
        ("[fe80::1%eth0]", Private),
        ("::ffff:10.0.0.1", Private),
        ("64:ff9b::10.0.0.1", Private),
        ("2002:a00:1::", Private),
        ("169.254.169.254", Metadata),
        ("169.254.43518", Metadata),
        ("2852039166", Metadata),
        ("0xa9fea9fe", Metadata),
        ("0xA9.0xFE.0xA9.0xFE", Metadata),
        ("0251.0376.0251.0376", Metadata),
        ("025177524776", Metadata),
        ("169.0xfe.0251.254", Metadata),
        ("169.254.169.254.", Metadata),
        ("%31%36%39.254.169.254", Metadata),
        ("１６９.254.169.254", Metadata),
        ("::ffff:169.254.169.254", Metadata),
        ("::ffff:a9fe:a9fe", Metadata),
        ("::169.254.169.254", Metadata),
        ("64:ff9b::a9fe:a9fe", Metadata),
        ("169.254.169.254.nip.io", Metadata),
        ("169.254.170.2", Metadata),
        ("100.100.100.200", Metadata),
        ("192.0.0.192", Metadata),
        ("fd00:ec2::254", Metadata),
        ("FD00:EC2:0:0:0:0:0:254", Metadata),
        ("169.254.169.253", Private),
        ("192.0.2.1", Example),
        ("2001:db8::1", Example),
        ("8.8.8.8", Public),
        ("2606:4700::1111", Public),
        ("224.0.0.1", Invalid),
        ("255.255.255.255", Invalid),
        ("ff02::1", Invalid),
        (":::1", Invalid),
        ("08.8.8.8", Invalid),
    ] {
        assert_eq!(classify(host), class, "{host}");
    }
}

#[test]
fn placeholders_decide_only_where_they_stand_for_the_domain() {
    for (host, class) in [
        ("${HOST}", Placeholder),
        ("${HOST:-127.0.0.1}", Placeholder),
        ("$HOST", Placeholder),
        ("%HOST%", Placeholder),
        ("{{ host }}", Placeholder),
        ("{host}", Placeholder),
        ("<MEMORY_MCP_HOST>", Placeholder),
        ("api.${DOMAIN}", Placeholder),
        ("<your-app>.com", Placeholder),
        ("${a}example.com", Placeholder),
        ("your-domain.com", Placeholder),
        ("mcp.yourcompany.com", Placeholder),
        ("your-service", Placeholder),
        ("your-team.atlassian.net", Public),
        ("${input:functionapp}.azurewebsites.net", Public),
        ("${a}.b.${c}.run.app", Public),
        ("${NAME}.local", Private),
        ("{{tenant}}.example.com", Example),
        ("${x}.localhost", Loopback),
        ("api.$", Invalid),
        ("<open", Invalid),
    ] {
        assert_eq!(classify(host), class, "{host}");
    }
}

#[test]
fn addresses_are_normalised() {
    assert_eq!(address("0x7f.1"), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert_eq!(address("[::ffff:7f00:1]:80"), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    assert_eq!(address("fe80::1%eth0"), "fe80::1".parse().ok());
    for host in [
        "",
        ".",
        "localhost",
        "1.2.3.4.5",
        "1..2",
        "+1",
        "0x",
        "-1",
        "1.2.3.256",
        "256.1",
        "1.16777216",
    ] {
        assert_eq!(
            address(host).map(|found| found.to_string()),
            (host == "0x").then(|| "0.0.0.0".into()),
            "{host}"
        );
    }
}

#[test]
fn a_url_is_taken_apart() {
    let url =
        parse("  https://user:p@ss@Mcp.Example.com:8443/a/b?key=v%20w&flag&x=1=2#top ").unwrap();
    assert_eq!(url.scheme, "https");
    assert_eq!(url.user_info, Some(UserInfo { user: "user", password: Some("p@ss") }));
    assert_eq!(url.host, "Mcp.Example.com");
    assert_eq!(url.port, Some(8443));
    assert_eq!(url.path, "/a/b");
    assert_eq!(url.query, [("key", "v%20w"), ("flag", ""), ("x", "1=2")]);
    assert_eq!(url.fragment, Some("top"));
    assert_eq!(url.spans.host, 20..35);
    assert_eq!(url.spans.query.get(1), Some(&(55..59, 59..59)));
}

#[test]
fn hosts_of_urls() {
    for (text, host, port) in [
        ("http://[::1]:8080/mcp", "::1", Some(8080)),
        ("http://[fe80::1%25en0]/", "fe80::1%25en0", None),
        ("http://::1/mcp", "::1", None),
        ("http://${HOST}:${PORT}/mcp", "${HOST}", None),
        ("http://${HOST:-localhost}:8080/mcp", "${HOST:-localhost}", Some(8080)),
        (
            "https://${input:functionapp}.azurewebsites.net/x",
            "${input:functionapp}.azurewebsites.net",
            None,
        ),
        ("http://<MEMORY_MCP_HOST>:8768/mcp", "<MEMORY_MCP_HOST>", Some(8768)),
        ("https://{{ a/b?c }}.x.dev/mcp", "{{ a/b?c }}.x.dev", None),
        ("${SCHEME}://host/x", "host", None),
        ("https://good.com@evil.com/", "evil.com", None),
        ("https://evil.com\\@good.com/", "evil.com", None),
        ("https:\\\\evil.com/", "evil.com", None),
        ("https:///evil.com/", "evil.com", None),
        ("http://host:99999/", "host", None),
        ("http://host:/", "host", None),
        ("postgres://u:p@db:5432/x", "db", Some(5432)),
        ("file:///etc/passwd", "", None),
        ("https://", "", None),
        ("https://[::1", "::1", None),
        ("wss://h?x", "h", None),
        ("https://h#x", "h", None),
    ] {
        let url = parse(text).unwrap_or_else(|| panic!("{text}"));
        assert_eq!((url.host, url.port), (host, port), "{text}");
    }
    for text in [
        "",
        "localhost:8080/mcp",
        "${URL}",
        "${URL:-http://x}",
        "C:\\x",
        "mailto:a@b",
        "//host/x",
        "1http://x",
    ] {
        assert_eq!(parse(text), None, "{text}");
    }
}

#[test]
fn ports_that_are_no_numbers_keep_their_place() {
    let url = parse("http://h:${PORT}/x").unwrap();
    assert_eq!((url.port, url.spans.port), (None, Some(9..16)));
    let url = parse("http://h:99999/x").unwrap();
    assert_eq!((url.port, url.spans.port), (None, Some(9..14)));
}

#[test]
fn host_patterns() {
    for (pattern, yes, no) in [
        (
            "example.com",
            &["example.com", "EXAMPLE.com.", "example.com:8080"][..],
            &["a.example.com", "xexample.com"][..],
        ),
        (
            "*.example.com",
            &["a.example.com", "a.b.example.com", "${x}.example.com"],
            &["example.com", "xexample.com"],
        ),
        (
            ".example.com",
            &["example.com", "a.example.com"],
            &["xexample.com", "example.com.evil.com", "", "."],
        ),
        ("127.0.0.1", &["2130706433", "0x7f.1", "[::ffff:127.0.0.1]"], &["127.0.0.2", "localhost"]),
        ("::1", &["[::1]:80", "0:0:0:0:0:0:0:1"], &["::2"]),
        ("*", &["anything", "1.2.3.4"], &[""]),
    ] {
        let pattern: HostPattern = pattern.parse().unwrap();
        for host in yes {
            assert!(
                pattern.matches(host) && host_in(host, std::slice::from_ref(&pattern)),
                "{pattern:?} {host}"
            );
        }
        for host in no {
            assert!(!pattern.matches(host), "{pattern:?} {host}");
        }
    }
    // A letter that only looks like one of the name is another letter.
    let linear: HostPattern = "mcp.linear.app".parse().unwrap();
    assert!(linear.matches("ＭＣＰ.linear。app") && linear.matches("mcp%2elinear.app"));
    for host in
        ["mcp.l\u{130}near.app", "mcp.lınear.app", "mcp.lіnear.app", "mcp.linear.app.evil.com"]
    {
        assert!(!linear.matches(host), "{host}");
    }
    for (text, error) in [
        ("", PatternError::Empty),
        ("*.", PatternError::Empty),
        (".", PatternError::Empty),
        ("a.*.com", PatternError::Star),
        ("**.a.com", PatternError::Star),
        ("https://a.com", PatternError::Character),
        ("a.com/x", PatternError::Character),
        ("a b", PatternError::Character),
    ] {
        assert_eq!(text.parse::<HostPattern>(), Err(error), "{text}");
    }
}

#[test]
fn networks() {
    let nets: Vec<Cidr> = ["10.0.0.0/8", "192.168.1.7", "fd00::/8", "::ffff:172.16.0.0/108"]
        .iter()
        .map(|net| net.parse().unwrap())
        .collect();
    for host in [
        "10.0.0.1",
        "10.255.255.255",
        "167772161",
        "::ffff:10.2.3.4",
        "192.168.1.7",
        "fdff::1",
        "172.31.0.1",
    ] {
        assert!(cidr_in(host, &nets), "{host}");
    }
    for host in ["11.0.0.1", "192.168.1.8", "fc00::1", "172.32.0.1", "localhost", "", "10.0.0.0/8"]
    {
        assert!(!cidr_in(host, &nets), "{host}");
    }
    let all: Cidr = "0.0.0.0/0".parse().unwrap();
    assert!(cidr_in("8.8.8.8", &[all]) && !cidr_in("2606::1", &[all]));
    for (text, error) in [
        ("", CidrError::Address),
        ("10/8", CidrError::Address),
        ("10.0.0.0/33", CidrError::Prefix),
        ("10.0.0.0/", CidrError::Prefix),
        ("10.0.0.0/+8", CidrError::Prefix),
        ("::/129", CidrError::Prefix),
        ("10.0.0.1/8", CidrError::HostBits),
        ("fd00::1/8", CidrError::HostBits),
    ] {
        assert_eq!(text.parse::<Cidr>(), Err(error), "{text}");
    }
}

/// The ways to write an IPv4 address.
fn spellings(address: Ipv4Addr) -> Vec<String> {
    let bits = address.to_bits();
    let [a, b, c, d] = address.octets();
    let wide: String = address
        .to_string()
        .chars()
        .map(|c| char::from_u32(u32::from(c) + 0xfee0).expect("full width"))
        .collect();
    vec![
        address.to_string(),
        format!("{address}."),
        format!("{bits}"),
        format!("{bits:#x}"),
        format!("0X{bits:X}"),
        format!("0{bits:o}"),
        format!("{a}.{}", bits & 0xff_ffff),
        format!("{a}.{b}.{}", bits & 0xffff),
        format!("{a:#x}.0{b:o}.{c}.0x000{d:x}"),
        format!("[::ffff:{address}]"),
        format!("::ffff:{:x}:{:x}", bits >> 16, bits & 0xffff),
        address.to_string().replace('.', "%2E"),
        wide,
        format!("{address}:8080"),
    ]
}

proptest! {
    #[test]
    fn spelling_does_not_change_an_address(bits: u32) {
        let expected = Ipv4Addr::from_bits(bits);
        let class = classify(&expected.to_string());
        for host in spellings(expected) {
            prop_assert_eq!(address(&host), Some(IpAddr::V4(expected)), "{}", host);
            prop_assert_eq!(classify(&host), class, "{}", host);
        }
    }

    #[test]
    fn the_metadata_service_does_not_hide(pick in 0_usize..14) {
        prop_assert_eq!(classify(&spellings(Ipv4Addr::new(169, 254, 169, 254))[pick]), Metadata);
    }

    #[test]
    fn no_text_makes_a_host_panic(host in r"\PC*|[\[\]0-9a-fx:.%*$<{}]{0,40}") {
        let _ = (classify(&host), address(&host));
        if let Ok(pattern) = host.parse::<HostPattern>() {
            let _ = pattern.matches(&host);
        }
        let _ = host.parse::<Cidr>();
    }

    #[test]
    fn spans_lie_inside_of_the_text(text in r"\PC{0,60}|\s?(https?|\$\{x\})(://|:\\|:)[\[\]a-z0-9:.@/?#&=%${}<>\\é]{0,60}") {
        let Some(url) = parse(&text) else { return Ok(()) };
        let part = |span: &std::ops::Range<usize>| text.get(span.clone());
        let spans = &url.spans;
        prop_assert_eq!(part(&spans.scheme), Some(url.scheme));
        prop_assert_eq!(part(&spans.host), Some(url.host));
        prop_assert_eq!(part(&spans.path), Some(url.path));
        prop_assert_eq!(spans.fragment.as_ref().map(part), url.fragment.map(Some));
        prop_assert_eq!(spans.user.as_ref().map(part), url.user_info.map(|info| Some(info.user)));
        prop_assert!(spans.password.iter().chain(&spans.port).all(|span| part(span).is_some()));
        prop_assert_eq!(url.query.len(), spans.query.len());
        for ((name, value), (name_span, value_span)) in url.query.iter().zip(&spans.query) {
            prop_assert_eq!((part(name_span), part(value_span)), (Some(*name), Some(*value)));
        }
    }

    #[test]
    fn an_ordinary_url_comes_back(
        scheme in "https?|wss?",
        host in r"[a-z][a-z0-9]{0,8}(\.[a-z]{2,5}){1,3}",
        port in proptest::option::of(any::<u16>()),
        path in "(/[a-z0-9]{1,5}){0,3}",
        name in "[a-z]{1,5}",
        value in "[a-z0-9]{0,5}",
    ) {
        let written = port.map_or(String::new(), |port| format!(":{port}"));
        let text = format!("{scheme}://{host}{written}{path}?{name}={value}#{name}");
        let url = parse(&text).expect("a URL");
        prop_assert_eq!((url.scheme, url.host, url.port, url.path), (&*scheme, &*host, port, &*path));
        prop_assert_eq!(url.query, vec![(&*name, &*value)]);
        prop_assert_eq!(url.fragment, Some(&*name));
    }
}
