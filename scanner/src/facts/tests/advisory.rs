//! What is known against packages and images.

use super::{told, with};
use crate::facts::kinds::FactKind;

/// The advisory facts of an entry, with the fields that say what is told.
fn advised(entry: &str) -> Vec<String> {
    let text = format!(r#"{{"mcpServers":{{"s":{entry}}}}}"#);
    with(".mcp.json", &text, |document, facts| {
        let fields = ["kind", "firm", "severity", "name", "version", "named", "fixed", "rotate"];
        told(document, facts, FactKind::Advisory, &fields)
    })
}

#[test]
fn advisories_on_what_is_run() {
    for (entry, wanted) in [
        (
            r#"{"command":"npx","args":["-y","mcp-remote@0.1.12","https://mcp.contoso.com/mcp"]}"#,
            "mcp-remote@0.1.12 kind=vulnerable firm severity=critical name=mcp-remote \
             version=0.1.12 named=CVE-2025-6514 fixed=0.1.39 rotate=",
        ),
        // A bridge around a local server is a package of its own.
        (
            r#"{"command":"npx","args":["mcp-remote@0.1.12","https://a.contoso.com/mcp","--","x"]}"#,
            "mcp-remote@0.1.12 kind=vulnerable firm severity=critical name=mcp-remote \
             version=0.1.12 named=CVE-2025-6514 fixed=0.1.39 rotate=",
        ),
        (
            r#"{"command":"uvx","args":["--with","MCP==1.22","contoso-server"]}"#,
            "MCP==1.22 kind=vulnerable firm severity=high name=MCP version=1.22 \
             named=CVE-2025-66416 and 3 more fixed=1.30.0 rotate=",
        ),
        // The worst of what holds, and how many faults there are.
        (
            r#"{"command":"uvx","args":["mcp-atlassian==0.16.1"]}"#,
            "mcp-atlassian==0.16.1 kind=vulnerable firm severity=critical name=mcp-atlassian \
             version=0.16.1 named=CVE-2026-27825 and 32 more fixed=0.22.0 rotate=",
        ),
        (
            r#"{"command":"docker","args":["run","-i","docker.io/grafana/mcp-k6:v0.6.0@sha256:2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"]}"#,
            "docker.io/grafana/mcp-k6:v0.6.0@sha256:\
             2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae kind=vulnerable \
             severity=medium name=docker.io/grafana/mcp-k6 version=v0.6.0 named=CVE-2026-89039 \
             fixed=0.7.0 rotate=",
        ),
        (
            r#"{"command":"go","args":["run","github.com/docker/mcp-gateway/cmd/docker-mcp@v0.27.0"]}"#,
            "github.com/docker/mcp-gateway/cmd/docker-mcp@v0.27.0 kind=vulnerable firm \
             severity=high name=github.com/docker/mcp-gateway/cmd/docker-mcp version=v0.27.0 \
             named=CVE-2025-64443 fixed=0.28.0 rotate=",
        ),
        (
            r#"{"command":"uvx","args":["--from","git+https://github.com/VeryGoodPlugins/whatsapp-mcp@v0.2.0","x"]}"#,
            "git+https://github.com/VeryGoodPlugins/whatsapp-mcp@v0.2.0 kind=vulnerable \
             severity=high name=github.com/VeryGoodPlugins/whatsapp-mcp version=v0.2.0 \
             named=CVE-2026-46555 fixed=0.2.1 rotate=",
        ),
        // Without a fix every commit has the fault.
        (
            r#"{"command":"npx","args":["-y","github:bazinga012/mcp_code_executor"]}"#,
            "github:bazinga012/mcp_code_executor kind=vulnerable severity=high \
             name=github.com/bazinga012/mcp_code_executor named=MCP-CODE-EXECUTOR-0.3.0 rotate=",
        ),
        (
            r#"{"command":"npx","args":["bazinga012/mcp_code_executor#0123456789abcdef0123456789abcdef01234567"]}"#,
            "bazinga012/mcp_code_executor#0123456789abcdef0123456789abcdef01234567 \
             kind=vulnerable severity=high name=github.com/bazinga012/mcp_code_executor \
             named=MCP-CODE-EXECUTOR-0.3.0 rotate=",
        ),
    ] {
        assert_eq!(advised(entry), [wanted], "{entry}");
    }
}

#[test]
fn no_advisory_where_nothing_is_certain() {
    for entry in [
        r#"{"command":"npx","args":["mcp-remote","https://mcp.contoso.com/mcp"]}"#,
        r#"{"command":"npx","args":["mcp-remote@${VERSION}","https://mcp.contoso.com/mcp"]}"#,
        r#"{"command":"npx","args":["mcp-remote@next","https://mcp.contoso.com/mcp"]}"#,
        r#"{"command":"npx","args":["geelen/mcp-remote#v0.1.12","https://mcp.contoso.com/mcp"]}"#,
        r#"{"command":"npx","args":["mcp-remote@github:geelen/mcp-remote#v0.1.12"]}"#,
        r#"{"command":"npx","args":["github:contoso/mcp-menu"]}"#,
        r#"{"command":"npx","args":["github:verygoodplugins/whatsapp-mcp#v0.2.1"]}"#,
        r#"{"command":"npx","args":["github:verygoodplugins/whatsapp-mcp"]}"#,
        r#"{"command":"npx","args":["github:verygoodplugins/whatsapp-mcp#${TAG}"]}"#,
        r#"{"command":"npx","args":["whatsapp-mcp@0.1.0"]}"#,
        r#"{"command":"uvx","args":["mcp-remote==0.1.12"]}"#,
        r#"{"command":"uvx","args":["mcp-atlassian>=0.16,<0.23"]}"#,
        r#"{"command":"npx","args":["./mcp-remote@0.1.12"]}"#,
        r#"{"command":"docker","args":["run","ghcr.io/sooperset/mcp-atlassian:sha-0123456"]}"#,
        r#"{"command":"docker","args":["run","mcp-atlassian:0.16.0"]}"#,
    ] {
        assert_eq!(advised(entry), [""; 0], "{entry}");
    }
}

#[test]
fn circumstances_of_an_advisory() {
    let shell = |env: &str| {
        advised(&format!(
            r#"{{"command":"go","args":["run","github.com/sonirico/mcp-shell@v0.5.0"],"env":{env}}}"#
        ))
        .len()
    };
    assert_eq!(shell("{}"), 1);
    assert_eq!(shell(r#"{"MCP_SHELL_SEC_CONFIG_FILE":"rules.yaml"}"#), 0);
    let remote = |flag: &str| {
        let args = format!(r#"["mcp-remote@0.9.0","https://mcp.contoso.com/mcp"{flag}]"#);
        advised(&format!(r#"{{"command":"npx","args":{args}}}"#)).len()
    };
    assert_eq!(remote(""), 0);
    assert_eq!(remote(r#","--device-code""#), 1);
    assert_eq!(remote(r#","--header","X: --device-code""#), 0);
}

#[test]
fn malicious_packages_and_the_secrets_they_were_given() {
    let mail = |rest: &str| {
        advised(&format!(r#"{{"command":"npx","args":["-y","postmark-mcp@1.0.16"]{rest}}}"#))
    };
    let told = "postmark-mcp@1.0.16 kind=malicious firm severity=critical name=postmark-mcp \
                version=1.0.16 named=MAL-2025-47604 rotate=";
    assert_eq!(mail(""), [told]);
    let env = r#","env":{"POSTMARK_TOKEN":"${POSTMARK_TOKEN}","SENDER":"a@contoso.com"}"#;
    assert_eq!(mail(env), [format!("{told} and rotate POSTMARK_TOKEN")]);
    // What is written out is named too, and never shown.
    let token = mcp_guard_detect::secret::template::expand("ghp_{base62:30}{github-crc32}", "mail");
    let env = format!(r#","env":{{"MAIL":"{token}","API_KEY":"${{A}}"}}"#);
    let [line] = mail(&env).try_into().unwrap();
    assert_eq!(line, format!("{told} and rotate MAIL and API_KEY"));
    let many = (0..9).map(|n| format!(r#""TOKEN_{n}":"${{T{n}}}""#)).collect::<Vec<_>>().join(",");
    let [line] = mail(&format!(r#","env":{{{many}}}"#)).try_into().unwrap();
    assert!(line.ends_with("TOKEN_4, TOKEN_5 and 3 more"), "{line}");
    for entry in [
        // The newest release is one of the malicious ones.
        r#"{"command":"npx","args":["postmark-mcp"]}"#,
        // Names of which every release is malicious.
        r#"{"command":"npx","args":["mcp-server-git"]}"#,
        r#"{"command":"npx","args":["claud-code@${VERSION}"]}"#,
        r#"{"command":"npx","args":["claud-code@github:contoso/claud-code"]}"#,
    ] {
        let [line] = advised(entry).try_into().unwrap();
        assert!(line.contains("kind=malicious"), "{line}");
    }
}
