//! TLS to nodes and webhooks: only the CAs of a file vouch for whoever is reached; none comes with the program or the system.

use crate::{
    failure::{Failure, Result},
    storage,
};
use rustls::{
    CertificateError, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{net::IpAddr, path::Path, sync::Arc};
use ureq::{
    Agent,
    config::ConfigBuilder,
    tls::{Certificate, RootCerts, TlsConfig},
    typestate::AgentScope,
    unversioned::{
        resolver::DefaultResolver,
        transport::{ConnectProxyConnector, Connector, TcpConnector},
    },
};

/// Largest file of CAs, in bytes.
const MAX_FILE: usize = 64 * 1024;

/// An agent that speaks TLS alone where there are roots to trust, and then only those; without roots it speaks none, and
/// refuses what begins with `https`. It follows no redirect, and takes every status for an answer.
pub(crate) fn agent(config: ConfigBuilder<AgentScope>, roots: Option<&RootCerts>) -> Agent {
    let config = config.http_status_as_error(false).max_redirects(0).max_redirects_will_error(false);
    let Some(roots) = roots else {
        let connector = ().chain(ConnectProxyConnector::default()).chain(TcpConnector::default());
        return Agent::with_parts(config.build(), connector, DefaultResolver::default());
    };
    let tls = TlsConfig::builder()
        .root_certs(roots.clone())
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .build();
    config.https_only(true).tls_config(tls).build().new_agent()
}

/// The certificates of a PEM file. Errors: that of `wrong`, with what is wrong, where one of them is none, or there is none
/// at all; H1403.
pub(crate) fn roots(file: &Path, wrong: impl Fn(String) -> Failure) -> Result<RootCerts> {
    let pem = storage::read(file, MAX_FILE)?;
    let certificates = CertificateDer::pem_slice_iter(&pem).collect::<std::result::Result<Vec<_>, _>>();
    let certificates = certificates.map_err(|error| wrong(format!("not PEM: {error}")))?;
    if certificates.is_empty() {
        return Err(wrong("no certificate in PEM".to_owned()));
    }
    for certificate in &certificates {
        // Whoever is to be trusted can be read: what cannot be is not left out in silence.
        let read = RootCertStore::empty().add(certificate.clone());
        read.map_err(|error| wrong(format!("no certificate: {error}")))?;
    }
    Ok(certificates.iter().map(|certificate| Certificate::from_der(certificate).to_owned()).into())
}

/// Whether a URL is of this computer.
pub(crate) fn is_here(url: &str) -> bool {
    let host = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://")).and_then(host);
    host.is_some_and(|host| host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()))
}

/// Whether a URL is plain HTTP to this computer: nobody else hears what is said to it.
pub(crate) fn is_local(url: &str) -> bool {
    url.starts_with("http://") && is_here(url)
}

/// Whether a URL is HTTP over TLS, to a host that a certificate can name.
pub(crate) fn is_by_tls(url: &str) -> bool {
    let host = url.strip_prefix("https://").and_then(host);
    host.is_some_and(|host| ServerName::try_from(host).is_ok())
}

/// The host of a URL, of which the scheme is gone; none where it is not plain which that is.
fn host(rest: &str) -> Option<&str> {
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // What stands before an @ is no host, whatever it looks like.
    if authority.contains(['@', '\\']) {
        return None;
    }
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => rest.split_once(']')?,
        None => authority.split_at(authority.find(':').unwrap_or(authority.len())),
    };
    let is_port = port.is_empty() || port.strip_prefix(':').is_some_and(|port| port.parse::<u16>().is_ok());
    is_port.then_some(host)
}

/// Why whoever answers is not who was meant. Nothing was said to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Distrust {
    /// None of the CAs vouches for it.
    Ca,
    /// Its certificate has expired.
    Expired,
    /// Its certificate is not valid yet.
    Early,
    /// Its certificate is for another host.
    Host,
    /// What it speaks is no TLS.
    NoTls,
    /// No TLS came about for another reason.
    Other,
}

impl Distrust {
    /// That of a failure; none where it failed for something else than TLS.
    pub(crate) fn of(error: &ureq::Error) -> Option<Distrust> {
        let tls = match error {
            ureq::Error::Rustls(tls) => tls,
            ureq::Error::Io(error) => error.get_ref()?.downcast_ref::<rustls::Error>()?,
            _ => return None,
        };
        Some(match tls {
            rustls::Error::InvalidCertificate(fault) => Distrust::in_certificate(fault),
            rustls::Error::InvalidMessage(_) => Distrust::NoTls,
            _ => Distrust::Other,
        })
    }

    fn in_certificate(fault: &CertificateError) -> Distrust {
        match fault {
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Distrust::Ca,
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Distrust::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Distrust::Early,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => Distrust::Host,
            _ => Distrust::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A CA in PEM.
    fn ca() -> String {
        let key = rcgen::KeyPair::generate().unwrap();
        rcgen::CertificateParams::default().self_signed(&key).unwrap().pem()
    }

    #[test]
    fn a_file_of_cas_is_read_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let wrong = |detail: String| Failure::new("H1640", [("detail", detail)]);
        let read = |text: &str| {
            std::fs::write(dir.path().join("ca.pem"), text).unwrap();
            roots(&dir.path().join("ca.pem"), wrong)
                .map(|_| ())
                .map_err(|failure| (failure.code.clone(), failure.params.get("detail").cloned().unwrap_or_default()))
        };
        let whole = ca();
        assert_eq!(read(&whole), Ok(()));
        let key = rcgen::KeyPair::generate().unwrap().serialize_pem();
        let cut = whole.split("-----END").next().unwrap();
        let other = "-----BEGIN CERTIFICATE-----\naGVsbG8=\n-----END CERTIFICATE-----\n";
        let cases = [
            (String::new(), "no certificate in PEM"),
            ("a word".to_owned(), "no certificate in PEM"),
            (key, "no certificate in PEM"),
            (cut.to_owned(), "not PEM"),
            (whole.replace("MII", "M*I"), "not PEM"),
            (other.to_owned(), "no certificate: "),
            (format!("{whole}{other}"), "no certificate: "),
        ];
        for (text, expected) in cases {
            let (code, detail) = read(&text).unwrap_err();
            assert!(code == "H1640" && detail.starts_with(expected), "{code} {detail}: {text}");
        }
        assert_eq!(roots(&dir.path().join("none"), wrong).unwrap_err().code, "H1403");
    }
}
