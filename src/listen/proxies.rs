//! Whose word on the sender's address is taken: the peer's own, or, where the
//! peer is a listed proxy, the last address in X-Forwarded-For that is not one. PURE.

use std::net::IpAddr;

/// Addresses and networks of our own proxies, or of forwarders of mail.
#[derive(Debug, Clone, Default)]
pub struct Proxies(Vec<(IpAddr, u8)>);

/// A text that is no network.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no address or network such as 10.0.0.0/8: correct [public] trusted_proxies or [smtp] forwarders")]
pub struct BadNetwork(String);

impl Proxies {
    /// Reads addresses and networks.
    pub fn parse(texts: &[String]) -> Result<Self, BadNetwork> {
        let one = |text: &String| {
            let bad = || BadNetwork(text.clone());
            let (address, length) = text.split_once('/').map_or((text.as_str(), None), |(a, l)| (a, Some(l)));
            let address: IpAddr = address.trim().parse().map_err(|_| bad())?;
            let longest = if address.is_ipv4() { 32 } else { 128 };
            let length = length.map_or(Ok(longest), |l| l.parse().map_err(|_| bad()))?;
            if length > longest { Err(bad()) } else { Ok((address, length)) }
        };
        texts.iter().map(one).collect::<Result<_, _>>().map(Self)
    }

    /// Whether an address is one of them.
    pub fn lists(&self, address: IpAddr) -> bool {
        self.0.iter().any(|(network, length)| same_network(*network, address, *length))
    }

    /// The sender, from the peer and the X-Forwarded-For lines in order.
    pub fn sender(&self, peer: IpAddr, forwarded: &[String]) -> IpAddr {
        if !self.lists(peer) {
            return peer;
        }
        let told = forwarded.iter().flat_map(|line| line.split(',')).map_while(|a| a.trim().parse::<IpAddr>().ok());
        let told: Vec<IpAddr> = told.collect();
        told.iter().rev().find(|a| !self.lists(**a)).or(told.first()).copied().unwrap_or(peer)
    }
}

fn same_network(a: IpAddr, b: IpAddr, length: u8) -> bool {
    let cut = |bits: u128, width: u8| if length == 0 { 0 } else { bits >> (width - length.min(width)) };
    match (a, b.to_canonical()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => cut(a.to_bits().into(), 32) == cut(b.to_bits().into(), 32),
        (IpAddr::V6(a), IpAddr::V6(b)) => cut(a.to_bits(), 128) == cut(b.to_bits(), 128),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sender(trusted: &[&str], peer: &str, forwarded: &[&str]) -> String {
        let own = |list: &[&str]| list.iter().map(|t| (*t).to_owned()).collect::<Vec<_>>();
        let proxies = Proxies::parse(&own(trusted)).expect("networks");
        proxies.sender(peer.parse().expect("an address"), &own(forwarded)).to_string()
    }

    #[test]
    fn only_our_own_proxies_are_believed() {
        assert_eq!(sender(&[], "192.0.2.1", &["8.8.8.8"]), "192.0.2.1");
        assert_eq!(sender(&["10.0.0.0/8"], "10.1.2.3", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(sender(&["10.0.0.0/8"], "10.1.2.3", &["1.1.1.1, 203.0.113.9, 10.9.9.9"]), "203.0.113.9");
        assert_eq!(sender(&["10.0.0.1"], "10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(sender(&["fd00::/8"], "fd00::1", &["2001:db8::1"]), "2001:db8::1");
        assert!(Proxies::parse(&["10.0.0.0/33".to_owned()]).is_err());
    }
}
