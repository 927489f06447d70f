//! Another system: a small HTTP server that answers as it is told and remembers what it was asked.

use std::{
    collections::HashMap,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

/// What it was asked.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: String,
}

impl Asked {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }
}

/// How it answers the n-th question, from 0.
type Answers = dyn Fn(usize, &Asked) -> (u16, String, Duration) + Send + Sync;

pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Peer {
    /// Answers every question with a status and a body.
    pub(crate) fn says(answers: impl Fn(usize, &Asked) -> (u16, String) + Send + Sync + 'static) -> Self {
        Self::slowly(move |n, asked| {
            let (status, body) = answers(n, asked);
            (status, body, Duration::ZERO)
        })
    }

    /// As [`Peer::says`], after a while.
    pub(crate) fn slowly(answers: impl Fn(usize, &Asked) -> (u16, String, Duration) + Send + Sync + 'static) -> Self {
        Self::at(TcpListener::bind("127.0.0.1:0").unwrap(), answers)
    }

    pub(crate) fn at(
        listener: TcpListener,
        answers: impl Fn(usize, &Asked) -> (u16, String, Duration) + Send + Sync + 'static,
    ) -> Self {
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<Asked>>> = Arc::default();
        let (known, answers): (_, Arc<Answers>) = (asked.clone(), Arc::new(answers));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (known, answers) = (known.clone(), answers.clone());
                thread::spawn(move || answer(stream, &known, &*answers));
            }
        });
        Self { address, asked }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What it was asked so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(mut stream: TcpStream, known: &Mutex<Vec<Asked>>, answers: &Answers) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split_whitespace();
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let mut headers = HashMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let Some((name, value)) = line.trim_end().split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let asked = Asked { method, path, headers, body: String::from_utf8(body).ok()? };
    let n = {
        let mut known = known.lock().unwrap();
        known.push(asked.clone());
        known.len() - 1
    };
    let (status, body, delay) = answers(n, &asked);
    thread::sleep(delay);
    let location = if (300..400).contains(&status) { "location: http://127.0.0.1:1/\r\n" } else { "" };
    let head = format!("HTTP/1.1 {status} x\r\ncontent-length: {}\r\n{location}connection: close\r\n\r\n", body.len());
    stream.write_all(format!("{head}{body}").as_bytes()).ok()
}
