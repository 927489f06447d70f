//! One request of the outbox: how it is written, and what its answer means.

use std::time::Duration;

use formwork_model::{
    id::RecordId,
    outbox::{Answer, Report},
    text,
    text::Text,
};
use hyper::{Request, body::Bytes};
use jiff::Timestamp;

use super::sign::sign;
use crate::fetch::Client;

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

/// Sends a request and says what came of it: 2xx is done; 408, 425, 429, 5xx and no answer are to be tried
/// again; everything else is a refusal.
pub(super) async fn send(client: &Client, outgoing: Outgoing, id: RecordId, now: Timestamp) -> Report {
    let exchanged = tokio::time::timeout(outgoing.timeout, exchange(client, &outgoing, id, now)).await;
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

async fn exchange(client: &Client, outgoing: &Outgoing, id: RecordId, now: Timestamp) -> Result<Answer, Text> {
    let response = client.fetch(request(outgoing, id, now)?, outgoing.internal).await?;
    let status = response.status().as_u16();
    Ok(Answer { status, body: String::from_utf8_lossy(response.body()).into_owned() })
}

fn request(outgoing: &Outgoing, id: RecordId, now: Timestamp) -> Result<Request<Bytes>, Text> {
    if outgoing.url.parse::<hyper::Uri>().is_err() {
        return Err(text!("the address can't be read", "地址无法解析"));
    }
    let body = outgoing.body.clone().unwrap_or_default();
    let id = id.to_string();
    let mut request = Request::builder()
        .method(outgoing.method.as_str())
        .uri(&outgoing.url)
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
    let request = request.body(Bytes::from(body));
    request.map_err(|_| text!("a header of the request can't be sent", "请求头无法发送"))
}
