//! A cutter: stands between a store and its server, and cuts the line at the worst
//! of moments, when the next COMMIT comes by.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// What does not arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cut {
    /// The server commits; nobody hears of it.
    Answer = 1,
    /// The server never hears of it.
    Question = 2,
}

const CUT: u8 = 3;

/// A line that can be cut once.
pub struct Cutter {
    pub port: u16,
    state: Arc<AtomicU8>,
}

impl Cutter {
    /// Stands before the server on that port.
    pub async fn before(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let port = listener.local_addr().expect("bound").port();
        let state = Arc::new(AtomicU8::new(0));
        let lines = Arc::clone(&state);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", server)).await.expect("connected");
                join(client, server, &lines);
            }
        });
        Self { port, state }
    }

    /// From now on, cuts at the next COMMIT.
    pub fn cut(&self, what: Cut) {
        self.state.store(what as u8, Ordering::SeqCst);
    }

    pub fn has_cut(&self) -> bool {
        self.state.load(Ordering::SeqCst) == CUT
    }
}

fn join(client: TcpStream, server: TcpStream, state: &Arc<AtomicU8>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let deaf = Arc::new(Notify::new());
    tokio::spawn(questions(from_client, to_server, Arc::clone(state), Arc::clone(&deaf)));
    tokio::spawn(answers(from_server, to_client, deaf));
}

async fn questions(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, state: Arc<AtomicU8>, deaf: Arc<Notify>) {
    let mut octets = vec![0; 1 << 16];
    while let Ok(length @ 1..) = from.read(&mut octets).await {
        let commit = octets[..length].windows(6).any(|part| part == b"COMMIT");
        let cut = if commit { state.swap(CUT, Ordering::SeqCst) } else { 0 };
        if commit && cut != Cut::Answer as u8 && cut != Cut::Question as u8 {
            state.store(cut, Ordering::SeqCst);
        } else if commit {
            deaf.notify_one();
            if cut == Cut::Answer as u8 {
                to.write_all(&octets[..length]).await.ok();
            }
            return;
        }
        if to.write_all(&octets[..length]).await.is_err() {
            return;
        }
    }
}

async fn answers(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, deaf: Arc<Notify>) {
    let mut octets = vec![0; 1 << 16];
    loop {
        tokio::select! {
            biased;
            () = deaf.notified() => return,
            read = from.read(&mut octets) => match read {
                Ok(length @ 1..) if to.write_all(&octets[..length]).await.is_ok() => {}
                _ => return,
            },
        }
    }
}
