//! A draft: one row as it comes together. For every piece it holds the row of
//! the table that the piece is like, and beside that what was made new; the
//! finished row is written from both, each cell in the form of the row it is like.

use jiff::civil::{Date, DateTime};
use rand::RngExt;

use super::generate::{Drawn, Generator};
use super::locale::{PersonName, Sex, read_sex};
use super::mailbox::{Fit, Owned};
use super::mailname::{self, Facts, local_part};
use super::numbers::{self, Bearer};
use super::redraw::{case_like, redraw_digits};
use super::site::Site;
use super::views::{NONE, Part};
use super::{Cell, Role, Row, address, compose, is_blank, persona, phones};
use crate::model::contact_point::Kind;
use crate::model::{ContactPoint, Entropy, IdSafety};

/// Draws before giving up on finding something that fits.
const TRIES: usize = 40;
/// Divisions of other rows that an identity number is tried with.
const REGIONS: usize = 24;
/// Letters and digits of the end of a planted web address: 62 bits.
const URL_CODE: usize = 12;

/// One row as it comes together.
pub(super) struct Draft<'g, 'a> {
    from: &'g Generator<'a>,
    /// The row whose empty cells are empty here.
    shape: &'a Row,
    /// The row that each piece is like.
    taken: Vec<u32>,
    /// Pieces that are new, with their text.
    made: Vec<Option<String>>,
    sex: Option<Sex>,
    born: Option<Date>,
    /// The year in which the row came to be.
    created: Option<i16>,
    mailbox: Option<ContactPoint>,
    /// The provider at which a mailbox stands in for owned ones.
    provider: Option<String>,
    fit: Fit,
    phone: Option<ContactPoint>,
    site: Option<Site>,
    warnings: Vec<String>,
}

impl<'g, 'a> Draft<'g, 'a> {
    pub(super) fn new(from: &'g Generator<'a>, entropy: &mut dyn Entropy) -> Self {
        let donors = &from.profile.donors;
        let reachable = |row: &Row| {
            let mut contacts = from.profile.roles.iter().zip(row).filter(|(role, _)| role.is_contact());
            contacts.any(|(_, cell)| !is_blank(cell)) && from.writable(row)
        };
        let mut any = || &donors[entropy.random_range(0..donors.len())].row;
        let shape = (0..TRIES).map(|_| any()).find(|row| reachable(row)).unwrap_or_else(any);
        let pieces = from.views.pieces.len();
        Self {
            from,
            shape,
            taken: vec![NONE; pieces],
            made: vec![None; pieces],
            sex: None,
            born: None,
            created: None,
            mailbox: None,
            provider: None,
            fit: Fit::default(),
            phone: None,
            site: None,
            warnings: Vec::new(),
        }
    }

    /// Draws every piece and writes the row.
    pub(super) fn finish(mut self, count: usize, entropy: &mut dyn Entropy) -> (Drawn, Vec<String>) {
        if self.from.sites.along.is_none() {
            self.site = Some(self.from.sites.draw(count, None, entropy));
        }
        for nth in 0..self.from.links.order.len() {
            self.draw_piece(self.from.links.order[nth], entropy);
        }
        if let Some(column) = self.from.sites.along {
            let text = match self.from.profile.roles[column] {
                Role::Email => self.mailbox.as_ref().map(|m| m.value.clone()),
                Role::Phone => self.phone.as_ref().map(|p| phones::split(&p.value).1.to_owned()),
                _ => self.text_of(column, Part::Whole).or_else(|| self.full_name(column)),
            };
            self.site = Some(self.from.sites.draw(count, text.as_deref(), entropy));
        }
        self.write(entropy)
    }

    fn filled(&self, column: usize) -> bool {
        !is_blank(&self.shape[column])
    }

