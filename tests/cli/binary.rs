//! Running the built binary: once to its end, or as a server.

use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

use super::client::Client;

/// The smallest business that has everything: an object, a flow, a ledger, a table, a check, a scenario.
const FILES: &[(&str, &str)] = &[
    (
        "definitions/shop.book.yaml",
        "book: shop\naccess: open\nlabel: {zh: 店铺, en: Shop}\nlocales: [zh, en]\ncurrency: CNY\ntime_zone: Asia/Shanghai\n",
    ),
    (
        "definitions/work/job.object.yaml",
        r#"object: job
label: {zh: 工单, en: Job}
number: "J{seq:5}"
title: name
fields:
  name:   {type: text, max: 80, required: true, unique: true, label: {zh: 名称, en: Name}}
  amount: {type: money, min: 0, default: 10, label: {zh: 金额, en: Amount}}
  posted: {type: boolean, default: false, label: {zh: 已记账, en: Posted}}
  level:  {type: integer, label: {zh: 级别, en: Level}}
checks:
  not_huge: {that: this.amount <= 1000, at: amount, say: {zh: 金额过大, en: Too much}}
rules:
  rate: {on: save, table: level}
  post_it:
    on: create
    post: {ledger: works, of: {job: = this}, amount: = this.amount}
"#,
    ),
    (
        "definitions/work/job.flow.yaml",
        r#"flow: job
label: {zh: 工单, en: Job}
object: job
start: open
nodes:
  open:
    label: {zh: 新建, en: Open}
    actions:
      finish:
        label: {zh: 完成, en: Finish}
        to: done
        set: {posted: true}
        post: {ledger: works, of: {job: = this}, amount: = this.amount}
  done:
    label: {zh: 完成, en: Done}
    end: {}
"#,
    ),
    (
        "definitions/work/works.ledger.yaml",
        "ledger: works\nlabel: {zh: 工程账, en: Works}\ndimensions:\n  job: {type: ref, to: job, label: {zh: 工单, en: Job}}\namount: money\n",
    ),
    (
        "definitions/work/level.table.yaml",
        "table: level\nlabel: {zh: 级别, en: Level}\nobject: job\nhit: F\ninputs:\n  amount: {type: money, min: 0}\noutputs:\n  level: {type: integer}\nrows:\n  - {amount: \"< 100\", level: 1}\n  - {amount: \">= 100\", level: 2}\n",
    ),
    (
        "tests/scenarios/work/job.scenario.yaml",
        r#"scenario: job
now: 2026-03-02
cases:
  finished:
    steps:
      - when: {create: job, as: one, set: {name: A, amount: 5}}
        then: {state: open}
      - when: {act: finish, on: one}
        then: {state: done, balance: {works: 10}}
"#,
    ),
];

/// A folder of a test's own, removed afterwards.
pub(crate) struct Folder(TempDir);

impl Folder {
    /// Nothing in it.
    pub(crate) fn empty() -> Self {
        Self(TempDir::new().unwrap())
    }

    /// With the smallest business.
    pub(crate) fn shop() -> Self {
        let folder = Self::empty();
        for (path, text) in FILES {
            folder.write(path, text);
        }
        folder
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn at(&self, path: &str) -> PathBuf {
        self.path().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let file = self.at(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.at(path)).unwrap()
    }

    /// Replaces a part of a file's text, as an editor does: a new file is moved over the old one.
    #[track_caller]
    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = self.read(path);
        assert!(text.contains(from), "{path} has no `{from}`");
        let beside = self.at(&format!("{path}~"));
        fs::write(&beside, text.replace(from, to)).unwrap();
        fs::rename(beside, self.at(path)).unwrap();
    }

