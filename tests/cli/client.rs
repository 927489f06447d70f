//! A small HTTP client over one kept connection.

use std::{
    io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value as Json;

/// A connection to a server.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self(BufReader::new(stream)))
    }

    /// One request of `tester`; the status and the body of the answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, body: Option<&Json>) -> Result<(u16, Json)> {
        self.send_as("tester", method, path, body)
    }

    /// One request of `actor`.
    pub(crate) fn send_as(
        &mut self,
        actor: &str,
        method: &str,
        path: &str,
        body: Option<&Json>,
    ) -> Result<(u16, Json)> {
        let body = body.map(Json::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nFormwork-Actor: {actor}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.0.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    fn answer(&mut self) -> Result<(u16, Json)> {
        let broken = || Error::from(ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.0.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        loop {
            line.clear();
            if self.0.read_line(&mut line)? == 0 {
                return Err(broken());
            }
            if line == "\r\n" {
                break;
            }
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().map_err(|_| broken())?;
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, serde_json::from_slice(&body).unwrap_or(Json::Null)))
    }

    #[track_caller]
    pub(crate) fn get(&mut self, path: &str) -> (u16, Json) {
        self.send("GET", path, None).unwrap()
    }

    #[track_caller]
    pub(crate) fn post(&mut self, path: &str, body: Json) -> (u16, Json) {
        self.send("POST", path, Some(&body)).unwrap()
    }
}
