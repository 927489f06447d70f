//! One HTTP request on a connection of its own: the address is checked, redirects are answers like others, and
//! everything together takes no longer than it may.

use std::{sync::Arc, time::Duration};

use formwork_model::{
    id::RecordId,
    outbox::{Answer, Report},
    text,
    text::Text,
};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::{
    Request, Response, Uri,
    body::{Bytes, Incoming},
    client::conn::http1,
};
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{ClientConfig, RootCertStore, crypto::ring, pki_types::ServerName},
};

use super::{address, sign::sign};

/// An answer longer than this is not read.
const MOST: usize = 1 << 20;

/// A request that is ready to leave.
#[derive(Debug)]
pub(super) struct Outgoing {
    pub(super) method: String,
    pub(super) url: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Option<String>,
    /// What it is signed with.
    pub(super) secret: Option<String>,
    /// What is sent as bearer token.
    pub(super) token: Option<String>,
    /// Whether it may go into a private network, if the operator allows that.
    pub(super) internal: bool,
    pub(super) timeout: Duration,
}

/// Sends requests.
#[derive(Debug)]
pub(super) struct Client {
    allow_internal: bool,
    tls: std::sync::OnceLock<Result<Arc<ClientConfig>, Text>>,
}

impl Client {
    pub(super) fn new(allow_internal: bool) -> Self {
        Self { allow_internal, tls: std::sync::OnceLock::new() }
    }

    /// Sends a request and says what came of it: 2xx is done; 408, 425, 429, 5xx and no answer are to be tried
    /// again; everything else is a refusal.
    pub(super) async fn send(&self, outgoing: Outgoing, id: RecordId, now: Timestamp) -> Report {
        let exchanged = tokio::time::timeout(outgoing.timeout, self.exchange(&outgoing, id, now)).await;
        let answer = match exchanged {
            Ok(Ok(answer)) => answer,
            Ok(Err(cause)) => return Report::Failed(cause),
            Err(_) => {
                let seconds = outgoing.timeout.as_secs();
                return Report::Failed(text!("no answer within {seconds} s", "{seconds} 秒内没有应答"));
            }
        };
        match answer.status {
            200..=299 => Report::Done(answer),
            status @ (408 | 425 | 429 | 500..=599) => Report::Failed(text!("status {status}", "状态 {status}")),
            _ => Report::Refused(answer),
        }
    }

    async fn exchange(&self, outgoing: &Outgoing, id: RecordId, now: Timestamp) -> Result<Answer, Text> {
        let uri: Uri = outgoing.url.parse().map_err(|_| bad_address())?;
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
        let request = request(outgoing, &uri, id, now)?;
        let addresses = address::resolve(host, port, outgoing.internal && self.allow_internal).await?;
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

fn request(outgoing: &Outgoing, uri: &Uri, id: RecordId, now: Timestamp) -> Result<Request<Full<Bytes>>, Text> {
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let body = outgoing.body.clone().unwrap_or_default();
    let id = id.to_string();
    let mut request = Request::builder()
        .method(outgoing.method.as_str())
        .uri(path)
        .header("host", host)
        .header("user-agent", "formwork")
        .header("accept", "application/json")
        .header("idempotency-key", &id);
    if outgoing.body.is_some() {
        request = request.header("content-type", "application/json");
    }
    for (name, value) in &outgoing.headers {
        request = request.header(name, value);
    }
    if let Some(token) = &outgoing.token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    if let Some(secret) = &outgoing.secret {
        request = request
            .header("webhook-id", &id)
            .header("webhook-timestamp", now.as_second().to_string())
            .header("webhook-signature", sign(secret, &id, now, body.as_bytes()));
    }
    let request = request.body(Full::new(Bytes::from(body)));
    request.map_err(|_| text!("a header of the request can't be sent", "请求头无法发送"))
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

async fn read(response: Response<Incoming>) -> Result<Answer, Text> {
    let status = response.status().as_u16();
    let body = Limited::new(response.into_body(), MOST).collect().await;
    let body = body.map_err(|_| text!("the answer is too long or broke off", "应答过长或中断"))?.to_bytes();
    Ok(Answer { status, body: String::from_utf8_lossy(&body).into_owned() })
}
