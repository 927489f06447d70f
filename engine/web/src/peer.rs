//! From which address a request comes.

use std::net::{IpAddr, Ipv6Addr};

use axum::http::{HeaderMap, HeaderName, request::Parts};

/// The other end of a connection; a request has it among its extensions.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// The address that a request comes from: the other end of the connection, or what a reverse proxy of ours says.
/// `None` when it came through no connection.
pub(crate) fn address(parts: &Parts, proxies: &[IpAddr]) -> Option<IpAddr> {
    let peer = parts.extensions.get::<Peer>()?.0.to_canonical();
    Some(if proxies.contains(&peer) { forwarded(&parts.headers, proxies).unwrap_or(peer) } else { peer })
}

/// The last address of `X-Forwarded-For` that is no proxy of ours: what stands before it, anybody can have written.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines = headers.get_all(HeaderName::from_static("x-forwarded-for"));
    let lines: Vec<&str> = lines.iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().rev().flat_map(|line| line.rsplit(','));
    loop {
        let hop: IpAddr = hops.next()?.trim().parse().ok()?;
        if !proxies.contains(&hop.to_canonical()) {
            return Some(hop.to_canonical());
        }
    }
}

/// The address as it is counted: of IPv6 the network of 64 bits, because one host has all of it.
pub(crate) fn counted(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderValue, Request};

    use super::*;

    fn seen(peer: &str, forwarded: &[&str], proxies: &[&str]) -> String {
        let mut parts = Request::new(()).into_parts().0;
        parts.extensions.insert(Peer(peer.parse().unwrap()));
        for line in forwarded {
            parts.headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        let proxies: Vec<IpAddr> = proxies.iter().map(|proxy| proxy.parse().unwrap()).collect();
        address(&parts, &proxies).unwrap().to_string()
    }

    #[test]
    fn only_a_proxy_of_ours_is_believed_and_only_what_it_added() {
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"], &[]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["198.51.100.9"], &["192.0.2.2"]), "192.0.2.1");
        assert_eq!(seen("192.0.2.1", &["10.0.0.1, 198.51.100.9"], &["192.0.2.1"]), "198.51.100.9");
        assert_eq!(seen("192.0.2.1", &["10.0.0.1", "198.51.100.9, 192.0.2.1"], &["192.0.2.1"]), "198.51.100.9");
        assert_eq!(seen("192.0.2.1", &["198.51.100.9, nonsense"], &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(seen("::ffff:192.0.2.1", &["198.51.100.9"], &["192.0.2.1"]), "198.51.100.9");
    }

    #[test]
    fn one_host_is_counted_once() {
        let counted = |text: &str| counted(text.parse().unwrap()).to_string();
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2::9"));
        assert_ne!(counted("2001:db8:1:2::9"), counted("2001:db8:1:3::9"));
        assert_eq!(counted("192.0.2.7"), "192.0.2.7");
    }
}