    fn draw_piece(&mut self, piece: usize, entropy: &mut dyn Entropy) {
        let from = self.from;
        let (column, part) = (from.views.pieces[piece].column, from.views.pieces[piece].part);
        if !self.filled(column) {
            return;
        }
        let role = from.profile.roles[column];
        let invents = matches!(part, Part::Surname | Part::Given | Part::Street)
            || matches!(role, Role::Surname | Role::GivenName)
            || part == Part::Whole
                && matches!(role, Role::Other | Role::Company | Role::Text)
                && from.links.of[piece].unseen > 0.05;
        let drawn = match self.wanted(piece, entropy) {
            Some(row) => Some(row),
            None => from.links.draw(&from.views, piece, &self.taken, invents, entropy),
        };
        self.taken[piece] = drawn.unwrap_or(NONE);
        if drawn.is_none() {
            self.made[piece] = self.make(piece, entropy);
        }
        self.note(piece, entropy);
    }

    /// A row whose name is the one that the mailbox was made for.
    fn wanted(&self, piece: usize, entropy: &mut dyn Entropy) -> Option<u32> {
        let from = self.from;
        let p = &from.views.pieces[piece];
        let role = from.profile.roles[p.column];
        let (word, initial, initials) = match (role, p.part) {
            (Role::Surname, _) | (_, Part::Surname) => (&self.fit.surname, self.fit.surname_initial, None),
            (Role::GivenName, _) | (_, Part::Given) => {
                (&self.fit.given, self.fit.given_initial, self.fit.initials.as_deref())
            }
            _ => return None,
        };
        if word.is_none() && initial.is_none() && initials.is_none() {
            return None;
        }
        let locale = from.profile.locale;
        let fits = |row: u32| {
            p.text(row as usize).is_some_and(|text| {
                let latin = locale.latin(text);
                word.as_ref().is_none_or(|w| *w == latin)
                    && initial.is_none_or(|c| latin.starts_with(c))
                    && initials.is_none_or(|i| i == mailname::initials(locale, text))
            })
        };
        // First by the table's links (a man's name, a name of that age), then any.
        let linked = (0..TRIES)
            .find_map(|_| from.links.draw(&from.views, piece, &self.taken, false, entropy).filter(|r| fits(*r)));
        linked.or_else(|| {
            let all: Vec<u32> = (0..from.views.rows as u32).filter(|r| fits(*r)).collect();
            (!all.is_empty()).then(|| all[entropy.random_range(0..all.len())])
        })
    }

    /// A value that no row has.
    fn make(&self, piece: usize, entropy: &mut dyn Entropy) -> Option<String> {
        let from = self.from;
        let p = &from.views.pieces[piece];
        let like = &p.texts[entropy.random_range(0..p.texts.len())];
        match (from.profile.roles[p.column], p.part) {
            (Role::Surname, _) | (_, Part::Surname) => Some(self.new_surname(piece, like, entropy)),
            (Role::GivenName, _) | (_, Part::Given) => Some(self.new_given(piece, entropy)),
            _ => compose::splice(p, like, self.new_word(piece, like, entropy), entropy).or_else(|| Some(like.clone())),
        }
    }

    /// A word that no text of the piece has, as often as the table's new texts have one.
    fn new_word(&self, piece: usize, like: &str, entropy: &mut dyn Entropy) -> Option<String> {
        let p = &self.from.views.pieces[piece];
        let often = p.new_words() / self.from.links.of[piece].unseen.max(0.01);
        if !like.is_ascii() || !entropy.random_bool(often.min(1.0)) {
            return None;
        }
        let first = like.split(' ').next().unwrap_or_default();
        let pack = self.from.profile.locale.pack();
        (0..TRIES).map(|_| case_like(&pack.surname(None, entropy), first)).find(|word| !p.words.contains_key(word))
    }

    /// A surname that no row has, of the group of another row's.
    fn new_surname(&self, piece: usize, like: &str, entropy: &mut dyn Entropy) -> String {
        let from = self.from;
        let p = &from.views.pieces[piece];
        let pack = from.profile.locale.pack();
        if let Some(word) = &self.fit.surname
            && let Some(known) = pack.surnames_of_latin(word).into_iter().next()
        {
            return case_like(&known, like);
        }
        let mut made = String::new();
        for _ in 0..TRIES {
            made = case_like(&pack.surname_like(like, None, entropy), like);
            if !p.texts.contains(&made) {
                break;
            }
        }
        made
    }

