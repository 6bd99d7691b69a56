//! Free loopback ports.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    ops::Range,
};

/// Below the range from which the system takes the ports of outgoing connections: one of those could otherwise sit on
/// a node's port at the moment the node starts again.
const RANGE: Range<u16> = 15_000..32_000;
/// Ports tried before giving up.
const TRIES: usize = 10_000;

/// Addresses that were free a moment ago. All are held at the same time, so that none is given twice.
pub fn free(count: usize) -> io::Result<Vec<SocketAddr>> {
    let mut held = Vec::with_capacity(count);
    for _ in 0..TRIES {
        if held.len() == count {
            break;
        }
        if let Ok(listener) = TcpListener::bind((Ipv4Addr::LOCALHOST, rand::random_range(RANGE))) {
            held.push(listener);
        }
    }
    match held.len() == count {
        true => held.iter().map(TcpListener::local_addr).collect(),
        false => Err(io::Error::new(io::ErrorKind::AddrInUse, format!("no {count} free ports on this machine"))),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn all_differ() {
        let mut ports = super::free(32).unwrap();
        ports.sort();
        ports.dedup();
        assert_eq!(ports.len(), 32);
    }
}
