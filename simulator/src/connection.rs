//! Connections that can be cut from within a request, as a network does it: without an answer.

use std::io;
use std::net::{Shutdown, TcpStream as StdStream};
use std::sync::Arc;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::net::{TcpListener, TcpStream};

/// A connection that a request came in by.
#[derive(Debug, Clone)]
pub(crate) struct Connection(Arc<StdStream>);

impl Connection {
    /// Cuts it.
    pub(crate) fn cut(&self) {
        // Fails only if the other side was faster.
        let _ = self.0.shutdown(Shutdown::Both);
    }
}

/// A listener whose connections can be cut.
#[derive(Debug)]
pub(crate) struct Connections(pub(crate) TcpListener);

impl Listener for Connections {
    type Io = TcpStream;
    type Addr = Connection;

    async fn accept(&mut self) -> (TcpStream, Connection) {
        loop {
            let (stream, _) = Listener::accept(&mut self.0).await;
            if let Ok(accepted) = with_handle(stream) {
                return accepted;
            }
        }
    }

    fn local_addr(&self) -> io::Result<Connection> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

impl Connected<IncomingStream<'_, Connections>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Connections>) -> Self {
        stream.remote_addr().clone()
    }
}

fn with_handle(stream: TcpStream) -> io::Result<(TcpStream, Connection)> {
    let stream = stream.into_std()?;
    let handle = Connection(Arc::new(stream.try_clone()?));
    Ok((TcpStream::from_std(stream)?, handle))
}
