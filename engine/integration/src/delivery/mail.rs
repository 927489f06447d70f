//! E-mail by SMTP.

use std::time::Duration;

use formwork_model::{
    id::RecordId,
    outbox::{Answer, Report},
    text,
};
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Message, Tokio1Executor, message::header::ContentType};

/// Hands a message to the server. The message's id is that of the entry, so a second one can be told from a new one.
pub(super) async fn send(
    server: &str,
    from: &str,
    to: &str,
    subject: &str,
    body: &str,
    id: RecordId,
    timeout: Duration,
) -> Report {
    let refused = |why: String| Report::Refused(Answer { status: 0, body: why });
    let (from, to) = match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(error), _) | (_, Err(error)) => return refused(format!("{error}")),
    };
    let message = Message::builder()
        .from(from)
        .to(to)
        .subject(subject.replace(['\r', '\n'], " "))
        .message_id(Some(format!("<{id}@formwork>")))
        .header(ContentType::TEXT_PLAIN)
        .body(body.to_owned());
    let message = match message {
        Ok(message) => message,
        Err(error) => return refused(error.to_string()),
    };
    let transport = match AsyncSmtpTransport::<Tokio1Executor>::from_url(server) {
        Ok(builder) => builder.timeout(Some(timeout)).build::<Tokio1Executor>(),
        // The address of the server holds its password, so the error is not shown.
        Err(_) => {
            return Report::Failed(text!("the address of the mail server can't be read", "邮件服务器地址无法解析"));
        }
    };
    match tokio::time::timeout(timeout, transport.send(message)).await {
        Ok(Ok(_)) => Report::Done(Answer::default()),
        Ok(Err(error)) if error.is_permanent() => refused(error.to_string()),
        Ok(Err(error)) => Report::Failed(text!("the mail server: {error}", "邮件服务器：{error}")),
        Err(_) => Report::Failed(text!("the mail server did not answer in time", "邮件服务器超时未响应")),
    }
}
