use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::address::{carried, from_normal};
use super::name::normal;
use super::placeholder;

/// Where a host is, as far as its spelling tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostClass {
    /// The machine itself: `localhost`, `127.0.0.0/8`, `::1`.
    Loopback,
    /// A network that is not the internet: RFC 1918, unique local, link-local, shared (RFC 6598), `.internal`, `.lan`, …
    Private,
    /// The metadata service of a cloud, which hands out credentials.
    Metadata,
    /// All interfaces: `0.0.0.0`, `::`, `*`.
    Wildcard,
    /// The internet.
    Public,
    /// A name without a dot, such as the service name in a container network: private in effect.
    SingleLabel,
    /// The host, or the part that decides where it is, is filled in later.
    Placeholder,
    /// Reserved for documentation and tests: RFC 2606, RFC 5737, RFC 3849.
    Example,
    /// Not a host that can be connected to.
    Invalid,
}

impl HostClass {
    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Loopback => "loopback",
            Self::Private => "private",
            Self::Metadata => "metadata",
            Self::Wildcard => "wildcard",
            Self::Public => "public",
            Self::SingleLabel => "single-label",
            Self::Placeholder => "placeholder",
            Self::Example => "example",
            Self::Invalid => "invalid",
        }
    }
}

/// Says where a host is. No name is resolved.
///
/// A placeholder in front of a domain does not hide where the domain is: `${app}.azurewebsites.net` is public,
/// `api.${DOMAIN}` is a placeholder.
#[must_use]
pub fn classify(host: &str) -> HostClass {
    if let Some(tail) = placeholder::tail(host.trim()) {
        return of_tail(tail);
    }
    let Some(host) = normal(host) else { return HostClass::Invalid };
    if host == "*" {
        return HostClass::Wildcard;
    }
    match from_normal(&host) {
        Some(IpAddr::V4(address)) => of_ipv4(address),
        Some(IpAddr::V6(address)) => of_ipv6(address),
        None if !is_name(&host) => HostClass::Invalid,
        None => of_name(&host),
    }
}

/// The class of a host that ends in `tail` after its last placeholder.
fn of_tail(tail: &str) -> HostClass {
    let Some(name) = tail.strip_prefix('.').and_then(normal).filter(|name| is_name(name)) else {
        return HostClass::Placeholder;
    };
    match special(&name, true) {
        Some(class) => class,
        None if name.contains('.') => HostClass::Public,
        None => HostClass::Placeholder,
    }
}

fn of_name(name: &str) -> HostClass {
    if let Some(class) = special(name, false) {
        return class;
    }
    let mut labels = name.rsplit('.');
    match (labels.next(), labels.next()) {
        (Some(_), Some(domain)) if stands_in(domain) => HostClass::Placeholder,
        (Some(label), None) if stands_in(label) => HostClass::Placeholder,
        (Some(_), Some(_)) => HostClass::Public,
        _ => HostClass::SingleLabel,
    }
}

/// The class of a name that is not simply public. `below` asks for the names below it instead.
fn special(name: &str, below: bool) -> Option<HostClass> {
    let within = |zone: &&str| {
        name.strip_suffix(*zone)
            .is_some_and(|front| front.ends_with('.') || (below && front.is_empty()))
    };
    let at_or_within = |zone: &&str| name == *zone || within(zone);
    if !below && METADATA_NAMES.contains(&name) {
        Some(HostClass::Metadata)
    } else if LOOPBACK_ZONES.iter().any(at_or_within) {
        Some(HostClass::Loopback)
    } else if PRIVATE_ZONES.iter().any(within) {
        Some(HostClass::Private)
    } else if EXAMPLE_DOMAINS.iter().any(at_or_within) || EXAMPLE_ZONES.iter().any(within) {
        Some(HostClass::Example)
    } else {
        ADDRESS_ZONES
            .iter()
            .find_map(|zone| of_spelled(name.strip_suffix(*zone)?.strip_suffix('.')?))
    }
}

/// The class of the address that the labels before an address zone spell: `a.127.0.0.1`, `a-127-0-0-1`, `a.7f000001`.
fn of_spelled(labels: &str) -> Option<HostClass> {
    let last = labels.rsplit('.').next().unwrap_or_default();
    let four = |text: &str, separator: char| {
        let mut parts: Vec<&str> = text.rsplitn(5, separator).take(4).collect();
        parts.reverse();
        parts.join(".").parse::<Ipv4Addr>().ok()
    };
    let hexadecimal = |text: &str| {
        let digits = text.rsplit('-').next().filter(|digits| digits.len() == 8)?;
        u32::from_str_radix(digits, 16).ok().map(Ipv4Addr::from_bits)
    };
    four(labels, '.')
        .or_else(|| four(last, '-'))
        .or_else(|| hexadecimal(last))
        .map(of_ipv4)
        .or_else(|| last.replace('-', ":").parse().ok().map(of_ipv6))
}

fn of_ipv4(address: Ipv4Addr) -> HostClass {
    let [a, b, c, _] = address.octets();
    match (a, b, c) {
        _ if METADATA_IPV4.contains(&address) => HostClass::Metadata,
        _ if address.is_unspecified() => HostClass::Wildcard,
        _ if address.is_loopback() => HostClass::Loopback,
        _ if address.is_documentation() => HostClass::Example,
        _ if address.is_private() || address.is_link_local() => HostClass::Private,
        // RFC 6598 shared, RFC 6890 protocol assignments, RFC 2544 benchmarks.
        (100, 64..=127, _) | (192, 0, 0) | (198, 18..=19, _) => HostClass::Private,
        // This network (RFC 1122), multicast, reserved, broadcast.
        (0 | 224..=255, ..) => HostClass::Invalid,
        _ => HostClass::Public,
    }
}

