//! A canary's row: a plan filled with a persona and with the contact points that
//! the pool offers. A contact value that the pool does not give stays empty.

use rand::RngExt;
use std::collections::HashSet;

use super::locale::PersonName;
use super::mailname::{Facts, local_part};
use super::persona::{self, Persona, random};
use super::plan::{Plan, Spot};
use super::profile::{Anchor, Order, Profile};
use super::redraw::{between, case_like, close, redraw_digits, redraw_numbers, shifted};
use super::{Cell, Role, Row, idcard, is_blank, phones};
use crate::model::contact_point::Kind;
use crate::model::{ContactPoint, Entropy, IdSafety, Offer, OfferedPhone};

/// Draws before giving up on finding something that fits.
const TRIES: usize = 60;
/// Letters and digits of the end of a planted web address: 62 bits.
const URL_CODE: usize = 12;

/// A row that is.
#[derive(Debug, Clone)]
pub struct Drawn {
    pub row: Row,
    pub spot: Spot,
    pub names: Vec<String>,
    pub identifiers: Vec<String>,
    pub contact_points: Vec<ContactPoint>,
    pub id_safety: IdSafety,
}

/// Fills rows for one table.
pub struct Generator<'a> {
    profile: &'a Profile,
    used_keys: HashSet<i64>,
    used_texts: HashSet<String>,
    used_names: HashSet<PersonName>,
    /// What an operator should know of the rows that were made.
    pub warnings: Vec<String>,
}

impl<'a> Generator<'a> {
    /// A generator of rows for the table of this profile.
    pub fn new(profile: &'a Profile) -> Self {
        Self {
            profile,
            used_keys: HashSet::new(),
            used_texts: HashSet::new(),
            used_names: HashSet::new(),
            warnings: Vec::new(),
        }
    }

    /// Fills planned rows; there must be as many phones as they need.
    pub fn fill(&mut self, plans: Vec<Plan>, offer: &Offer, entropy: &mut dyn Entropy) -> Vec<Drawn> {
        let mut left = offer.clone();
        plans.into_iter().map(|plan| self.fill_one(&plan, &mut left, entropy)).collect()
    }

    fn fill_one(&mut self, plan: &Plan, left: &mut Offer, entropy: &mut dyn Entropy) -> Drawn {
        let persona = persona::draw(self.profile, &plan.donor, &self.used_names, entropy);
        self.used_names.insert(persona.name.clone());
        let phone = if plan.phone { self.take_phone(&plan.donor, &mut left.phones) } else { None };
        let mail = if plan.mail { self.take_mailbox(&plan.donor, &mut left.mailboxes) } else { None };
        let mail = mail.or_else(|| {
            if plan.mail { self.mint_mailbox(&persona, plan, phone.as_ref(), left, entropy) } else { None }
        });
        let url = if plan.url { mint_url(left, entropy) } else { None };
        let mut drawn = Drawn {
            row: Vec::new(),
            spot: plan.spot.clone(),
            names: Vec::new(),
            identifiers: Vec::new(),
            contact_points: Vec::new(),
            id_safety: IdSafety::NoColumn,
        };
        let mut row = Vec::with_capacity(self.profile.roles.len());
        for column in 0..self.profile.roles.len() {
            let cell = match self.profile.roles[column] {
                Role::Phone => {
                    let written = phone.as_ref().map(|p| self.write_phone(p, plan, column, entropy));
                    self.contact_cell(column, Role::Phone, written)
                }
                Role::Email => self.contact_cell(column, Role::Email, mail.as_ref().map(|m| m.value.clone())),
                Role::Url => self.contact_cell(column, Role::Url, url.as_ref().map(|u| u.value.clone())),
                Role::NationalId => self.id_cell(&persona, plan, column, &mut drawn, entropy),
                _ => self.plain_cell(&persona, plan, column, entropy),
            };
            row.push(cell);
        }
        self.describe(&persona, &row, &mut drawn);
        drawn.row = row;
        drawn.contact_points = [phone, mail, url].into_iter().flatten().collect();
        drawn
    }

