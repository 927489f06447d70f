//! Measures durable commands through HTTP.
use std::{io::{Read, Write}, net::TcpStream, sync::Arc, time::Instant};
use formwork_catalog::check::check_parsed;
use formwork_definition::load;
use formwork_model::clock::SystemClock;
use formwork_runtime::book::Book;
use formwork_store::{backend::Kind, embedded::Embedded, store::Store};
use formwork_web::{App, Served, Settings, serve};

fn main() {
    let args: Vec<String> = std::env::args().collect();
    let clients: usize = args[1].parse().unwrap();
    let jobs: usize = args[2].parse().unwrap();
    let files = [
        ("definitions/b.book.yaml", "book: b\nlabel: B\nlocales: [en]\n"),
        ("definitions/x/job.object.yaml", "object: job\nlabel: J\nfields:\n  name: {type: text, required: true}\n  amount: {type: money}\n  big: {type: boolean}\n  due: {type: date}\nchecks:\n  a: {that: this.amount >= 0, at: amount, say: {en: neg, zh: neg}}\n  b: {that: this.due >= today(), at: due, say: {en: past, zh: past}}\nrules:\n  r: {on: save, when: this.amount > 100, set: {big: true}}\n"),
        ("definitions/x/job.flow.yaml", "flow: job\nlabel: J\nobject: job\nstart: a\nnodes:\n  a: {label: A, actions: {one: {label: O, to: b}}}\n  b: {label: B, actions: {two: {label: T, to: c}}}\n  c: {label: C, actions: {three: {label: H, to: d}}}\n  d: {label: D, end: {}}\n"),
    ];
    let checked = check_parsed(load::parse(files.map(|(p, t)| (p.to_owned(), t.as_bytes().to_vec()))));
    let catalog = Arc::new(checked.catalog.unwrap_or_else(|| panic!("{}", formwork_model::render::render(&checked.diagnostics, &checked.sources, formwork_model::text::Language::En, false))));
    let folder = std::env::temp_dir().join(format!("fw-load-{}", std::process::id()));
    let store: Arc<dyn Store> = match args[3].as_str() {
        "memory" => Arc::new(Embedded::memory().unwrap()),
        "fjall" => Arc::new(Embedded::open(&folder, Some(Kind::Fjall)).unwrap()),
        _ => Arc::new(Embedded::open(&folder, Some(Kind::Sled)).unwrap()),
    };
    let book = Book::open(store, catalog, Arc::new(SystemClock)).unwrap();
    let app = App::new([Served::new(Arc::new(book))], Settings { dev: true, ..Settings::default() });
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
    let address = listener.local_addr().unwrap();
    runtime.spawn(serve(listener, app, std::future::pending()));
    let mode = args.get(4).cloned().unwrap_or_default();
    let start = Instant::now();
    let threads: Vec<_> = (0..clients).map(|_| { let mode = mode.clone(); std::thread::spawn(move || client(address, jobs / clients, &mode)) }).collect();
    let mut times: Vec<u64> = threads.into_iter().flat_map(|t| t.join().unwrap()).collect();
    let took = start.elapsed().as_secs_f64();
    times.sort_unstable();
    println!("{} requests in {took:.2}s = {:.0}/s, jobs {:.0}/s; p50 {}us p99 {}us", times.len(), times.len() as f64 / took, jobs as f64 / took, times[times.len()/2], times[times.len()*99/100]);
    let _ = std::fs::remove_dir_all(folder);
    std::process::exit(0);
}

fn client(address: std::net::SocketAddr, jobs: usize, mode: &str) -> Vec<u64> {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_nodelay(true).unwrap();
    let mut times = Vec::new();
    let mut buffer = vec![0_u8; 65536];
    let mut ask = |method: &str, path: &str, body: &str| -> String {
        let request = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let t = Instant::now();
        stream.write_all(request.as_bytes()).unwrap();
        let mut n = 0;
        loop {
            n += stream.read(&mut buffer[n..]).unwrap();
            let text = std::str::from_utf8(&buffer[..n]).unwrap();
            if let Some(h) = text.find("\r\n\r\n") {
                let len: usize = text[..h].lines().find_map(|l| l.strip_prefix("content-length: ")).map_or(0, |l| l.parse().unwrap());
                if n >= h + 4 + len { break; }
            }
        }
        times.push(t.elapsed().as_micros() as u64);
        let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
        assert!(text.starts_with("HTTP/1.1 2"), "{text}");
        text
    };
    for i in 0..jobs {
        if mode == "health" { for _ in 0..4 { ask("GET", "/codes/stale-rev", ""); } continue; }
        let made = ask("POST", "/b/api/job", &format!("{{\"name\":\"job {i}\",\"amount\":\"{}.50\",\"due\":\"2099-01-01\"}}", i % 200));
        let at = made.find("\"id\":\"").unwrap() + 6;
        let id = &made[at..at + 36];
        for action in ["one", "two", "three"] { ask("POST", &format!("/b/api/job/{id}/actions/{action}"), "{}"); }
    }
    times
}
