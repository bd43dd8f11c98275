//! What makes canaries conspicuous that lies with the pool: mail domains that the
//! table does not have, numbers in blocks, prefixes that nobody else has. Told with
//! figures, so that an operator knows what to get.

use rustc_hash::FxHashMap;

use super::drawn::Drawn;
use super::generate::Generator;
use super::piece::Part;
use super::{Role, phones};
use crate::model::Kind;

/// Numbers so near each other are of one block.
const NEAR: i64 = 60;
/// So much more of the canaries than of the rows is too much, as a share of the canaries.
const TOO_MANY: f64 = 0.3;

impl Generator<'_> {
    /// What of the pool gives these rows away.
    pub fn pool_warnings(&self, rows: &[Drawn]) -> Vec<String> {
        [
            self.country(),
            self.strange_domains(rows),
            self.borrowed_names(rows),
            blocks(rows),
            self.strange_prefixes(rows),
            self.unwritable(),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Phones that are taken for numbers of the country that the pool's are of.
    fn country(&self) -> Option<String> {
        let column = self.profile.column_of(Role::Phone)?;
        (self.phones.home.code != self.profile.home).then(|| {
            format!(
                "the phones in column {} show no country: they are taken for numbers of +{}, as those of the pool are; if the table's are of another country, give the pool numbers of that one",
                self.profile.columns[column].name, self.phones.home.code
            )
        })
    }

    /// Rows whose phones are of a form in which the pool has hardly a number: no canary is like these.
    fn unwritable(&self) -> Option<String> {
        let column = self.profile.column_of(Role::Phone)?;
        let donors = self.profile.donors.iter().map(|a| self.profile.text(&a.row, Some(column)));
        let phones: Vec<&str> = donors.flatten().collect();
        let strange: Vec<&&str> = phones.iter().filter(|like| !self.phones.can_write(like)).collect();
        let share = strange.len() as f64 / phones.len().max(1) as f64;
        let form: String = strange.first()?.chars().map(|c| if c.is_ascii_digit() { '9' } else { c }).collect();
        (share > 0.05).then(|| {
            format!(
                "{:.0} % of the phones in column {} are of a form in which hardly a number of the pool can be written, or none (such as {form:?}), so that no canary is like these rows; more numbers of that country and length in the pool would do",
                share * 100.0,
                self.profile.columns[column].name
            )
        })
    }

    /// Mail domains that are rarer in the table than among the canaries.
    fn strange_domains(&self, rows: &[Drawn]) -> Option<String> {
        let column = self.profile.column_of(Role::Email)?;
        let piece = &self.views.pieces[self.views.find(column, Part::Domain)?];
        let filled = piece.exact.iter().filter(|id| **id != super::piece::NONE).count().max(1);
        let mut ours: FxHashMap<&str, usize> = FxHashMap::default();
        let points = rows.iter().flat_map(|r| &r.contact_points).filter(|p| p.kind == Kind::Mailbox);
        points.filter_map(|p| p.value.rsplit_once('@')).for_each(|(_, d)| *ours.entry(d).or_default() += 1);
        let all: usize = ours.values().sum();
        let theirs = |domain: &str| {
            let at = piece.texts.iter().position(|t| t == domain);
            at.map_or(0, |n| piece.counts[n]) as f64 / filled as f64
        };
        let strange: usize = ours.iter().filter(|(d, _)| theirs(d) < 0.002).map(|(_, n)| n).sum();
        let mut common: Vec<(&u32, &String)> = piece.counts.iter().zip(&piece.texts).collect();
        common.sort_by(|a, b| b.cmp(a));
        let common: Vec<String> =
            common.iter().take(3).map(|(n, t)| format!("{t} ({:.0} %)", **n as f64 * 100.0 / filled as f64)).collect();
        (strange * 20 > all && all > 0).then(|| {
            format!(
                "{strange} of {all} mailboxes are at domains of the pool that less than 0.2 % of the table's addresses have, and stand out by that alone; the table's own providers are {}: dyepack pool add mailbox for addresses there",
                common.join(", ")
            )
        })
    }

    /// Surnames that rows have, asked for by mailboxes that are named after the table's own people.
    fn borrowed_names(&self, rows: &[Drawn]) -> Option<String> {
        let column = self.profile.column_of(Role::Surname)?;
        let known = &self.profile.columns[column];
        let owned = |d: &&Drawn| d.contact_points.iter().any(|p| p.kind == Kind::Mailbox);
        let names: Vec<&str> = rows.iter().filter(owned).filter_map(|d| d.row[column].as_deref()).collect();
        let ours = names.iter().filter(|name| known.has(name)).count();
        let theirs = 1.0 - known.single_share();
        (ours as f64 > (theirs + TOO_MANY) * names.len() as f64).then(|| {
            format!(
                "{ours} of {} canaries with a mailbox of the pool bear a surname that a row of the table has, and {:.0} % of the rows share theirs; mailboxes named after people of other surnames would not stand out",
                names.len(),
                theirs * 100.0
            )
        })
    }

    /// Phones whose first digits no row has.
    fn strange_prefixes(&self, rows: &[Drawn]) -> Option<String> {
        let column = self.profile.column_of(Role::Phone)?;
        let piece = &self.views.pieces[self.views.find(column, Part::Prefix)?];
        let head = |digits: &str| digits.get(..3).map(str::to_owned);
        let known: rustc_hash::FxHashSet<String> = piece
            .texts
            .iter()
            .filter_map(|t| head(self.national(t)))
            .chain(piece.texts.iter().filter_map(|t| head(t)))
            .collect();
        let ours: Vec<String> = rows
            .iter()
            .flat_map(|r| &r.contact_points)
            .filter(|p| p.kind == Kind::Phone)
            .filter_map(|p| head(phones::split(&p.value).1))
            .collect();
        let strange = ours.iter().filter(|h| !known.contains(*h)).count();
        (strange * 20 > ours.len() && self.profile.rows >= 300).then(|| {
            format!(
                "{strange} of {} phones of the pool begin with digits that no row of the table has; numbers with the table's own prefixes would not stand out",
                ours.len()
            )
        })
    }
}

/// Phones that lie close to each other.
fn blocks(rows: &[Drawn]) -> Option<String> {
    let phones = rows.iter().flat_map(|r| &r.contact_points).filter(|p| p.kind == Kind::Phone);
    let mut numbers: Vec<i64> = phones.filter_map(|p| p.value.trim_start_matches('+').parse().ok()).collect();
    numbers.sort_unstable();
    let near = |n: usize| {
        let side = |m: Option<&i64>| m.is_some_and(|m| (m - numbers[n]).abs() <= NEAR);
        side(n.checked_sub(1).and_then(|m| numbers.get(m))) || side(numbers.get(n + 1))
    };
    let blocked = (0..numbers.len()).filter(|n| near(*n)).count();
    (blocked * 10 > numbers.len()).then(|| {
        format!(
            "{blocked} of {} phones of the pool lie within {NEAR} numbers of another one: whoever sorts the column sees the block; scattered numbers would not",
            numbers.len()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Profiler, Spot, Told};
    use crate::model::{ContactPoint, Offer};
    use rand::SeedableRng;

    /// What is said of canaries of these surnames, in a table in which `share` of a hundred people bear each.
    fn said(surnames: &[&str], share: usize) -> Vec<String> {
        let mut entropy = rand_chacha::ChaCha20Rng::seed_from_u64(1);
        let header = ["first_name", "last_name", "email"].map(str::to_owned);
        let mut profiler = Profiler::new(&header);
        for n in 0..400usize {
            let letters = [n / share % 20, n / share / 20].map(|k| char::from(b'a' + k as u8));
            let surname = format!("{}{}son", letters[0].to_ascii_uppercase(), letters[1]);
            profiler.meet(&[Some("Ann"), Some(&surname), Some(&format!("ann{n}@qq.com"))], &mut entropy);
        }
        let profile = profiler.finish(&Told::default());
        let offer = Offer::default();
        let row = |(n, surname): (usize, &&str)| {
            let value = format!("own{n}@qq.com");
            let cells = ["Ann", surname, &value].map(|c| Some(c.to_owned())).to_vec();
            let contact_points = vec![ContactPoint { kind: Kind::Mailbox, value }];
            Drawn { contact_points, ..Drawn::at(cells, Spot::First) }
        };
        let rows: Vec<Drawn> = surnames.iter().enumerate().map(row).collect();
        Generator::new(&profile, &offer).pool_warnings(&rows)
    }

    #[test]
    fn surnames_of_rows_are_told_where_rows_have_their_own() {
        let (theirs, new) = (["Aason", "Bason", "Cason"], ["Smith", "Jones", "Brown"]);
        assert!(said(&theirs, 1)[0].starts_with("3 of 3 canaries with a mailbox of the pool bear a surname"));
        assert_eq!((said(&new, 1), said(&theirs, 4)), (Vec::<String>::new(), Vec::new()));
    }
}
