//! A dialect: delimiter, line end, and what a quote means. Found from the beginning
//! of the file by trying: right is what cuts the most lines into as many fields as
//! the header has.

use super::cutter::{Cutter, Uncut};
use crate::seed::text::survey::Survey;

/// The common ones first: of two that cut equally well, the first is taken. The last three are
/// those of Hive (SOH), and of exports that avoid whatever stands in texts.
const DELIMITERS: &[u8] = b",\t;|\x01^~:";
/// Rows that are judged.
const ROWS: usize = 500;

/// What a quote at the beginning of a field means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Quotes {
    /// The field ends at the next one that is not doubled (RFC 4180).
    Doubled,
    /// The field ends at the next one without a backslash before it.
    Backslashed,
    /// A quote: the file quotes nothing.
    Literal,
}

/// How a file is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Dialect {
    pub(super) delimiter: u8,
    /// LF (a CR may stand before it) or CR.
    pub(super) line_end: u8,
    pub(super) quotes: Quotes,
}

impl Dialect {
    /// That of a file; a name may say that it is cut by tabs.
    pub(super) fn find(survey: &Survey, tabs_first: bool) -> Self {
        let line_end = line_end(&survey.head);
        let first = if tabs_first { b'\t' } else { b',' };
        let delimiters = std::iter::once(first).chain(DELIMITERS.iter().copied().filter(|d| *d != first));
        let (mut best, mut most) =
            (Self { delimiter: first, line_end, quotes: Quotes::Doubled }, Score { share: 0, fields: 1 });
        for delimiter in delimiters {
            for quotes in [Quotes::Doubled, Quotes::Backslashed, Quotes::Literal] {
                let dialect = Self { delimiter, line_end, quotes };
                if dialect.is_a_mistake(survey) {
                    continue;
                }
                let score = dialect.score(survey);
                if score > most && score.fields > 1 {
                    (best, most) = (dialect, score);
                }
            }
        }
        if most.fields == 1 {
            best.quotes = best.quotes_of_one_column(survey);
        }
        best
    }

    /// In a file of commas or semicolons a single quote that fits nothing is a mistake to be told,
    /// not a habit of quoting nothing.
    fn is_a_mistake(self, survey: &Survey) -> bool {
        let sample = Self { quotes: Quotes::Doubled, ..self }.sample(survey);
        self.quotes == Quotes::Literal && b",;".contains(&self.delimiter) && sample.rows - sample.right < 2
    }

    fn sample(self, survey: &Survey) -> Sample {
        let mut seen = Sample::default();
        seen.meet(self, &survey.head, survey.is_whole);
        for line in &survey.backslashed {
            seen.meet_line(self, line);
        }
        seen
    }

    fn score(self, survey: &Survey) -> Score {
        let seen = self.sample(survey);
        Score { share: seen.right * 1000 / seen.rows.max(1), fields: seen.fields }
    }

    /// Nothing but quotes can be judged where nothing is delimited.
    fn quotes_of_one_column(self, survey: &Survey) -> Quotes {
        let share = |quotes| Self { quotes, ..self }.score(survey).share;
        let literal = share(Quotes::Literal) > share(Quotes::Doubled);
        if literal { Quotes::Literal } else { Quotes::Doubled }
    }
}

/// How well a dialect cuts: the share of right rows (in thousandths), then the fields of the header.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    share: usize,
    fields: usize,
}

#[derive(Default)]
struct Sample {
    rows: usize,
    right: usize,
    fields: usize,
}

impl Sample {
    fn meet(&mut self, dialect: Dialect, head: &str, is_whole: bool) {
        let (mut cutter, mut at) = (Cutter::new(head, dialect), 0);
        while at < head.len() && self.rows < ROWS {
            let cut = cutter.row(at);
            // What the end of the head cuts short says nothing.
            if !is_whole && !matches!(cut, Ok(next) if next < head.len()) && !matches!(cut, Err(Uncut::Garbled { .. }))
            {
                if matches!(cut, Err(Uncut::Open)) && head.len() - at > head.len() / 2 {
                    self.rows += 1;
                }
                break;
            }
            self.judge(&cutter, cut);
            at = match cut {
                Ok(next) => next,
                Err(_) => memchr::memchr(dialect.line_end, &head.as_bytes()[at..]).map_or(head.len(), |n| at + n + 1),
            };
        }
    }

    fn meet_line(&mut self, dialect: Dialect, line: &str) {
        let mut cutter = Cutter::new(line, dialect);
        let cut = cutter.row(0);
        self.judge(&cutter, cut);
    }

    fn judge(&mut self, cutter: &Cutter<'_>, cut: Result<usize, Uncut>) {
        if cut.is_ok() && cutter.is_blank() {
            return;
        }
        if self.fields == 0 {
            self.fields = if cut.is_ok() { cutter.spans.len() } else { 1 };
        }
        self.rows += 1;
        self.right += usize::from(cut.is_ok() && cutter.spans.len() == self.fields);
    }
}

/// LF, unless there is none and a CR.
fn line_end(head: &str) -> u8 {
    if !head.contains('\n') && head.contains('\r') { b'\r' } else { b'\n' }
}
