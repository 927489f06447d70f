//! Connections: accepted, bounded, and ended gracefully.

use std::{io, net::SocketAddr, pin::pin, sync::Arc, time::Duration};

use axum::{Extension, Router};
use hyper::server::conn::http1;
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::{GracefulShutdown, Watcher},
    service::TowerToHyperService,
};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::{sleep, timeout},
};
use tower::Layer;

use crate::{app::App, peer::Peer, routes::router, tls::Tls};

/// How long a connection may be idle, or take to send its headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a connection may take to become secure.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// How long to wait after an `accept` that failed for want of file handles.
const BREATH: Duration = Duration::from_millis(100);
/// How often the files of the certificate are looked at.
const LOOK: Duration = Duration::from_secs(30);

/// Serves the app until `shutdown` ends; then finishes the requests in flight, for at most the timeout of one.
///
/// # Errors
/// None at present: a failed `accept` is logged and tried again.
pub async fn serve(listener: TcpListener, app: App, shutdown: impl Future<Output = ()>) -> io::Result<()> {
    let (limits, tls) = (app.settings().limits.clone(), app.settings().tls.clone());
    let router = router(app.clone());
    let places = Arc::new(Semaphore::new(limits.connections));
    let connections = GracefulShutdown::new();
    let looking = tls.clone().map(|tls| tokio::spawn(look(tls)));
    let mut shutdown = pin!(shutdown);
    loop {
        let next = async {
            let place = places.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            next = next => next,
            () = &mut shutdown => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let (router, watcher, tls) = (router.clone(), connections.watcher(), tls.clone());
                tokio::spawn(async move {
                    begin(at_once(stream), peer, router, watcher, tls).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection was not accepted");
                sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    app.end();
    if let Some(looking) = looking {
        looking.abort();
    }
    tokio::select! {
        () = connections.shutdown() => {}
        () = sleep(limits.timeout) => tracing::warn!("some requests did not end in time"),
    }
    Ok(())
}

/// Makes the connection secure, when that is asked for, and converses over it to its end.
async fn begin(stream: TcpStream, peer: SocketAddr, router: Router, watcher: Watcher, tls: Option<Tls>) {
    let Some(tls) = tls else { return converse(stream, peer, router, watcher).await };
    match timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
        Ok(Ok(stream)) => converse(stream, peer, router, watcher).await,
        Ok(Err(error)) => tracing::debug!(%error, "a connection did not become secure"),
        Err(_) => tracing::debug!("a connection took too long to become secure"),
    }
}

async fn converse<S>(stream: S, peer: SocketAddr, router: Router, watcher: Watcher)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = Extension(Peer(peer.ip())).layer(router);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_TIMEOUT)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service));
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended");
    }
}

/// Reads the certificate again whenever its files change.
async fn look(tls: Tls) {
    loop {
        sleep(LOOK).await;
        match tls.reload() {
            Ok(true) => tracing::info!("the certificate was read again"),
            Ok(false) => {}
            Err(error) => tracing::error!(%error, "the new certificate can't be used; the one before stays in use"),
        }
    }
}

/// Small answers leave at once instead of waiting for more.
fn at_once(stream: TcpStream) -> TcpStream {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY");
    }
    stream
}
