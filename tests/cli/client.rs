//! A small HTTP client over one kept connection.

use std::{
    io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

use serde_json::Value as Json;

/// A connection to a server.
pub(crate) struct Client {
    reader: BufReader<TcpStream>,
    /// The last cookie that was set.
    cookie: String,
}

impl Client {
    pub(crate) fn connect(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { reader: BufReader::new(stream), cookie: String::new() })
    }

    /// One request of `tester`; the status and the body of the answer, a text when it is not JSON.
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
        self.send_with(&format!("Formwork-Actor: {actor}"), method, path, body)
    }

    /// One request with this header.
    pub(crate) fn send_with(
        &mut self,
        header: &str,
        method: &str,
        path: &str,
        body: Option<&Json>,
    ) -> Result<(u16, Json)> {
        let body = body.map(Json::to_string).unwrap_or_default();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n{header}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        self.answer()
    }

    /// Signs in to a book; the header with the cookie.
    #[track_caller]
    pub(crate) fn sign_in(&mut self, book: &str, login: &str, password: &str) -> String {
        let body = serde_json::json!({"login": login, "password": password});
        let path = format!("/{book}/api/sign-in");
        let (status, answer) = self.send_with("Accept: */*", "POST", &path, Some(&body)).unwrap();
        assert_eq!(status, 200, "{answer}");
        format!("Cookie: {}", self.cookie.split(';').next().unwrap())
    }

    fn answer(&mut self) -> Result<(u16, Json)> {
        let broken = || Error::from(ErrorKind::UnexpectedEof);
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|word| word.parse().ok()).ok_or_else(broken)?;
        let mut length = 0;
        loop {
            line.clear();
            if self.reader.read_line(&mut line)? == 0 {
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
            if let Some(value) = line.strip_prefix("set-cookie: ") {
                self.cookie = value.trim().to_owned();
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        let text = || String::from_utf8_lossy(&body).into_owned();
        Ok((status, serde_json::from_slice(&body).unwrap_or_else(|_| Json::String(text()))))
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
