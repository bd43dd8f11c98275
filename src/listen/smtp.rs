//! The SMTP door: takes mail for the pool's domains and mailboxes and nothing else, never
//! relays, never bounces. `grammar` and `session` are PURE and speak octets;
//! `mail` decodes messages for display; the socket is here.

pub mod grammar;
pub mod mail;
pub mod session;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};

use self::session::{Message, Session, Settings, Step};
use super::proxies::Proxies;
use crate::app::App;

/// A client that says nothing for so long is let go (RFC 5321 asks for 5 minutes).
const IDLE: Duration = Duration::from_secs(300);
/// And so is one that keeps a session open for longer than this.
const SESSION: Duration = Duration::from_secs(1_800);
/// Each may hold one message of the greatest size in memory.
const CONNECTIONS: usize = 256;

/// What the door needs to know.
#[derive(Debug, Clone)]
pub struct Door {
    pub hostname: String,
    pub max_message: usize,
    /// Who may hand over mail to mailboxes at providers.
    pub forwarders: Proxies,
}

/// Serves until `stop` says so; the caller owns socket and lifetime.
pub async fn run(listener: TcpListener, door: Door, app: Arc<App>, mut stop: watch::Receiver<bool>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stop.changed() => return,
        };
        let (socket, peer) = match accepted {
            Ok(accepted) => accepted,
            Err(cause) => {
                // Out of descriptors, most likely: wait for some to be freed.
                tracing::warn!(%cause, "a mail connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else {
            tokio::spawn(turn_away(socket));
            continue;
        };
        let (app, door, stop) = (Arc::clone(&app), door.clone(), stop.clone());
        tokio::spawn(async move {
            let talk = Talk { socket, peer, app, stop };
            // A client that hangs up in the middle has not been answered 250.
            let _ = tokio::time::timeout(SESSION, talk.run(door)).await;
            drop(place);
        });
    }
}

async fn turn_away(mut socket: TcpStream) {
    // Whether the busy client hears it is its own affair.
    let _ = tokio::time::timeout(
        Duration::from_secs(2),
        socket.write_all(b"421 4.3.2 too many connections, try again later\r\n"),
    )
    .await;
}

struct Talk {
    socket: TcpStream,
    peer: SocketAddr,
    app: Arc<App>,
    stop: watch::Receiver<bool>,
}

impl Talk {
    async fn run(mut self, door: Door) -> std::io::Result<()> {
        self.socket.set_nodelay(true)?;
        let takes = Arc::clone(&self.app);
        let forwarder = door.forwarders.lists(self.peer.ip());
        let settings = Settings {
            hostname: door.hostname,
            max_message: door.max_message,
            takes: Box::new(move |mailbox| takes.takes_mail_for(mailbox, forwarder)),
        };
        let mut session = Session::new(settings);
        let mut answer = session.greeting();
        let mut octets = vec![0u8; 16 << 10];
        loop {
            match session.step() {
                Step::Say(line) => answer.extend_from_slice(&line),
                Step::Take(message) => {
                    let done = self.take(*message, session.hostname()).await;
                    answer.extend_from_slice(&session.taken(done));
                }
                Step::Close(line) => {
                    answer.extend_from_slice(&line);
                    self.socket.write_all(&answer).await?;
                    return self.socket.shutdown().await;
                }
                Step::Listen => {
                    self.socket.write_all(&std::mem::take(&mut answer)).await?;
                    let read = tokio::select! {
                        read = tokio::time::timeout(IDLE, self.socket.read(&mut octets)) => read,
                        _ = self.stop.changed() => {
                            return self.socket.write_all(b"421 4.3.2 going down, try again later\r\n").await;
                        }
                    };
                    match read {
                        Ok(Ok(0)) => return Ok(()),
                        Ok(Ok(n)) => session.hear(&octets[..n]),
                        Ok(Err(cause)) => return Err(cause),
                        Err(_) => return self.socket.write_all(b"421 4.4.2 idle for too long\r\n").await,
                    }
                }
            }
        }
    }

    /// Durable before the answer; the id is what the 250 line names.
    async fn take(&self, message: Message, hostname: &str) -> Result<String, ()> {
        let contacts = mail::contacts(&message, self.peer, hostname, self.app.now(), |to| self.app.forwarded(to));
        match self.app.observe(contacts).await {
            Ok(hits) => Ok(hits.first().map(|h| h.id.to_string()).unwrap_or_default()),
            Err(cause) => {
                self.app.complain(&cause);
                Err(())
            }
        }
    }
}
