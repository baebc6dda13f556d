use std::net::IpAddr;
use std::str::FromStr;

use super::address::address;

/// A network in CIDR notation (RFC 4632, RFC 4291), such as `10.0.0.0/8`; a bare address is a network of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Cidr {
    address: IpAddr,
    prefix: u8,
}

/// Why a text is no [`Cidr`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CidrError {
    /// What stands before the slash is no address.
    #[error("not an IP address")]
    Address,
    /// The prefix is no number, or longer than the address.
    #[error("the prefix length must be a number up to 32 (IPv4) or 128 (IPv6)")]
    Prefix,
    /// The address has bits set beyond the prefix, so it is unclear which network is meant.
    #[error("the address has bits set beyond the prefix")]
    HostBits,
}

/// Whether the host is spelled as an address in one of the networks. A name is in none.
#[must_use]
pub fn cidr_in(host: &str, nets: &[Cidr]) -> bool {
    address(host).is_some_and(|address| nets.iter().any(|net| net.contains(address)))
}

impl Cidr {
    /// Whether the address lies in the network. An IPv4-mapped IPv6 address is the IPv4 address.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                net.to_bits() == head4(address.to_bits(), self.prefix)
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                net.to_bits() == head6(address.to_bits(), self.prefix)
            }
            _ => false,
        }
    }
}

impl FromStr for Cidr {
    type Err = CidrError;

    fn from_str(text: &str) -> Result<Self, CidrError> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address = address.parse::<IpAddr>().map_err(|_| CidrError::Address)?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => longest,
            Some(digits) if !digits.starts_with('+') => {
                digits.parse().map_err(|_| CidrError::Prefix)?
            }
            Some(_) => return Err(CidrError::Prefix),
        };
        if prefix > longest {
            return Err(CidrError::Prefix);
        }
        let clean = match address {
            IpAddr::V4(address) => address.to_bits() == head4(address.to_bits(), prefix),
            IpAddr::V6(address) => address.to_bits() == head6(address.to_bits(), prefix),
        };
        match (clean, address.to_canonical()) {
            (false, _) => Err(CidrError::HostBits),
            (true, IpAddr::V4(mapped)) if prefix >= 96 => {
                Ok(Self { address: IpAddr::V4(mapped), prefix: prefix - 96 })
            }
            (true, _) => Ok(Self { address, prefix }),
        }
    }
}

/// The first `prefix` bits; the rest is zero.
fn head4(bits: u32, prefix: u8) -> u32 {
    let rest = 32_u32.saturating_sub(u32::from(prefix));
    bits.checked_shr(rest).and_then(|head| head.checked_shl(rest)).unwrap_or(0)
}

/// The first `prefix` bits; the rest is zero.
fn head6(bits: u128, prefix: u8) -> u128 {
    let rest = 128_u32.saturating_sub(u32::from(prefix));
    bits.checked_shr(rest).and_then(|head| head.checked_shl(rest)).unwrap_or(0)
}
