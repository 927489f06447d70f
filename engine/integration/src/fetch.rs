//! One HTTP request on a connection of its own: the address is checked, redirects are answers like others. Whoever asks
//! says how long it may take.

mod address;

use std::sync::Arc;

use formwork_model::{text, text::Text};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
    header::{HOST, HeaderValue, USER_AGENT},
};
use hyper_util::rt::TokioIo;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

/// An answer longer than this is not read.
const MOST: usize = 1 << 20;

/// Sends requests.
#[derive(Debug)]
pub struct Client {
    allow_internal: bool,
    tls: std::sync::OnceLock<Result<Arc<ClientConfig>, Text>>,
}

impl Client {
    /// A client that reaches private networks only when the operator allows it, and then only for requests that say
    /// that they may.
    pub fn new(allow_internal: bool) -> Self {
        Self { allow_internal, tls: std::sync::OnceLock::new() }
    }

    /// Sends a request to the absolute address it names and reads the answer. `internal` says whether it may go into a
    /// private network.
    ///
    /// # Errors
    /// When the address can't be read or may not be reached, the connection breaks, or the answer is too long.
    pub async fn fetch(&self, mut request: Request<Bytes>, internal: bool) -> Result<Response<Bytes>, Text> {
        let uri: Uri = request.uri().clone();
        let secure = match uri.scheme_str() {
            Some("https") => true,
            Some("http") => false,
            _ => return Err(bad_address()),
        };
        let authority = uri.authority().ok_or_else(bad_address)?;
        if authority.as_str().contains('@') {
            return Err(bad_address());
        }
        let (host, port) = (authority.host(), authority.port_u16().unwrap_or(if secure { 443 } else { 80 }));
        let headers = request.headers_mut();
        headers.insert(HOST, HeaderValue::from_str(authority.as_str()).map_err(|_| bad_address())?);
        headers.insert(USER_AGENT, HeaderValue::from_static("formwork"));
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        *request.uri_mut() = path.parse().map_err(|_| bad_address())?;
        let request = request.map(Full::new);
        let addresses = address::resolve(host, port, internal && self.allow_internal).await?;
        let stream = TcpStream::connect(addresses.as_slice())
            .await
            .map_err(|error| text!("{host} can't be reached: {error}", "无法连接 {host}：{error}"))?;
        let response = if secure {
            let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
            let name = ServerName::try_from(name).map_err(|_| bad_address())?;
            let connector = TlsConnector::from(self.tls()?);
            let stream = connector.connect(name, stream).await.map_err(|error| {
                text!("no secure connection to {host}: {error}", "无法与 {host} 建立安全连接：{error}")
            })?;
            ask(stream, request).await?
        } else {
            ask(stream, request).await?
        };
        read(response).await
    }

    /// What is trusted: the certificates of this machine.
    fn tls(&self) -> Result<Arc<ClientConfig>, Text> {
        self.tls
            .get_or_init(|| {
                let mut roots = RootCertStore::empty();
                for certificate in rustls_native_certs::load_native_certs().certs {
                    if let Err(error) = roots.add(certificate) {
                        tracing::warn!(%error, "a certificate of this machine can't be used");
                    }
                }
                if roots.is_empty() {
                    return Err(text!("this machine trusts no certificates", "本机没有受信任的证书"));
                }
                ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
                    .with_safe_default_protocol_versions()
                    .map(|builder| Arc::new(builder.with_root_certificates(roots).with_no_client_auth()))
                    .map_err(|error| text!("TLS: {error}", "TLS：{error}"))
            })
            .clone()
    }
}

fn bad_address() -> Text {
    text!("the address can't be read", "地址无法解析")
}

async fn ask<S>(stream: S, request: Request<Full<Bytes>>) -> Result<Response<Incoming>, Text>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| text!("the connection broke: {error}", "连接中断：{error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "an outgoing connection ended");
        }
    });
    sender.send_request(request).await.map_err(broken)
}

async fn read(response: Response<Incoming>) -> Result<Response<Bytes>, Text> {
    let (head, body) = response.into_parts();
    let body = Limited::new(body, MOST).collect().await;
    let body = body.map_err(|_| text!("the answer is too long or broke off", "应答过长或中断"))?.to_bytes();
    Ok(Response::from_parts(head, body))
}