    fn describe(&self, persona: &Persona, row: &Row, drawn: &mut Drawn) {
        let name = &persona.name;
        drawn.names = self.profile.columns_of(Role::FullName).filter_map(|c| row[c].clone()).collect();
        if drawn.names.is_empty() && self.profile.column_of(Role::GivenName).is_some() {
            drawn.names.push(self.profile.locale.join(name, "Aa Bb"));
        }
        drawn.names.dedup();
        let written = [Role::Phone, Role::NationalId].into_iter().flat_map(|role| self.profile.columns_of(role));
        drawn.identifiers = written.filter(|c| !is_blank(&row[*c])).filter_map(|c| row[c].clone()).collect();
        drawn.identifiers.dedup();
    }

    /// The first column of a contact role carries the value; a second one stays
    /// empty where the table often leaves it so, else repeats it.
    fn contact_cell(&self, column: usize, role: Role, value: Option<String>) -> Cell {
        let first = self.profile.column_of(role) == Some(column);
        let often_blank = self.profile.columns[column].blank_share() > 0.05;
        match value {
            Some(value) if first || !often_blank => Some(value),
            _ => self.blank(column),
        }
    }

    /// Empty as this table writes it: NULL if it has NULLs, else an empty text.
    fn blank(&self, column: usize) -> Cell {
        let is_null = |a: &Anchor| a.row[column].is_none();
        if self.profile.donors.iter().any(is_null) { None } else { Some(String::new()) }
    }

    /// The offered number that fits the form of the donor's cell best.
    fn take_phone(&self, donor: &Row, phones: &mut Vec<OfferedPhone>) -> Option<ContactPoint> {
        let like = self.profile.text(donor, self.profile.column_of(Role::Phone)).unwrap_or_default();
        let home = &self.profile.home;
        let fits = phones.iter().position(|p| phones::write_like(&p.point.value, like, home).is_some());
        let fits = fits.or_else(|| phones.iter().position(|p| phones::is_of(&p.point.value, home)));
        let any = if phones.is_empty() { None } else { Some(phones.len() - 1) };
        fits.or(any).map(|at| phones.swap_remove(at).point)
    }

    /// An owned mailbox that the table does not have, at the donor's provider if
    /// there is one.
    fn take_mailbox(&self, donor: &Row, mailboxes: &mut Vec<ContactPoint>) -> Option<ContactPoint> {
        let column = self.profile.column_of(Role::Email)?;
        let domain = |mailbox: &str| mailbox.rsplit('@').next().unwrap_or_default().to_lowercase();
        let like = self.profile.text(donor, Some(column)).map(domain);
        mailboxes.retain(|m| !self.profile.columns[column].has(&m.value));
        let there = mailboxes.iter().position(|m| like.as_ref() == Some(&domain(&m.value)));
        let any = (!mailboxes.is_empty()).then_some(0);
        there.or(any).map(|at| mailboxes.swap_remove(at))
    }

    fn write_phone(&mut self, phone: &ContactPoint, plan: &Plan, column: usize, entropy: &mut dyn Entropy) -> String {
        let write =
            |row: &Row| phones::write_like(&phone.value, self.profile.text(row, Some(column))?, &self.profile.home);
        let own = write(&plan.donor);
        let other = || (0..TRIES).find_map(|_| write(&random(&self.profile.donors, entropy)?.row));
        if let Some(written) = own.or_else(other) {
            return written;
        }
        self.warn(format!(
            "some phones of the pool do not fit the form of column {} and are written as +…, which stands out; add numbers of the same country and length",
            self.profile.columns[column].name
        ));
        phone.value.clone()
    }

    fn warn(&mut self, warning: String) {
        if !self.warnings.contains(&warning) {
            self.warnings.push(warning);
        }
    }

