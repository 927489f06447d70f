//! A small mail server that keeps what it is handed, or refuses it.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
};

#[derive(Debug, Clone)]
pub(super) struct Mail {
    pub(super) to: String,
    /// Headers and body.
    pub(super) data: String,
}

pub(super) struct MailServer {
    pub(super) address: SocketAddr,
    mails: Arc<Mutex<Vec<Mail>>>,
}

impl MailServer {
    /// Refuses recipients that begin with `nobody`, for good, and the first `busy` messages for now.
    pub(super) fn start(busy: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let mails: Arc<Mutex<Vec<Mail>>> = Arc::default();
        let left = Arc::new(Mutex::new(busy));
        let kept = mails.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (kept, left) = (kept.clone(), left.clone());
                thread::spawn(move || take(stream, &kept, &left));
            }
        });
        Self { address, mails }
    }

    pub(super) fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    pub(super) fn mails(&self) -> Vec<Mail> {
        self.mails.lock().unwrap().clone()
    }
}

fn take(mut stream: TcpStream, kept: &Mutex<Vec<Mail>>, busy: &Mutex<usize>) -> Option<()> {
    let reader = BufReader::new(stream.try_clone().ok()?);
    let mut say = |line: &str| stream.write_all(format!("{line}\r\n").as_bytes()).ok();
    say("220 here")?;
    let (mut to, mut data, mut in_data) = (String::new(), String::new(), false);
    for line in reader.lines() {
        let line = line.ok()?;
        if in_data {
            if line == "." {
                kept.lock().unwrap().push(Mail { to: to.clone(), data: std::mem::take(&mut data) });
                in_data = false;
                say("250 kept")?;
            } else {
                data.push_str(&line);
                data.push('\n');
            }
            continue;
        }
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        match word.as_str() {
            "EHLO" | "HELO" => say("250 here")?,
            "RCPT" => {
                to = line.split(['<', '>']).nth(1).unwrap_or_default().to_owned();
                let mut left = busy.lock().unwrap();
                if to.starts_with("nobody") {
                    say("550 no such user")?;
                } else if *left > 0 {
                    *left -= 1;
                    say("451 later")?;
                } else {
                    say("250 yes")?;
                }
            }
            "DATA" => {
                in_data = true;
                say("354 go on")?;
            }
            "QUIT" => {
                say("221 bye")?;
                return Some(());
            }
            _ => say("250 yes")?,
        }
    }
    Some(())
}
