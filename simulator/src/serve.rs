//! `simulator serve`: puts the API and the control API on one address, until Ctrl-C or SIGTERM.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, Uri};
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::any;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::api::{fault_layer, received, whose};
use crate::connection::{Connection, Connections};
use crate::control::same_origin;
use crate::mini_programs::MiniPrograms;
use crate::{api, chat_page, control};

/// How long requests that are under way may take to end once the simulator is told to stop.
const FAREWELL: Duration = Duration::from_millis(500);

/// Why the simulator does not run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ServeError {
    #[error("--listen {address}: {source}; is another simulator running there?")]
    Bind { address: SocketAddr, source: io::Error },
    #[error("cannot serve: {0}")]
    Serve(#[from] io::Error),
}

/// Everything that the simulator serves.
pub(crate) fn router(mini_programs: Arc<MiniPrograms>) -> Router {
    let api = api::router()
        .layer(from_fn(fault_layer::strike))
        .layer(from_fn_with_state(mini_programs.clone(), whose::find))
        .layer(from_fn(received::note));
    let page = chat_page::router().layer(from_fn(same_origin::by_address));
    let mistaken = Router::new().route("/simulator/{*path}", any(unknown_order));
    Router::new().merge(api).merge(control::router()).merge(mistaken).merge(page).with_state(mini_programs)
}

/// Takes the address.
pub(crate) async fn bind(address: SocketAddr) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address).await.map_err(|source| ServeError::Bind { address, source })
}

/// Serves until told to stop.
pub(crate) async fn serve(listener: TcpListener, mini_programs: MiniPrograms) -> Result<(), ServeError> {
    let (stop, mut stopped) = watch::channel(());
    let router = router(Arc::new(mini_programs)).into_make_service_with_connect_info::<Connection>();
    let graceful = axum::serve(Connections(listener), router).with_graceful_shutdown(async move {
        told_to_stop().await;
        drop(stop);
    });
    let farewell_over = async move {
        // Ends when the sender is dropped, which is the signal.
        let _ = stopped.changed().await;
        tokio::time::sleep(FAREWELL).await;
    };
    tokio::select! {
        served = graceful => Ok(served?),
        () = farewell_over => Ok(()),
    }
}

async fn unknown_order(uri: Uri) -> (StatusCode, Json<Value>) {
    let path = uri.path();
    (StatusCode::NOT_FOUND, Json(json!({"error": format!("{path}: the simulator serves nothing here")})))
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};

    let interrupted = tokio::signal::ctrl_c();
    match signal(SignalKind::terminate()) {
        Ok(mut terminated) => {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
        }
        // Without a handler SIGTERM ends the process anyway.
        Err(_) => drop(interrupted.await),
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    let _ = tokio::signal::ctrl_c().await;
}
