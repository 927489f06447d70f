//! `formwork serve`: a book over HTTP, with its definitions live.

mod banner;
mod demo;
mod sites;

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    path::PathBuf,
    sync::Arc,
};

use formwork_account::session::{self, Lifetime};
use formwork_integration::delivery::{self, Worker};
use formwork_model::{text, text::Text};
use formwork_runtime::{
    book::Book,
    command::{Actor, Command, Request},
};
use formwork_store::{
    backend::Kind,
    store::{Transaction, submit},
};
use formwork_web::{App, Served, Settings, Tls, serve};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use crate::{
    clockwork::Clockwork,
    console::Console,
    failure::{Exit, Failure},
    log,
    reload::{Reloader, Reloading},
};

/// The arguments of `serve`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder that holds definitions/ ‖ 含有 definitions/ 的文件夹
    #[arg(long, default_value = ".", value_name = "DIR")]
    definitions: PathBuf,
    /// A folder that holds a folder with definitions/ for each book: all of them are served, each with its data in data/ ‖ 账套总文件夹：其中每个子文件夹含 definitions/，为一个账套，数据位于各自的 data/；全部提供服务
    #[arg(long, value_name = "DIR", conflicts_with_all = ["definitions", "data", "demo"])]
    books: Option<PathBuf>,
    /// The data folder; by default data, with --demo data/demo ‖ 数据文件夹；默认 data，加 --demo 时为 data/demo
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The store of a new book: sled (default) or fjall ‖ 新账套的存储：sled（默认）或 fjall
    #[arg(long, value_name = "STORE")]
    store: Option<Kind>,
    /// Where to listen; port 0 takes a free one ‖ 监听地址；端口 0 表示任选空闲端口
    #[arg(long, default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: String,
    /// Takes the caller from the header Formwork-Actor; on loopback only ‖ 由请求头 Formwork-Actor 指定操作人；仅限本机回环地址
    #[arg(long)]
    dev: bool,
    /// Lets connectors that say `internal: true` reach private networks ‖ 允许写明 `internal: true` 的连接器访问内部网络
    #[arg(long)]
    allow_internal: bool,
    /// The certificate chain as PEM; serves over TLS, and reads the files again when they change ‖ 证书链（PEM）；启用 TLS，文件变化后自动重新读取
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_cert: Option<PathBuf>,
    /// The private key of the certificate as PEM ‖ 证书私钥（PEM）
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    tls_key: Option<PathBuf>,
    /// The address of a reverse proxy that brings the requests over TLS: its X-Forwarded-For is believed ‖ 反向代理地址（由其提供 TLS）；信任其 X-Forwarded-For
    #[arg(long, value_name = "ADDRESS")]
    proxy: Vec<IpAddr>,
    /// Fills a new book with a year of generated data; implies --dev ‖ 用生成的一年数据填充新账套；同时启用 --dev
    #[arg(long)]
    demo: bool,
}

/// Serves until it is told to stop.
pub(crate) fn run(args: Args, console: &Console) -> Result<Exit, Failure> {
    log::start();
    let dev = args.dev || args.demo;
    let addresses = addresses(&args.listen, dev)?;
    let settings = settings(&args, dev, &addresses)?;
    let mut sites = sites::find(&args)?;
    let found = sites.iter().map(|site| site.check(console)).collect::<Vec<_>>();
    let catalogs = sites::usable(&mut sites, found, console)?;
    sites::check_names(&catalogs)?;
    let runtime = Runtime::new().map_err(|error| Failure::io("tokio", &error))?;
    let listener = runtime.block_on(bind(&addresses, &args.listen))?;
    let opened = sites.iter().zip(&catalogs).map(|(site, catalog)| site.open(&args, catalog, console)).collect();
    let opened = sites::usable(&mut sites, opened, console)?;
    let passwords = match opened.first() {
        Some(served) if args.demo => demo::let_in(&served.book)?,
        _ => None,
    };
    let app = App::new(opened, settings);
    let reloading: Vec<Reloading> = app
        .books()
        .iter()
        .zip(&sites)
        .map(|(served, site)| Reloader::new(&site.definitions, served.clone(), console.language).start())
        .collect::<Result<_, _>>()?;
    for served in app.books() {
        runtime.spawn(tick(served.book.clone(), app.settings().lifetime));
    }
    let clockworks: Vec<Clockwork> = app
        .books()
        .iter()
        .map(|served| Clockwork::start(served.book.clone(), served.timers.clone()))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::io("clockwork", &error))?;
    let workers = deliver(&app, args.allow_internal)?;
    banner::show(&app, &listener, (&sites, &args), passwords.as_ref(), console);
    let outcome = runtime
        .block_on(async { serve(listener, app, stopped()).await.map_err(|error| Failure::io(&args.listen, &error)) });
    // The store is closed by its last owner: the clockworks, the requests, then the reloader, must be gone.
    drop(clockworks);
    drop(runtime);
    workers.into_iter().for_each(Worker::stop);
    reloading.into_iter().for_each(Reloading::stop);
    console.say(&text!("stopped; everything is on disk", "已停止；所有数据均已落盘"));
    outcome.map(|()| Exit::Done)
}