    /// A given name that no row has: for Chinese ones of two rows' characters.
    fn new_given(&self, piece: usize, entropy: &mut dyn Entropy) -> String {
        let from = self.from;
        let p = &from.views.pieces[piece];
        let mut of_sex =
            || from.links.draw(&from.views, piece, &self.taken, false, entropy).and_then(|r| p.text(r as usize));
        for _ in 0..TRIES {
            let (Some(a), Some(b)) = (of_sex(), of_sex()) else { break };
            let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
            if a.len() != 2 || b.is_empty() || !('\u{4e00}'..='\u{9fff}').contains(&a[0]) {
                continue;
            }
            let made: String = [a[0], b[b.len() - 1]].iter().collect();
            if a[0] != b[b.len() - 1] && !p.texts.contains(&made) {
                return made;
            }
        }
        let like = &p.texts[entropy.random_range(0..p.texts.len())];
        let sex = self.sex.unwrap_or_else(|| Sex::draw(entropy));
        let year = self.born.map(|b| b.year());
        let pack = from.profile.locale.pack();
        let draw = |entropy: &mut dyn Entropy| case_like(&pack.given(sex, year, entropy), like);
        let fresh = (0..TRIES).map(|_| draw(entropy)).find(|made| !p.texts.contains(made));
        fresh.unwrap_or_else(|| draw(entropy))
    }

    /// What later pieces and the finished row have to know of a piece.
    fn note(&mut self, piece: usize, entropy: &mut dyn Entropy) {
        let from = self.from;
        let (column, part) = (from.views.pieces[piece].column, from.views.pieces[piece].part);
        let text = from.views.pieces[piece].text(self.taken[piece] as usize % from.views.rows.max(1));
        match (from.profile.roles[column], part) {
            (Role::Sex, _) => self.sex = text.and_then(read_sex),
            (Role::BirthDate, _) if from.profile.column_of(Role::BirthDate) == Some(column) => {
                let at = from.profile.dates[column].as_ref().zip(text).and_then(|(form, text)| form.read(text));
                self.born = at.map(|at| compose::moment_near(at, 25, false, entropy).date());
            }
            (Role::CreatedAt, _) if self.created.is_none() => {
                let at = from.profile.dates[column].as_ref().zip(text).and_then(|(form, text)| form.read(text));
                self.created = at.map(|at| at.year());
            }
            (_, Part::Domain) => self.take_mailbox(piece, entropy),
            (_, Part::Prefix) if from.profile.roles[column] == Role::Phone && self.phone.is_none() => {
                let digits = text.unwrap_or_default();
                let national =
                    digits.strip_prefix(from.profile.home.as_str()).filter(|_| digits.len() > 10).unwrap_or(digits);
                self.phone = from.phone(national, self.created, entropy).map(|p| from.stand_in(&p.point));
            }
            _ => {}
        }
    }

    /// An owned mailbox at the drawn provider, and what it asks of the person.
    fn take_mailbox(&mut self, piece: usize, entropy: &mut dyn Entropy) {
        let from = self.from;
        if self.mailbox.is_some() || from.shelf.is_empty() || self.taken[piece] == NONE {
            return;
        }
        let row = self.taken[piece] as usize;
        let domain = from.views.pieces[piece].text(row).unwrap_or_default().to_owned();
        let like =
            from.profile.text(&from.profile.donors[row].row, Some(from.views.pieces[piece].column)).unwrap_or_default();
        if from.rehearsal.is_some() {
            let known = from.shelf.has(&domain);
            self.provider = Some(domain).filter(|_| known);
            return;
        }
        let digits = like.split('@').next().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
        let mut fitting = None;
        for _ in 0..TRIES {
            let Some(owned) = from.shelf.draw(&domain, digits, entropy) else { break };
            // One that has nothing to do with its owner's name comes as often as in the table.
            let fits = owned.digits || !owned.fit.free || entropy.random_bool(from.habits.unrelated.clamp(0.0, 1.0));
            fitting = Some(owned);
            if fits {
                break;
            }
            fitting = None;
        }
        let digits = || from.shelf.draw(&domain, true, entropy).filter(|o| o.digits);
        let Some(owned) = fitting.or_else(digits).cloned().or_else(|| self.other_mailbox(piece, entropy)) else {
            return;
        };
        self.fit = owned.fit;
        self.mailbox = Some(owned.point);
        if let (Some(born), Some((month, day))) = (self.born, self.fit.month_day) {
            self.born = Date::new(self.fit.year.unwrap_or(born.year()), month, day).ok();
        }
    }

