//! A way between two nodes that counts what passes, in both directions: encrypted bytes, as a network has to carry them.

use std::{
    io::{self, Read, Write},
    net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    thread,
};

/// A way to one address. It ends with the process.
pub(super) struct Wire {
    /// Where to connect to instead.
    pub(super) address: SocketAddr,
    bytes: Arc<AtomicU64>,
}

impl Wire {
    pub(super) fn to(target: SocketAddr) -> io::Result<Wire> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let (address, bytes) = (listener.local_addr()?, Arc::new(AtomicU64::new(0)));
        let count = bytes.clone();
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                // Whoever connects sees that nobody is there.
                if let Ok(far) = TcpStream::connect(target) {
                    let _ = join(near, far, &count);
                }
            }
        });
        Ok(Wire { address, bytes })
    }

    /// Bytes so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

fn join(near: TcpStream, far: TcpStream, count: &Arc<AtomicU64>) -> io::Result<()> {
    near.set_nodelay(true)?;
    far.set_nodelay(true)?;
    for (from, to) in [(near.try_clone()?, far.try_clone()?), (far, near)] {
        let count = count.clone();
        thread::spawn(move || {
            // However it ends, the other end learns it.
            let _ = carry(&from, &to, &count);
            let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
        });
    }
    Ok(())
}

fn carry(mut from: &TcpStream, mut to: &TcpStream, count: &AtomicU64) -> io::Result<()> {
    let mut room = [0u8; 64 * 1024];
    loop {
        let read = from.read(&mut room)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(&room[..read])?;
        count.fetch_add(read as u64, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_counted() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let wire = Wire::to(listener.local_addr().unwrap()).unwrap();
        let mut near = TcpStream::connect(wire.address).unwrap();
        let (mut far, _) = listener.accept().unwrap();
        near.write_all(&[1; 1_000]).unwrap();
        far.read_exact(&mut [0; 1_000]).unwrap();
        far.write_all(&[2; 200]).unwrap();
        near.read_exact(&mut [0; 200]).unwrap();
        drop(near);
        assert_eq!(far.read(&mut [0; 1]).unwrap(), 0);
        crate::wait_for("the count", std::time::Duration::from_secs(10), || match wire.bytes() {
            1_200 => crate::Seen::Yes(()),
            other => crate::Seen::NotYet(other.to_string()),
        })
        .unwrap();
    }
}