/// How requests are served. Who comes from elsewhere is thought to come over TLS: a password must not travel in the
/// clear, and browsers give a cookie that is `Secure` to nobody who could listen.
fn settings(args: &Args, dev: bool, addresses: &[SocketAddr]) -> Result<Settings, Failure> {
    let tls = match (&args.tls_cert, &args.tls_key) {
        (Some(certificate), Some(key)) => {
            Some(Tls::load(certificate, key).map_err(|error| Failure::io("TLS", &error))?)
        }
        _ => None,
    };
    let loopback = addresses.iter().all(|address| address.ip().is_loopback());
    let secure = tls.is_some() || !args.proxy.is_empty() || !loopback;
    Ok(Settings { dev, secure, tls, proxies: args.proxy.clone(), ..Settings::default() })
}

/// The addresses to listen on. A `--dev` server believes whatever name a caller gives, so nobody else may reach it.
fn addresses(listen: &str, dev: bool) -> Result<Vec<SocketAddr>, Failure> {
    let found: Vec<SocketAddr> = listen.to_socket_addrs().map(Iterator::collect).unwrap_or_default();
    if found.is_empty() {
        return Err(Failure::usage(text!(
            "--listen is an address and a port such as 127.0.0.1:8080, not `{listen}`",
            "--listen 应为地址和端口，例如 127.0.0.1:8080，而不是 `{listen}`"
        )));
    }
    if dev && found.iter().any(|address| !address.ip().is_loopback()) {
        return Err(Failure::usage(text!(
            "--dev and --demo let every caller be anybody, so they listen on loopback only (127.0.0.1 or [::1]); `{listen}` can be reached from outside",
            "--dev 与 --demo 不验证身份，只能监听本机回环地址（127.0.0.1 或 [::1]）；`{listen}` 可从外部访问"
        )));
    }
    Ok(found)
}

async fn bind(addresses: &[SocketAddr], listen: &str) -> Result<TcpListener, Failure> {
    TcpListener::bind(addresses).await.map_err(|error| {
        if error.kind() == std::io::ErrorKind::AddrInUse {
            return Failure {
                exit: Exit::Store,
                message: text!(
                    "{listen} is taken by another program; name another port with --listen",
                    "{listen} 已被其他程序占用；请用 --listen 指定其他端口"
                ),
            };
        }
        Failure::io(listen, &error)
    })
}

/// Begins to send what the books have for other systems. Secrets are environment variables of this process.
fn deliver(app: &App, allow_internal: bool) -> Result<Vec<Worker>, Failure> {
    let settings = delivery::Settings { allow_internal, ..delivery::Settings::default() };
    let start = |served: &Arc<Served>| Worker::start(served.book.clone(), settings.clone());
    app.books().iter().map(start).collect::<Result<_, _>>().map_err(|error| Failure::io("delivery", &error))
}

/// How often a book looks for what has become due.
const TICK: std::time::Duration = std::time::Duration::from_secs(6 * 3600);

/// Lets time pass for a book, for as long as it is served, clears away the sessions that have ended, and erases what has been
/// kept as long as it may be.
async fn tick(book: Arc<Book>, lifetime: Lifetime) {
    let mut interval = tokio::time::interval(TICK);
    loop {
        interval.tick().await;
        retain(&book).await;
        book.submit(Command::new(Actor::system(), Request::Tick), |result| {
            if let Err(refusal) = result {
                tracing::error!(?refusal, "a tick failed");
            }
        });
        let clock = book.clock().clone();
        let clear = move |txn: &mut dyn Transaction| session::clear(txn, lifetime, clock.now());
        submit(&**book.store(), clear, |cleared| {
            if let Ok(Err(error)) | Err(error) = cleared {
                tracing::error!(%error, "ended sessions were not cleared away");
            }
        });
    }
}

async fn retain(book: &Arc<Book>) {
    let book = book.clone();
    match tokio::task::spawn_blocking(move || book.retain()).await {
        Ok(Ok(0)) => {}
        Ok(Ok(records)) => tracing::info!(records, "kept as long as they may be: erased"),
        Ok(Err(refusal)) => tracing::error!(?refusal, "what was kept too long was not erased"),
        Err(error) => tracing::error!(%error, "what was kept too long was not erased"),
    }
}

/// Returns at SIGINT or SIGTERM; a second one ends the process at once.
async fn stopped() {
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        tracing::error!("no signal can be waited for; stop the server with SIGKILL, nothing acknowledged is lost");
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: requests in flight are finished");
    tokio::spawn(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        std::process::exit(130);
    });
}

/// A name and a value, for the banner.
fn line(name: &Text, value: &str, console: &Console) {
    let name = console.words(name);
    console.answer(format!("  {name}  {value}"));
}
