//! TLS: a certificate and its key from PEM files, read again when they change.

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use arc_swap::ArcSwap;
use sha2::{Digest, Sha256};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// A certificate in use. Cheap to clone.
#[derive(Clone)]
pub struct Tls(Arc<Inner>);

struct Inner {
    certificate: PathBuf,
    key: PathBuf,
    config: ArcSwap<ServerConfig>,
    /// The hash of the files that `config` was made of.
    seen: Mutex<[u8; 32]>,
}

impl fmt::Debug for Tls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Tls").field("certificate", &self.0.certificate).finish_non_exhaustive()
    }
}

impl Tls {
    /// Reads the certificate chain and the private key.
    ///
    /// # Errors
    /// When a file can't be read, or the two make no certificate.
    pub fn load(certificate: &Path, key: &Path) -> io::Result<Self> {
        let (config, seen) = read(certificate, key)?;
        let (certificate, key) = (certificate.to_owned(), key.to_owned());
        Ok(Self(Arc::new(Inner { certificate, key, config: ArcSwap::from_pointee(config), seen: Mutex::new(seen) })))
    }

    /// Reads the files again. Connections that are open go on with what they began with. Returns whether the files have
    /// changed.
    ///
    /// # Errors
    /// As [`Tls::load`]; what was read before stays in use.
    pub fn reload(&self) -> io::Result<bool> {
        let Inner { certificate, key, config, seen } = &*self.0;
        if hash(&fs::read(certificate)?, &fs::read(key)?) == *seen.lock().unwrap_or_else(PoisonError::into_inner) {
            return Ok(false);
        }
        let (made, hash) = read(certificate, key)?;
        config.store(Arc::new(made));
        *seen.lock().unwrap_or_else(PoisonError::into_inner) = hash;
        Ok(true)
    }

    /// What makes a connection a secure one.
    pub(crate) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(self.0.config.load_full())
    }
}

fn hash(certificate: &[u8], key: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(Sha256::digest(certificate)).chain_update(key).finalize().into()
}

fn read(certificate: &Path, key: &Path) -> io::Result<(ServerConfig, [u8; 32])> {
    let unfit = |what: &Path, error: &dyn fmt::Display| {
        io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", what.display()))
    };
    let open = |path: &Path| {
        fs::read(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    };
    let (chain_pem, key_pem) = (open(certificate)?, open(key)?);
    let chain = CertificateDer::pem_slice_iter(&chain_pem)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| unfit(certificate, &error))?;
    let private = PrivateKeyDer::from_pem_slice(&key_pem).map_err(|error| unfit(key, &error))?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, private))
        .map_err(|error| unfit(certificate, &error))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((config, hash(&chain_pem, &key_pem)))
}