    /// Runs the binary in the folder, in English.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let output = command(self.path()).args(arguments).output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs the binary with this on its stdin.
    pub(crate) fn run_with(&self, input: &str, arguments: &[&str]) -> Run {
        let mut child = command(self.path())
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the binary in the folder and does not wait for it; what it prints is thrown away.
    pub(crate) fn start(&self, arguments: &[&str]) -> Child {
        command(self.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Starts a server that asks for passwords; with it what it says.
    #[track_caller]
    pub(crate) fn serve_closed(&self, arguments: &[&str]) -> (Server, mpsc::Receiver<String>) {
        Server::start_with(self.path(), arguments).expect("the server says where it listens")
    }

    /// Starts a `--dev` server on a free port and waits until it listens.
    #[track_caller]
    pub(crate) fn serve(&self, arguments: &[&str]) -> Server {
        Server::start(self.path(), arguments).expect("the server says where it listens")
    }
}

fn command(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_formwork"));
    command.current_dir(folder).env("LC_ALL", "C.UTF-8").env_remove("FORMWORK_LOG");
    command
}

/// What a run of the binary came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Says that it ended with this code.
    #[track_caller]
    pub(crate) fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Says that stdout has this in it.
    #[track_caller]
    pub(crate) fn stdout(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "`{text}` is not in stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// Says that stderr has this in it.
    #[track_caller]
    pub(crate) fn stderr(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in stderr:\n{}\nstdout:\n{}", self.stderr, self.stdout);
        self
    }
}

/// A server that runs; killed when it is dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) address: SocketAddr,
    log: PathBuf,
}

impl Server {
    /// Starts `serve --dev` in `folder`; `None` when it ended before it listened.
    pub(crate) fn start(folder: &Path, arguments: &[&str]) -> Option<Self> {
        Self::start_with(folder, &[&["--dev"], arguments].concat()).map(|(server, _)| server)
    }

    /// Starts `serve` in `folder`; with it the lines that it says after the first.
    pub(crate) fn start_with(folder: &Path, arguments: &[&str]) -> Option<(Self, mpsc::Receiver<String>)> {
        let log = folder.join("server.log");
        let errors = fs::File::options().create(true).append(true).open(&log).unwrap();
        let mut child = Self::spawn_with(folder, arguments, errors);
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.next().and_then(Result::ok).and_then(|line| line.rsplit_once("http://")?.1.parse().ok());
        let Some(address) = address else {
            child.wait().unwrap();
            return None;
        };
        // The rest is read, so that the server never waits for a reader.
        let (said, hear) = mpsc::channel();
        thread::spawn(move || lines.map_while(Result::ok).for_each(|line| drop(said.send(line))));
        Some((Self { child, address, log }, hear))
    }

    /// Starts `serve --dev` and does not wait.
    pub(crate) fn spawn(folder: &Path, arguments: &[&str], errors: fs::File) -> Child {
        Self::spawn_with(folder, &[&["--dev"], arguments].concat(), errors)
    }

    fn spawn_with(folder: &Path, arguments: &[&str], errors: fs::File) -> Child {
        command(folder)
            .args(["serve", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(errors)
            .spawn()
            .unwrap()
    }

    pub(crate) fn client(&self) -> Client {
        Client::connect(self.address).unwrap()
    }

    /// What the server has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// SIGKILL, at once.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM; the status the server ends with.
    pub(crate) fn terminate(mut self) -> ExitStatus {
        let told = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.child.id())]).status().unwrap();
        assert!(told.success());
        let until = Instant::now() + Duration::from_secs(40);
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < until, "the server does not end:\n{}", self.log());
            thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ended = self.child.kill();
        let _reaped = self.child.wait();
    }
}

/// Asks again and again until `ready` has an answer, for at most ten seconds.
#[track_caller]
pub(crate) fn eventually<T>(mut ready: impl FnMut() -> Option<T>) -> T {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        if let Some(answer) = ready() {
            return answer;
        }
        assert!(Instant::now() < until, "it did not happen");
        thread::sleep(Duration::from_millis(10));
    }
}