    fn mint_mailbox(
        &mut self,
        persona: &Persona,
        plan: &Plan,
        phone: Option<&ContactPoint>,
        offer: &Offer,
        entropy: &mut dyn Entropy,
    ) -> Option<ContactPoint> {
        let locale = self.profile.locale;
        let national = phone.map(|p| phones::split(&p.value).1.to_owned());
        let facts = Facts::of(locale, &persona.name, persona.born, national.as_deref());
        let column = self.profile.column_of(Role::Email)?;
        let like = self.profile.text(&plan.donor, Some(column)).unwrap_or_default();
        let theirs = persona::of_row(self.profile, &plan.donor)
            .map(|p| {
                Facts::of(locale, &p.name, p.born, self.profile.text(&plan.donor, self.profile.column_of(Role::Phone)))
            })
            .unwrap_or_default();
        let mut local = local_part(&facts, like.split('@').next().unwrap_or_default(), &theirs, entropy);
        let domain = offer.mail_domains.get(entropy.random_range(0..offer.mail_domains.len().max(1)))?;
        for n in 0..TRIES {
            let value = format!("{local}@{domain}");
            if !self.profile.columns[column].has(&value) && self.used_texts.insert(value.to_lowercase()) {
                return ContactPoint::mailbox(&value).ok();
            }
            local.push_str(&entropy.random_range(0..if n < 10 { 100 } else { 100_000 }).to_string());
        }
        None
    }

    fn id_cell(
        &self,
        persona: &Persona,
        plan: &Plan,
        column: usize,
        drawn: &mut Drawn,
        entropy: &mut dyn Entropy,
    ) -> Cell {
        let like = self.profile.text(&plan.donor, Some(column)).map(str::to_owned);
        let Some(like) = like else {
            drawn.id_safety = IdSafety::Empty;
            return plan.donor[column].clone();
        };
        if like.contains('*') {
            drawn.id_safety = IdSafety::Masked;
            return Some(redraw_digits(&like, 0, entropy));
        }
        let chinese = like.trim().len() == 18 || like.trim().len() == 15;
        let born = persona.born.unwrap_or(jiff::civil::date(1985, 1, 1));
        let male = persona.sex.map_or_else(|| entropy.random_bool(0.5), |s| s == super::locale::Sex::Male);
        let number = if chinese {
            (0..TRIES).find_map(|_| {
                idcard::anachronism(born, male, &like, entropy).filter(|n| !self.profile.columns[column].has(n))
            })
        } else {
            None
        };
        match number {
            Some(number) => {
                drawn.id_safety = IdSafety::Anachronism;
                Some(if like.ends_with('x') { number.to_lowercase() } else { number })
            }
            None => {
                drawn.id_safety = IdSafety::Empty;
                self.blank(column)
            }
        }
    }

    fn plain_cell(&mut self, persona: &Persona, plan: &Plan, column: usize, entropy: &mut dyn Entropy) -> Cell {
        let donor = plan.donor[column].clone();
        let like = donor.as_deref().unwrap_or_default().to_owned();
        let blank = is_blank(&donor);
        let profile = self.profile;
        match profile.roles[column] {
            Role::OtherContact => {
                let name = &profile.columns[column].name;
                self.warn(format!(
                    "column {name} holds a way to reach somebody that the pool cannot give; canaries leave it empty"
                ));
                self.blank(column)
            }
            Role::Key => self.key_cell(plan, column, &like, entropy),
            Role::FullName if !blank => Some(profile.locale.join(&persona.name, &like)),
            Role::Surname if !blank => Some(case_like(&persona.name.surname, &like)),
            Role::GivenName if !blank => Some(case_like(&persona.name.given, &like)),
            Role::BirthDate if !blank => Some(match (persona.born, &profile.dates[column]) {
                (Some(born), Some(form)) => form.write(born.at(0, 0, 0, 0)),
                _ => like,
            }),
            Role::Address | Role::HouseNumber if !blank => Some(redraw_numbers(&like, entropy)),
            Role::CreatedAt => self.time_cell(plan, column, donor, entropy),
            Role::Amount => self.beside(plan, column, entropy),
            Role::Code if !blank => self.code_cell(column, &like, entropy),
            Role::Other if profile.columns[column].sorted().is_some() && !plan.anchor.row.is_empty() => {
                plan.anchor.row[column].clone()
            }
            _ => donor,
        }
    }

