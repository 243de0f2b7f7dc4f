//! The address of a client, behind any number of trusted proxies.

use std::net::{IpAddr, SocketAddr};

use axum::http::Extensions;

/// The other end of the connection, put into each request by the server loop.
#[derive(Debug, Clone, Copy)]
pub struct Peer(pub SocketAddr);

impl Peer {
    /// The peer of a request; `None` for requests that came through no connection.
    #[must_use]
    pub fn of(extensions: &Extensions) -> Option<IpAddr> {
        extensions.get::<Self>().map(|Self(address)| address.ip())
    }
}

/// The address `trusted_hops` from the right of `X-Forwarded-For`, whose header lines are `forwarded`; the peer's
/// where the list is shorter or holds something else there, and always with no trusted hops.
///
/// Invariant: what a client writes into the header itself is further left than what trusted proxies add, and is
/// never believed.
#[must_use]
pub fn of_client(peer: Option<IpAddr>, forwarded: &[&str], trusted_hops: usize) -> Option<IpAddr> {
    let Some(last) = trusted_hops.checked_sub(1) else {
        return peer;
    };
    forwarded
        .iter()
        .rev()
        .flat_map(|line| line.rsplit(','))
        .nth(last)
        .and_then(|hop| parse(hop.trim()))
        .or(peer)
}

fn parse(hop: &str) -> Option<IpAddr> {
    let plain = hop.trim_start_matches('[').trim_end_matches(']');
    plain
        .parse()
        .ok()
        .or_else(|| hop.parse::<SocketAddr>().ok().map(|address| address.ip()))
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::nothing_trusted(&["1.1.1.1"], 0, "9.9.9.9")]
    #[case::one_proxy(&["1.1.1.1"], 1, "1.1.1.1")]
    #[case::forged_on_the_left(&["6.6.6.6, 1.1.1.1"], 1, "1.1.1.1")]
    #[case::two_proxies(&["6.6.6.6, 1.1.1.1, 2.2.2.2"], 2, "1.1.1.1")]
    #[case::several_lines(&["6.6.6.6", "1.1.1.1, 2.2.2.2"], 2, "1.1.1.1")]
    #[case::too_short(&["1.1.1.1"], 2, "9.9.9.9")]
    #[case::nothing_forwarded(&[], 1, "9.9.9.9")]
    #[case::not_an_address(&["unknown"], 1, "9.9.9.9")]
    #[case::with_port(&["1.1.1.1:4711"], 1, "1.1.1.1")]
    #[case::v6(&["2001:db8::1"], 1, "2001:db8::1")]
    #[case::v6_in_brackets(&["[2001:db8::1]"], 1, "2001:db8::1")]
    #[case::v6_with_port(&["[2001:db8::1]:4711"], 1, "2001:db8::1")]
    fn only_what_trusted_proxies_say_is_believed(
        #[case] forwarded: &[&str],
        #[case] trusted_hops: usize,
        #[case] address: IpAddr,
    ) {
        let peer = "9.9.9.9".parse().ok();
        assert_eq!(of_client(peer, forwarded, trusted_hops), Some(address));
    }
}