    /// A mailbox at another provider of the table, whose name can be met.
    fn other_mailbox(&self, piece: usize, entropy: &mut dyn Entropy) -> Option<Owned> {
        let from = self.from;
        let mut last = None;
        for _ in 0..TRIES {
            let row = from.links.draw(&from.views, piece, &self.taken, false, entropy)?;
            let domain = from.views.pieces[piece].text(row as usize)?;
            let Some(owned) = from.shelf.draw(domain, false, entropy) else { continue };
            last = Some(owned.clone());
            if owned.digits || !owned.fit.free {
                break;
            }
        }
        last.or_else(|| from.shelf.any(entropy).cloned())
    }

    fn piece(&self, column: usize, part: Part) -> Option<usize> {
        self.from.views.find(column, part)
    }

    /// What a piece says: made new, or as the row it is like has it.
    fn text_of(&self, column: usize, part: Part) -> Option<String> {
        let piece = self.piece(column, part)?;
        let made = self.made[piece].clone();
        made.or_else(|| {
            self.from.views.pieces[piece]
                .text(self.taken[piece] as usize % self.from.views.rows)
                .filter(|_| self.taken[piece] != NONE)
                .map(str::to_owned)
        })
    }

    /// The row that a column is like.
    fn like(&self, column: usize) -> &'a Row {
        let parts = [Part::Whole, Part::Size, Part::Surname, Part::Area, Part::Street, Part::Domain, Part::Prefix];
        let row = parts.iter().filter_map(|p| self.piece(column, *p)).map(|p| self.taken[p]).find(|r| *r != NONE);
        row.map_or(self.shape, |r| &self.from.profile.donors[r as usize].row)
    }

    fn name(&self) -> PersonName {
        let profile = self.from.profile;
        let part = |role: Role, part: Part| {
            let column = profile.column_of(Role::FullName).filter(|_| profile.column_of(role).is_none());
            match (column, profile.column_of(role)) {
                (_, Some(own)) => self.text_of(own, Part::Whole),
                (Some(full), None) => self.text_of(full, part),
                _ => None,
            }
        };
        PersonName {
            surname: part(Role::Surname, Part::Surname).unwrap_or_default(),
            given: part(Role::GivenName, Part::Given).unwrap_or_default(),
        }
    }

    fn full_name(&self, column: usize) -> Option<String> {
        let name =
            PersonName { surname: self.text_of(column, Part::Surname)?, given: self.text_of(column, Part::Given)? };
        let piece = self.piece(column, Part::Given)?;
        let row = if self.taken[piece] == NONE {
            self.shape
        } else {
            &self.from.profile.donors[self.taken[piece] as usize].row
        };
        let like = self.from.profile.text(row, Some(column)).unwrap_or_default();
        Some(self.from.profile.locale.join(&name, like))
    }

    fn write(mut self, entropy: &mut dyn Entropy) -> (Drawn, Vec<String>) {
        let profile = self.from.profile;
        let spot = self.site.as_ref().map_or(super::Spot::First, |s| s.spot.clone());
        let mut drawn = Drawn::at(Vec::with_capacity(profile.roles.len()), spot);
        let mailbox = self.mailbox(entropy);
        let url = profile.column_of(Role::Url).filter(|c| self.filled(*c)).and_then(|_| self.mint_url(entropy));
        for column in 0..profile.roles.len() {
            let cell = match profile.roles[column] {
                _ if !self.filled(column) => self.shape[column].clone(),
                Role::Phone => self.phone_cell(column, entropy),
                Role::Email => mailbox.as_ref().map(|m| m.value.clone()).or_else(|| self.blank(column)),
                Role::Url => url.as_ref().map(|u| u.value.clone()).or_else(|| self.blank(column)),
                Role::NationalId | Role::CompanyCode => self.id_cell(column, &mut drawn, entropy),
                Role::OtherContact => self.other_contact(column),
                Role::Key | Role::Code | Role::Card | Role::Secret | Role::Checksum => {
                    self.code_cell(column, &mut drawn, entropy)
                }
                Role::CreatedAt | Role::Date => self.time_cell(column, &drawn.row, entropy),
                _ => self.plain_cell(column, entropy),
            };
            drawn.row.push(cell);
        }
        self.describe(&mut drawn);
        let in_row = |role: Role| profile.columns_of(role).any(|c| !is_blank(&drawn.row[c]));
        let phone = self.phone.clone().filter(|_| in_row(Role::Phone));
        drawn.contact_points = [phone, mailbox, url].into_iter().flatten().collect();
        drawn.claims.extend(drawn.contact_points.iter().map(|p| p.value.to_lowercase()));
        (drawn, self.warnings)
    }

    fn describe(&self, drawn: &mut Drawn) {
        let profile = self.from.profile;
        drawn.names = profile
            .columns_of(Role::FullName)
            .filter_map(|c| drawn.row[c].clone())
            .filter(|n| !n.trim().is_empty())
            .collect();
        if drawn.names.is_empty() && profile.column_of(Role::GivenName).is_some() {
            drawn.names.push(profile.locale.join(&self.name(), "Aa Bb"));
        }
        drawn.names.dedup();
        drawn.claims.extend(drawn.names.iter().cloned());
        let written =
            [Role::Phone, Role::NationalId, Role::CompanyCode].into_iter().flat_map(|role| profile.columns_of(role));
        drawn.identifiers =
            written.filter(|c| !is_blank(&drawn.row[*c])).filter_map(|c| drawn.row[c].clone()).collect();
        drawn.identifiers.dedup();
    }

    fn blank(&self, column: usize) -> Cell {
        self.from.profile.blank_like(column)
    }

    fn plain_cell(&self, column: usize, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let like = profile.text(self.like(column), Some(column)).unwrap_or_default();
        Some(match profile.roles[column] {
            Role::FullName => self.full_name(column)?,
            Role::BirthDate => match (self.born, &profile.dates[column]) {
                (Some(born), Some(form)) => form.write(born.at(0, 0, 0, 0)),
                _ => like.to_owned(),
            },
            Role::Address => self.address(column, entropy),
            Role::HouseNumber => address::renumber(like, entropy),
            Role::Amount | Role::Geo => self.amount(column, like, entropy),
            _ => self.text_of(column, Part::Whole).unwrap_or_else(|| like.to_owned()),
        })
    }

    /// What many rows have is taken over, what one has is moved a little.
    fn amount(&self, column: usize, like: &str, entropy: &mut dyn Entropy) -> String {
        let often = self.piece(column, Part::Size).is_some_and(|p| {
            let piece = &self.from.views.pieces[p];
            self.taken[p] != NONE && piece.counts[piece.exact[self.taken[p] as usize] as usize] > 1
        });
        if often { like.to_owned() } else { compose::amount_near(like, entropy) }
    }

    fn address(&self, column: usize, entropy: &mut dyn Entropy) -> String {
        let profile = self.from.profile;
        let row = |part: Part| {
            let taken = self.piece(column, part).map_or(NONE, |p| self.taken[p]);
            let row = if taken == NONE { self.shape } else { &profile.donors[taken as usize].row };
            address::cut(profile.text(row, Some(column)).unwrap_or_default())
        };
        let area = self.text_of(column, Part::Area).unwrap_or_default();
        let like = row(Part::Street);
        let street = self.text_of(column, Part::Street).unwrap_or_default();
        let number = if like.number.is_empty() { String::new() } else { address::renumber(&like.number, entropy) };
        let rest = address::renumber(&row(Part::Rest).rest_written, entropy);
        format!("{area}{number}{street}{rest}")
    }

    /// Between the neighbours where the table runs by this column, else near
    /// another row's; behind the column that it always lies behind.
    fn time_cell(&self, column: usize, so_far: &Row, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let like = profile.text(self.like(column), Some(column)).unwrap_or_default().to_owned();
        let Some(form) = &profile.dates[column] else { return Some(like) };
        let read = |row: &Row, c: usize| profile.dates[c].as_ref()?.read(profile.text(row, Some(c))?);
        let Some(own) = form.read(&like) else { return Some(like) };
        if let Some(other) = self.from.after[column].filter(|c| *c < column)
            && let Some(first) = so_far.get(other).and_then(|c| profile.dates[other].as_ref()?.read(c.as_deref()?))
            && let Some(theirs) = read(self.like(column), other)
        {
            let span = theirs.duration_until(own);
            return Some(form.write(first.checked_add(span).unwrap_or(first)));
        }
        Some(form.write(self.moment(column, own, form.has_time(), entropy)))
    }

    fn moment(&self, column: usize, own: DateTime, has_time: bool, entropy: &mut dyn Entropy) -> DateTime {
        let profile = self.from.profile;
        let read = |row: &Row| profile.dates[column].as_ref()?.read(profile.text(row, Some(column))?);
        let anchor = self.site.as_ref().map(|s| &s.anchor);
        let neighbours = anchor.map(|a| (read(&a.row), a.next.as_ref().and_then(read)));
        let runs = profile.columns[column].sorted().is_some() || profile.in_order[column];
        match neighbours {
            Some((Some(a), Some(b))) if runs => compose::moment_between(a, b, own, entropy),
            Some((Some(a), Some(b))) if profile.with_order[column] => compose::moment_between(a, b, own, entropy),
            Some((Some(a), None)) if runs => compose::moment_near(a, 0, has_time, entropy).max(a),
            _ => compose::moment_near(own, 3, has_time, entropy),
        }
    }

    fn phone_cell(&mut self, column: usize, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let Some(phone) = self.phone.clone() else { return self.blank(column) };
        // A second phone column says the same where the table's rows do, else nothing.
        if profile.column_of(Role::Phone) != Some(column) && profile.columns[column].blank_share() > 0.05 {
            return self.blank(column);
        }
        let write = |row: &Row| phones::write_like(&phone.value, profile.text(row, Some(column))?, &profile.home);
        let donors = &profile.donors;
        let other = (0..TRIES).find_map(|_| write(&donors[entropy.random_range(0..donors.len())].row));
        let written = write(self.like(column)).or(other);
        if written.is_none() {
            self.warnings.push(format!(
                "some phones of the pool do not fit the form of column {} and are written as +…, which stands out; add numbers of the same country and length",
                profile.columns[column].name
            ));
        }
        Some(written.unwrap_or(phone.value))
    }

    fn other_contact(&mut self, column: usize) -> Cell {
        let name = &self.from.profile.columns[column].name;
        self.warnings.push(format!(
            "column {name} holds a way to reach somebody that the pool cannot give; canaries leave it empty"
        ));
        self.blank(column)
    }

    /// The owned mailbox, or one minted under a domain of the operator's.
    fn mailbox(&mut self, entropy: &mut dyn Entropy) -> Option<ContactPoint> {
        let profile = self.from.profile;
        let column = profile.column_of(Role::Email).filter(|c| self.filled(*c))?;
        if let Some(mailbox) = self.mailbox.take() {
            return Some(mailbox);
        }
        let domains = &self.from.offer.mail_domains;
        let own = || domains.get(entropy.random_range(0..domains.len().max(1))).cloned();
        let domain = self.provider.take().or_else(own)?;
        let row = self.like(column);
        let national = self.phone.as_ref().map(|p| phones::split(&p.value).1.to_owned());
        let facts = Facts::of(profile.locale, &self.name(), self.born, national.as_deref());
        let theirs = persona::of_row(profile, row)
            .map(|p| Facts::of(profile.locale, &p.name, p.born, profile.text(row, profile.column_of(Role::Phone))))
            .unwrap_or_default();
        let like = profile.text(row, Some(column)).unwrap_or_default().split('@').next().unwrap_or_default().to_owned();
        let mut local = local_part(&facts, &like, &theirs, entropy);
        for n in 0..TRIES {
            let value = format!("{local}@{domain}");
            if !profile.columns[column].has(&value) {
                return ContactPoint::mailbox(&value).ok();
            }
            local.push_str(&entropy.random_range(0..if n < 10 { 100 } else { 100_000 }).to_string());
        }
        None
    }

    fn mint_url(&self, entropy: &mut dyn Entropy) -> Option<ContactPoint> {
        const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
        let hosts = &self.from.offer.web_hosts;
        let host = hosts.get(entropy.random_range(0..hosts.len().max(1)))?;
        let code: String = (0..URL_CODE).map(|_| char::from(LETTERS[entropy.random_range(0..LETTERS.len())])).collect();
        Some(ContactPoint { kind: Kind::Url, value: format!("{host}/{code}") })
    }

    fn id_cell(&self, column: usize, drawn: &mut Drawn, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let like = profile.text(self.like(column), Some(column)).unwrap_or_default();
        let registered = profile.columns_of(Role::Date).chain(profile.columns_of(Role::CreatedAt)).find_map(|c| {
            let text = drawn.row.get(c)?.as_deref()?;
            profile.dates[c].as_ref()?.read(text).map(|at| at.date())
        });
        let bearer = Bearer { born: self.born, male: self.sex.map(|s| s == Sex::Male), registered };
        for _ in 0..TRIES {
            let (made, safety) = match profile.roles[column] {
                Role::CompanyCode => numbers::of_company(bearer, like, entropy),
                _ => numbers::of_person(bearer, like, &self.regions(column, entropy), entropy),
            };
            let Some(made) = made else { break };
            if !profile.columns[column].has(&made) {
                drawn.id_safety = safety;
                drawn.claims.push(made.clone());
                return Some(made);
            }
        }
        drawn.id_safety = IdSafety::Empty;
        self.blank(column)
    }

    /// Divisions that the numbers of rows like this one begin with.
    fn regions(&self, column: usize, entropy: &mut dyn Entropy) -> Vec<u32> {
        let from = self.from;
        let Some(piece) = self.piece(column, Part::Prefix) else { return Vec::new() };
        // As often as in the table, it is a division that no other row has.
        if entropy.random_bool(from.links.of[piece].unseen.min(1.0)) {
            return Vec::new();
        }
        let mut draw = || from.links.draw(&from.views, piece, &self.taken, false, entropy);
        (0..REGIONS).filter_map(|_| from.views.pieces[piece].text(draw()? as usize)?.parse().ok()).collect()
    }

    /// The table's own running number at its place, or the shape of another
    /// row's code with other digits.
    fn code_cell(&mut self, column: usize, drawn: &mut Drawn, entropy: &mut dyn Entropy) -> Cell {
        let profile = self.from.profile;
        let known = &profile.columns[column];
        let own = matches!(profile.order, super::Order::Running { column: c, .. } if c == column);
        if let Some(key) = self.site.as_ref().and_then(|s| s.key).filter(|_| own) {
            let written = known.write_number(key);
            drawn.claims.push(format!("{column}\0{written}"));
            return Some(written);
        }
        for n in 0..TRIES {
            let donors = &profile.donors;
            let like =
                profile.text(&donors[entropy.random_range(0..donors.len())].row, Some(column)).unwrap_or_default();
            let keep = like.chars().filter(|c| c.is_ascii_alphanumeric()).count() / 3;
            let code = redraw_digits(like, if n < TRIES / 2 { keep } else { 0 }, entropy);
            // A number that looks like a phone may be one, and somebody's.
            if code != like && !known.has(&code) && !phones::surely(&code) {
                drawn.claims.push(format!("{column}\0{code}"));
                return Some(code);
            }
        }
        self.warnings.push(format!("column {0} holds a different text in every row; canaries leave it empty (say --map '{0}=other' to take texts of other rows over)", known.name));
        self.blank(column)
    }
}