    fn key_cell(&mut self, plan: &Plan, column: usize, like: &str, entropy: &mut dyn Entropy) -> Cell {
        let own = matches!(self.profile.order, Order::Running { column: c, .. } if c == column);
        if let (true, Some(key)) = (own, plan.key) {
            return Some(self.profile.columns[column].write_number(key));
        }
        let known = &self.profile.columns[column];
        let Some((low, high)) = known.range() else { return self.code_cell(column, like, entropy) };
        // Where this number runs beside the table's own, it stays between its neighbours.
        let of = |row: &Row| self.profile.text(row, Some(column)).and_then(|t| known.number_of(t));
        let beside = (of(&plan.anchor.row), plan.anchor.next.as_ref().and_then(of));
        let (low, high) = match beside {
            (Some(a), Some(b)) if known.running().is_some() && a.abs_diff(b) > 1 => (a.min(b) + 1, a.max(b) - 1),
            _ => (low, high),
        };
        let mut fresh = |k: &i64| !known.has(&known.write_number(*k)) && self.used_keys.insert(*k);
        let within = (0..TRIES).map(|_| entropy.random_range(low..=high)).find(&mut fresh);
        within.or_else(|| (high.saturating_add(1)..i64::MAX).find(&mut fresh)).map(|k| known.write_number(k))
    }

    /// The same shape with other digits, and a value the table does not have.
    /// What has no digits to change is left empty rather than copied.
    fn code_cell(&mut self, column: usize, like: &str, entropy: &mut dyn Entropy) -> Cell {
        let keep = like.chars().filter(|c| c.is_ascii_alphanumeric()).count() / 3;
        for n in 0..TRIES {
            let code = redraw_digits(like, if n < TRIES / 2 { keep } else { 0 }, entropy);
            if code != like
                && !self.profile.columns[column].has(&code)
                && self.used_texts.insert(format!("{column}\0{code}"))
            {
                return Some(code);
            }
        }
        let name = &self.profile.columns[column].name;
        self.warn(format!("column {name} holds a different text in every row; canaries leave it empty (say --map '{name}=other' to take texts of other rows over)"));
        self.blank(column)
    }

    /// A cell of yet another row.
    fn beside(&self, plan: &Plan, column: usize, entropy: &mut dyn Entropy) -> Cell {
        random(&self.profile.donors, entropy).map_or_else(|| plan.donor[column].clone(), |a| a.row[column].clone())
    }

    /// Between the neighbours where the table runs by this column, else like another row's.
    fn time_cell(&self, plan: &Plan, column: usize, donor: Cell, entropy: &mut dyn Entropy) -> Cell {
        let Some(form) = &self.profile.dates[column] else { return donor };
        let read = |row: &Row| form.read(self.profile.text(row, Some(column))?);
        let runs = self.profile.columns[column].sorted().is_some();
        let with_the_key = matches!(self.profile.order, Order::Running { .. });
        let neighbours = (read(&plan.anchor.row), plan.anchor.next.as_ref().and_then(read));
        match neighbours {
            (Some(a), Some(b)) if runs || with_the_key && close(a, b) => {
                Some(form.write(between(a.min(b), a.max(b), entropy)))
            }
            (Some(a), None) if runs => Some(form.write(a)),
            _ => match read(&plan.donor) {
                Some(at) => Some(form.write(shifted(at, form.has_time(), entropy))),
                None => donor,
            },
        }
    }
}

fn mint_url(offer: &Offer, entropy: &mut dyn Entropy) -> Option<ContactPoint> {
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let host = offer.web_hosts.get(entropy.random_range(0..offer.web_hosts.len().max(1)))?;
    let code: String = (0..URL_CODE).map(|_| char::from(LETTERS[entropy.random_range(0..LETTERS.len())])).collect();
    Some(ContactPoint { kind: Kind::Url, value: format!("{host}/{code}") })
}

#[cfg(test)]
mod tests;
