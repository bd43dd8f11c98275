//! A progress bar on stderr for what takes longer than two seconds: how far it
//! has come, how fast, how long it will yet take. Nothing where stderr is no
//! terminal, and nothing for what is done at once.

use std::io::{IsTerminal, Write};
use std::time::{Duration, Instant};

/// What is done before nobody would wait.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two drawings.
const BEAT: Duration = Duration::from_millis(200);
/// Characters of the bar.
const WIDTH: usize = 24;

/// One thing that is being done.
pub(super) struct Progress {
    what: &'static str,
    /// What is counted: `B` for octets, else a word.
    unit: &'static str,
    begun: Instant,
    drawn: Option<Instant>,
    shown: bool,
}

impl Progress {
    pub(super) fn new(what: &'static str, unit: &'static str) -> Self {
        Self { what, unit, begun: Instant::now(), drawn: None, shown: std::io::stderr().is_terminal() }
    }

    /// So much of all is done.
    pub(super) fn at(&mut self, done: u64, all: u64) {
        let early = self.begun.elapsed() < PATIENCE || self.drawn.is_some_and(|at| at.elapsed() < BEAT);
        if !self.shown || early {
            return;
        }
        self.drawn = Some(Instant::now());
        // That a bar cannot be drawn is nothing to stop for.
        let _ = write!(std::io::stderr(), "\r\x1b[K{}", line(self.what, self.unit, done, all, self.begun.elapsed()));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.drawn.is_some() {
            let _ = write!(std::io::stderr(), "\r\x1b[K");
        }
    }
}

fn line(what: &str, unit: &str, done: u64, all: u64, spent: Duration) -> String {
    let share = if all == 0 { 0.0 } else { (done as f64 / all as f64).min(1.0) };
    let full = (share * WIDTH as f64) as usize;
    let rate = done as f64 / spent.as_secs_f64().max(1e-9);
    let left = if rate > 0.0 { (all.saturating_sub(done)) as f64 / rate } else { 0.0 };
    format!(
        "{what} [{}{}] {:3.0} %  {}/s  {} left",
        "#".repeat(full),
        ".".repeat(WIDTH - full),
        share * 100.0,
        amount(rate, unit),
        time(left)
    )
}

fn amount(value: f64, unit: &str) -> String {
    let (value, prefix) = match value {
        v if v >= 1e9 => (v / 1e9, "G"),
        v if v >= 1e6 => (v / 1e6, "M"),
        v if v >= 1e3 => (v / 1e3, "k"),
        v => (v, ""),
    };
    if unit == "B" { format!("{value:.1} {prefix}B") } else { format!("{value:.1}{prefix} {unit}") }
}

fn time(seconds: f64) -> String {
    let seconds = seconds.round() as u64;
    if seconds < 90 { format!("{seconds} s") } else { format!("{} min {} s", seconds / 60, seconds % 60) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_and_time_left() {
        let told = line("reading", "B", 250_000_000, 1_000_000_000, Duration::from_secs(5));
        assert_eq!(told, "reading [######..................]  25 %  50.0 MB/s  15 s left");
        assert_eq!(time(125.2), "2 min 5 s");
        assert!(line("reading", "rows", 0, 0, Duration::ZERO).contains("0 %"));
    }
}