fn of_ipv6(address: Ipv6Addr) -> HostClass {
    if METADATA_IPV6.contains(&address) {
        return HostClass::Metadata;
    }
    if let IpAddr::V4(mapped) = address.to_canonical() {
        return of_ipv4(mapped);
    }
    if let Some(carried) = carried(address) {
        return of_ipv4(carried);
    }
    let [a, b, c, ..] = address.segments();
    match (a, b, c) {
        _ if address.is_unspecified() => HostClass::Wildcard,
        _ if address.is_loopback() => HostClass::Loopback,
        _ if address.is_unique_local() || address.is_unicast_link_local() => HostClass::Private,
        // Site-local (RFC 3879), local NAT64 (RFC 8215).
        (0xfec0..=0xfeff, ..) | (0x64, 0xff9b, 1) => HostClass::Private,
        // Documentation (RFC 3849, RFC 9637).
        (0x2001, 0xdb8, _) | (0x3fff, 0..=0xfff, _) => HostClass::Example,
        // Multicast, discard-only (RFC 6666).
        (0xff00.., ..) | (0x100, 0, 0) => HostClass::Invalid,
        _ => HostClass::Public,
    }
}

/// Whether a normal form is a name that can be looked up (RFC 1123 with underscores, or internationalised).
fn is_name(host: &str) -> bool {
    let allowed = |c: char| {
        c.is_ascii_alphanumeric()
            || matches!(c, '-' | '_')
            || !c.is_ascii() && !c.is_whitespace() && !c.is_control()
    };
    let label = |label: &str| !label.is_empty() && label.len() <= 63 && label.chars().all(allowed);
    // A name whose last label is a number can only be a broken address.
    let last = host.rsplit('.').next().unwrap_or_default();
    let digits = last.strip_prefix("0x").map_or_else(
        || last.bytes().all(|byte| byte.is_ascii_digit()),
        |hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()),
    );
    host.len() <= 253 && !digits && host.split('.').all(label)
}

/// Whether a label asks to be replaced: `your-domain`, `yourcompany`.
fn stands_in(label: &str) -> bool {
    label.strip_prefix("your").is_some_and(|rest| {
        rest.starts_with(['-', '_'])
            || ["domain", "company", "server", "host", "site", "org", "app", "tenant", "instance"]
                .contains(&rest)
    })
}

/// Names of metadata services: Google, Amazon, Azure, Tencent, Equinix, IBM.
const METADATA_NAMES: [&str; 11] = [
    "metadata",
    "metadata.google.internal",
    "metadata.goog",
    "metadata.azure.com",
    "metadata.azure.internal",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata.tencentyun.com",
    "metadata.platformequinix.com",
    "metadata.packet.net",
    "api.metadata.cloud.ibm.com",
];

const METADATA_IPV4: [Ipv4Addr; 8] = [
    // The address that most clouds share.
    Ipv4Addr::new(169, 254, 169, 254),
    // Amazon: containers (ECS), pods (EKS).
    Ipv4Addr::new(169, 254, 170, 2),
    Ipv4Addr::new(169, 254, 170, 23),
    // Alibaba.
    Ipv4Addr::new(100, 100, 100, 200),
    // Oracle.
    Ipv4Addr::new(192, 0, 0, 192),
    // Azure's host agent.
    Ipv4Addr::new(168, 63, 129, 16),
    // Tencent.
    Ipv4Addr::new(169, 254, 0, 23),
    // Scaleway.
    Ipv4Addr::new(169, 254, 42, 42),
];

const METADATA_IPV6: [Ipv6Addr; 6] = [
    // Amazon: instances, pods.
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254),
    Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x23),
    // Google.
    Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254),
    // Oracle.
    Ipv6Addr::new(0xfd00, 0xc1, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    // OpenStack.
    Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0xa9fe, 0xa9fe),
    // Scaleway.
    Ipv6Addr::new(0xfd00, 0x42, 0, 0, 0, 0, 0, 0x42),
];

/// Zones of the machine itself: RFC 6761, hosts files, and two public domains that resolve to it.
const LOOPBACK_ZONES: [&str; 7] = [
    "localhost",
    "localhost.localdomain",
    "localhost6",
    "ip6-localhost",
    "ip6-loopback",
    "localtest.me",
    "lvh.me",
];

/// Zones that are not in the public name system: RFC 6762, RFC 8375, ICANN's `internal`, and those in common use.
const PRIVATE_ZONES: [&str; 13] = [
    "local",
    "internal",
    "lan",
    "home.arpa",
    "home",
    "corp",
    "intranet",
    "intra",
    "private",
    "localdomain",
    "svc",
    "docker",
    "consul",
];

/// RFC 2606 section 3.
const EXAMPLE_DOMAINS: [&str; 4] = ["example.com", "example.net", "example.org", "example"];

/// RFC 2606 section 2, without `localhost`.
const EXAMPLE_ZONES: [&str; 2] = ["test", "invalid"];

/// Zones whose names resolve to the address they spell.
const ADDRESS_ZONES: [&str; 3] = ["nip.io", "sslip.io", "xip.io"];
