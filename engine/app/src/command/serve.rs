//! `formwork serve`: a book over HTTP, with its definitions live.

mod banner;
mod demo;
mod keeper;
mod running;
mod sites;

use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    path::PathBuf,
    sync::Arc,
};

use formwork_integration::backup::Place;
use formwork_model::{text, text::Text};
use formwork_store::backend::Kind;
use formwork_web::{App, Served, Settings, Tls, serve};
use tokio::{
    net::TcpListener,
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
};

use self::{
    keeper::Keeper,
    running::{Common, Running},
    sites::Site,
};
use crate::{
    console::Console,
    failure::{Exit, Failure},
    log,
    seal_key::SealKey,
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
    /// Lets connectors and providers of sign-ins that say `internal: true` lie in private networks ‖ 允许写明 `internal: true` 的连接器和登录提供方位于内部网络
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
    /// The address at which people reach the server, such as https://formwork.example.com; providers of sign-ins send browsers back to it. By default what each request says ‖ 用户访问服务的地址，例如 https://formwork.example.com；登录提供方将浏览器送回此处。默认取自请求
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    /// Lets administrators make backups in the browser, which are written to this folder ‖ 允许管理员在浏览器中备份，写入此文件夹
    #[arg(long, value_name = "DIR")]
    backups: Option<PathBuf>,
    /// Encrypts those backups ‖ 加密这些备份
    #[arg(long, requires = "backups")]
    encrypt_backups: bool,
    #[command(flatten)]
    backup_key: SealKey,
    /// Fills a new book with a year of generated data; implies --dev ‖ 用生成的一年数据填充新账套；同时启用 --dev
    #[arg(long)]
    demo: bool,
}

/// Serves until it is told to stop.
pub(crate) fn run(args: Args, console: &Console) -> Result<Exit, Failure> {
    log::start();
    let dev = args.dev || args.demo;
    let addresses = addresses(&args.listen, dev)?;
    let mut settings = settings(&args, dev, &addresses)?;
    let mut sites = sites::find(&args)?;
    let found = sites.iter().map(|site| site.check(console)).collect::<Vec<_>>();
    let all: Vec<String> = sites.iter().map(Site::folder_name).collect();
    let catalogs = sites::usable(&mut sites, found, console)?;
    sites::check_names(&catalogs)?;
    let runtime = Runtime::new().map_err(|error| Failure::io("tokio", &error))?;
    let listener = runtime.block_on(bind(&addresses, &args.listen))?;
    let opened = sites.iter().zip(&catalogs).map(|(site, catalog)| site.open(&args, catalog, console)).collect();
    let mut opened: Vec<Served> = sites::usable(&mut sites, opened, console)?;
    let absent = sites::absent(&all, &sites, &opened, args.books.as_deref());
    let keeper = Arc::new(Keeper::new(args.books.clone().unwrap_or_default(), args.store, console.clone()));
    let mut own = Vec::new();
    if args.books.is_some() {
        settings.sites = Some(keeper::shared(&keeper));
        for served in &opened {
            own.push(Some(running::threads(served.name)?));
        }
        let threads = own.iter().flatten().map(|own: &Runtime| own.handle().clone());
        opened = opened.into_iter().zip(threads).map(|(served, own)| served.with_runtime(own)).collect();
    } else {
        own.push(None);
    }
    let passwords = match opened.first() {
        Some(served) if args.demo => demo::let_in(&served.book)?,
        _ => None,
    };
    let app = App::new(opened, settings);
    for (name, why) in absent {
        app.explain(&name, Some(why));
    }
    let common = Common {
        language: console.language,
        allow_internal: args.allow_internal,
        lifetime: app.settings().lifetime,
        handle: runtime.handle().clone(),
    };
    let mut running = Vec::new();
    for ((served, site), own) in app.books().iter().zip(&sites).zip(own) {
        running.push((served.name.to_owned(), Running::start(site.clone(), served, own, &common)?));
    }
    keeper.begin(common, running);
    banner::show(&app, &listener, (&sites, &args), passwords.as_ref(), console);
    let outcome = runtime
        .block_on(async { serve(listener, app, stopped()).await.map_err(|error| Failure::io(&args.listen, &error)) });
    // The store is closed by its last owner: what runs for the books, and the requests, must be gone.
    keeper.stop();
    drop(runtime);
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
    let backups = match &args.backups {
        Some(folder) => {
            std::fs::create_dir_all(folder).map_err(|error| Failure::path(folder, &error))?;
            let key = args.encrypt_backups.then(|| args.backup_key.read()).transpose()?;
            Some(Place { folder: folder.clone(), key })
        }
        None => None,
    };
    let secure = tls.is_some() || !args.proxy.is_empty() || !loopback;
    let url = args.url.clone().map(address).transpose()?;
    let (proxies, allow_internal) = (args.proxy.clone(), args.allow_internal);
    Ok(Settings { dev, secure, tls, proxies, allow_internal, url, backups, ..Settings::default() })
}

/// The address of this server, as people write it.
fn address(url: String) -> Result<String, Failure> {
    let rest = url.strip_prefix("https://").or(url.strip_prefix("http://")).map(|rest| rest.trim_end_matches('/'));
    if rest.is_none_or(|rest| rest.is_empty() || rest.contains(['/', '?', '#', '@', ' '])) {
        return Err(Failure::usage(text!(
            "--url is an address such as https://formwork.example.com, without a path, not `{url}`",
            "--url 应为不含路径的地址，例如 https://formwork.example.com，而不是 `{url}`"
        )));
    }
    Ok(url)
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
