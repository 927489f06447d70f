//! Where a request may go: not into the machine it comes from, nor into its network, unless that is allowed.
//!
//! The address is checked after the name is resolved and is the one that is connected to, so a name that
//! means something else a moment later changes nothing. Redirects are never followed.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use formwork_model::{text, text::Text};

/// The addresses of a host, all of them allowed.
pub(super) async fn resolve(host: &str, port: u16, internal: bool) -> Result<Vec<SocketAddr>, Text> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let found: Vec<SocketAddr> = match bare.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => tokio::net::lookup_host((bare, port))
            .await
            .map_err(|error| text!("{bare} is not known: {error}", "无法解析 {bare}：{error}"))?
            .collect(),
    };
    if found.is_empty() {
        return Err(text!("{bare} has no address", "{bare} 没有地址"));
    }
    // One bad address among good ones is enough: which of them is taken is not ours to choose.
    if !internal && let Some(bad) = found.iter().find(|address| !is_public(address.ip())) {
        let ip = bad.ip();
        return Err(text!(
            "{bare} lies in a private network ({ip}); the connector needs `internal: true`, and the server `--allow-internal`",
            "{bare} 位于内部网络（{ip}）；连接器需写 `internal: true`，服务需加 `--allow-internal`"
        ));
    }
    Ok(found)
}

/// Whether an address is one of the public internet.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => match embedded(ip) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(ip),
        },
    }
}

/// The IPv4 address inside an IPv6 one: mapped, compatible, NAT64 or 6to4.
fn embedded(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let [a, b, c, d, e, f, g, h] = ip.segments();
    let low = Ipv4Addr::from((u32::from(g) << 16) | u32::from(h));
    match (a, b, c, d, e, f) {
        (0, 0, 0, 0, 0, 0xffff) => Some(low),
        (0, 0, 0, 0, 0, 0) if g != 0 => Some(low),
        (0x64, 0xff9b, 0, 0, 0, 0) => Some(low),
        (0x2002, ..) => Some(Ipv4Addr::from((u32::from(b) << 16) | u32::from(c))),
        _ => None,
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let reserved = matches!(
        (a, b, c),
        (0 | 10 | 127 | 240..=255, ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 168, _)
            | (192, 0, 0 | 2)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
            | (224..=239, ..)
    );
    !reserved
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    // Only 2000::/3 is given out; 2001:db8::/32 is for documents.
    let [a, b, ..] = ip.segments();
    a & 0xe000 == 0x2000 && !(a == 0x2001 && b == 0x0db8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_public() {
        for ip in ["8.8.8.8", "114.114.114.114", "2606:4700::1111", "::ffff:8.8.8.8", "100.128.0.1"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::a00:1",
            "2002:7f00:1::",
            "::7f00:1",
            "2001:db8::1",
        ] {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[tokio::test]
    async fn a_private_address_is_refused_unless_it_is_allowed() {
        for host in ["127.0.0.1", "localhost", "[::1]", "10.0.0.1"] {
            assert!(resolve(host, 80, false).await.is_err(), "{host}");
        }
        assert!(resolve("127.0.0.1", 80, true).await.is_ok());
    }
}
