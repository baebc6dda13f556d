use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::name::normal;

/// The address a host spells, in any of the spellings that programs accept.
///
/// IPv4 is read as `inet_aton` and the WHATWG URL standard read it: one to four numbers, decimal, octal (`0…`) or
/// hexadecimal (`0x…`), the last of which fills the remaining bytes. Escapes, full-width digits, brackets, zone, port
/// and a trailing dot do not matter. An IPv4-mapped IPv6 address is the IPv4 address.
#[must_use]
pub fn address(host: &str) -> Option<IpAddr> {
    from_normal(&normal(host)?)
}

/// The address of a host that is in normal form.
pub(super) fn from_normal(host: &str) -> Option<IpAddr> {
    if host.contains(':') {
        host.parse::<Ipv6Addr>().ok().map(|address| address.to_canonical())
    } else {
        ipv4(host).map(IpAddr::V4)
    }
}

/// The IPv4 address that an IPv6 address carries: NAT64 (RFC 6052), 6to4 (RFC 3056), IPv4-compatible (RFC 4291).
pub(super) fn carried(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = address.segments();
    let of = |high: u16, low: u16| Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low));
    match (a, b, c, d, e, f) {
        (0x64, 0xff9b, 0, 0, 0, 0) => Some(of(g, h)),
        (0x2002, ..) => Some(of(b, c)),
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(of(g, h)),
        _ => None,
    }
}

fn ipv4(host: &str) -> Option<Ipv4Addr> {
    let mut bits = 0_u64;
    let mut parts = host.split('.');
    let mut shift = 32_u32;
    let mut part = parts.next()?;
    for next in parts {
        shift = shift.checked_sub(8).filter(|shift| *shift > 0)?;
        bits |= number(part).filter(|value| *value <= 0xff)? << shift;
        part = next;
    }
    let last = number(part).filter(|value| *value < 1 << shift)?;
    u32::try_from(bits | last).ok().map(Ipv4Addr::from_bits)
}

/// A number as `inet_aton` reads it. `0x` alone is zero, as in the URL standard.
fn number(text: &str) -> Option<u64> {
    let (digits, radix) = match text.as_bytes() {
        [b'0', b'x' | b'X', ..] => (text.get(2..)?, 16),
        [b'0', _, ..] => (text.get(1..)?, 8),
        _ => (text, 10),
    };
    match digits {
        "" if radix == 16 => Some(0),
        _ if digits.bytes().all(|byte| char::from(byte).is_digit(radix)) => {
            u64::from_str_radix(digits, radix).ok()
        }
        _ => None,
    }
}
