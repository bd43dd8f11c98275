//! A draft: one row as it comes together. For every piece it holds the row of
//! the table that the piece is like, and beside that what was made new. Here
//! the pieces are drawn; the finished row is written in `draft/cells` and its
//! neighbours, each cell in the form of the row it is like.

mod cells;
mod code;
mod invention;
mod mail;
mod moment;
mod name;
mod new_name;
mod phone;
mod place;

use jiff::civil::Date;
use rand::RngExt;

use self::name::Unheard;
use super::drawn::Drawn;
use super::generate::Generator;
use super::links::Under;
use super::locale::{Sex, read_sex};
use super::mailbox::{Fit, Owned};
use super::piece::{NONE, Part, Piece};
use super::site::{Site, Toward};
use super::{Dice, Role, Row, compose, phones, shape};
use crate::model::ContactPoint;

/// Draws before giving up on finding something that fits.
const TRIES: usize = 40;
/// The parts of a column that say which row it is like, the first that was drawn.
const LEADING: [Part; 7] =
    [Part::Whole, Part::Size, Part::Surname, Part::Area, Part::Street, Part::Domain, Part::Prefix];

/// One row as it comes together.
pub(super) struct Draft<'g, 'a> {
    from: &'g Generator<'a>,
    /// The row whose empty cells are empty here.
    shape: u32,
    /// The row that each piece is like.
    taken: Vec<u32>,
    /// Pieces that are new, with their text.
    made: Vec<Option<String>>,
    sex: Option<Sex>,
    born: Option<Date>,
    /// The year of birth that an age tells.
    aged: Option<i16>,
    /// The year in which the row came to be.
    created: Option<i16>,
    mailbox: Option<&'g Owned>,
    /// It is at a provider at which no row like this one has its mailbox.
    is_misplaced: bool,
    /// The provider at which a mailbox stands in for owned ones.
    provider: Option<&'g str>,
    /// The mailbox as it will be written, where the row's place is found by it.
    settled: Option<ContactPoint>,
    phone: Option<ContactPoint>,
    /// Those of further columns that are not the same.
    further: Vec<ContactPoint>,
    /// What columns beside phones are to say: their area codes.
    areas: Vec<(usize, String)>,
    /// There are phones enough for such.
    is_ample: bool,
    site: Option<Site<'a>>,
    /// The first row of the entity that this is a further row of.
    first: Option<&'g First<'a>>,
    /// What of the name is to be such as no row has, since the table's are somebody's.
    unheard: Unheard,
    remarks: Vec<String>,
}

/// What further rows of an entity have in common with its first.
pub(super) struct First<'a> {
    pub(super) row: Row,
    taken: Vec<u32>,
    made: Vec<Option<String>>,
    sex: Option<Sex>,
    born: Option<Date>,
    site: Option<Site<'a>>,
}

impl<'g, 'a> Draft<'g, 'a> {
    pub(super) fn new(from: &'g Generator<'a>, entropy: &mut Dice) -> Self {
        let shapes = &from.kept.shapes;
        let pieces = from.views.pieces.len();
        Self {
            from,
            shape: shapes[entropy.random_range(0..shapes.len())],
            taken: vec![NONE; pieces],
            made: (0..pieces).map(|_| None).collect(),
            sex: None,
            born: None,
            aged: None,
            created: None,
            mailbox: None,
            is_misplaced: false,
            provider: None,
            settled: None,
            phone: None,
            further: Vec::new(),
            areas: Vec::new(),
            is_ample: false,
            site: None,
            first: None,
            unheard: Unheard::Nothing,
            remarks: Vec::new(),
        }
    }

    /// A further row of an entity.
    pub(super) fn further(from: &'g Generator<'a>, first: &'g First<'a>, entropy: &mut Dice) -> Self {
        let mut draft = Self::new(from, entropy);
        draft.first = Some(first);
        draft.sex = first.sex;
        draft.born = first.born;
        for (n, _) in from.views.pieces.iter().enumerate().filter(|(_, p)| from.is_shared(p.column)) {
            draft.taken[n] = first.taken[n];
            draft.made[n].clone_from(&first.made[n]);
        }
        if from.entities.as_ref().is_some_and(|e| e.together) {
            draft.site = first.site.clone().filter(|site| site.key.is_none());
        }
        draft
    }

    /// Draws every piece and writes the row; what a further row of the entity needs comes with it.
    pub(super) fn begin(mut self, count: usize, entropy: &mut Dice) -> (Drawn, First<'a>) {
        self.draw_pieces(count, entropy);
        let first = First {
            row: Row::new(),
            taken: self.taken.clone(),
            made: self.made.clone(),
            sex: self.sex,
            born: self.born,
            site: self.site.clone(),
        };
        let drawn = self.write(entropy);
        let row = drawn.row.clone();
        (drawn, First { row, ..first })
    }

    /// Draws every piece and writes the row.
    pub(super) fn finish(mut self, count: usize, entropy: &mut Dice) -> Drawn {
        self.draw_pieces(count, entropy);
        self.write(entropy)
    }

    fn draw_pieces(&mut self, count: usize, entropy: &mut Dice) {
        let from = self.from;
        self.is_ample = shape::is_ample(from.profile, from.offer, &from.kept.missed, count);
        if from.sites.along.is_none() && self.site.is_none() {
            let stretch = from.views.stretch();
            stretch.into_iter().for_each(|piece| self.draw_piece(piece, entropy));
            let row = stretch.map(|piece| self.taken[piece]).filter(|row| *row != NONE);
            let toward = row.map_or(Toward::Anywhere, Toward::Row);
            self.site = Some(from.sites.draw(count, toward, entropy));
        }
        self.follow_site();
        let (order, names) = (&from.links.order, from.links.names.clone());
        order[..names.start].iter().for_each(|piece| self.draw_piece(*piece, entropy));
        self.draw_name(&order[names.clone()], entropy);
        order[names.end..].iter().for_each(|piece| self.draw_piece(*piece, entropy));
        self.move_elsewhere(entropy);
        if let Some(column) = from.sites.along {
            let text = self.along(column, entropy);
            let toward = text.as_deref().map_or(Toward::Anywhere, Toward::Text);
            self.site = Some(from.sites.draw(count, toward, entropy));
        }
    }

    /// What the entity's first row has in a column that is the entity's.
    fn of_entity(&self, column: usize) -> Option<&'g super::Cell> {
        self.first.filter(|_| self.from.is_shared(column)).map(|first| &first.row[column])
    }

    /// What the column that the table runs along will hold.
    fn along(&mut self, column: usize, entropy: &mut Dice) -> Option<String> {
        match self.from.profile.roles[column] {
            Role::Email => {
                self.settled = self.mailbox(entropy);
                self.settled.as_ref().map(|point| point.value.clone())
            }
            Role::Phone => self.phone.as_ref().map(|p| phones::split(&p.value).1.to_owned()),
            _ => self.text_of(column, Part::Whole).map(str::to_owned).or_else(|| self.full_name(column)),
        }
    }

    fn draw_piece(&mut self, piece: usize, entropy: &mut Dice) {
        let from = self.from;
        let Piece { column, part, .. } = *self.piece(piece);
        if part == Part::Filled {
            self.taken[piece] = self.shape;
            return;
        }
        if !self.filled(column) || self.of_entity(column).is_some() || self.taken[piece] != NONE {
            return;
        }
        let under = from.links.under(&from.views, piece, &self.taken);
        let drawn = if from.views.is_name(piece) {
            if let Some(made) = self.asked(piece, entropy) {
                self.made[piece] = Some(made);
                return;
            }
            self.row_of_name(piece, &under, entropy)
        } else {
            self.row_for(piece, &under, entropy)
        };
        match drawn {
            Some(row) => self.taken[piece] = row,
            None => self.make(piece, entropy),
        }
        self.note(piece, entropy);
        if from.block.pieces.first() == Some(&piece) {
            self.follow_block(self.taken[piece], entropy);
        }
    }

    /// A row for a piece that is no name; nothing where it should be a value that no row has.
    fn row_for(&self, piece: usize, under: &Under<'_>, entropy: &mut Dice) -> Option<u32> {
        let (from, &Piece { column, part, .. }) = (self.from, self.piece(piece));
        let states = from.gazetteer.as_ref().map_or(&[][..], |gazetteer| gazetteer.states(piece));
        match from.profile.roles[column] {
            Role::Phone if part == Part::Prefix && from.phones.have_areas() => self.row_of_phone(piece, under, entropy),
            Role::Postcode if !states.is_empty() => self.row_of_region(states, under, entropy),
            _ => under.draw(self.is_invented(piece), entropy),
        }
    }

    /// Takes the pieces of the block as rows have them that are of one kind with this one.
    fn follow_block(&mut self, row: u32, entropy: &mut Dice) {
        for (piece, row) in self.from.block.follow(row, entropy) {
            let p = self.piece(piece);
            if self.filled(p.column) && self.of_entity(p.column).is_none() && p.text_of_row(row).is_some() {
                self.taken[piece] = row;
                self.note(piece, entropy);
            }
        }
    }

    /// What later pieces and the finished row have to know of a piece.
    fn note(&mut self, piece: usize, entropy: &mut Dice) {
        let from = self.from;
        let p = self.piece(piece);
        let row = self.taken[piece];
        let text = || p.text_of_row(row);
        match (from.profile.roles[p.column], p.part) {
            (Role::Sex, _) | (_, Part::Sex) => self.sex = text().and_then(read_sex),
            (Role::Title, _) if self.sex.is_none() => self.sex = text().and_then(read_sex),
            (_, Part::Born) => {
                let born = text().and_then(|t| t.parse().ok());
                self.born = born.map(|born| compose::birthday_near(born, entropy));
            }
            (Role::BirthDate, _) if from.profile.column_of(Role::BirthDate) == Some(p.column) => {
                let at = from.kept.calendars[p.column].at(row);
                self.born = at.map(|at| from.kept.calendars[p.column].birthday_near(at.date(), entropy));
            }
            (Role::Age, _) => {
                let age = text().and_then(|t| t.trim().parse::<i16>().ok());
                self.aged = from.kept.latest.zip(age).map(|(year, age)| year.saturating_sub(age));
            }
            (Role::CreatedAt, _) if self.created.is_none() => {
                self.created = from.kept.calendars[p.column].at(row).map(|at| at.year());
            }
            (_, Part::Domain) => self.take_mailbox(piece, entropy),
            (Role::Phone, Part::Prefix) if self.phone.is_none() => self.take_phone(piece, entropy),
            _ => {}
        }
    }

    fn piece(&self, piece: usize) -> &'g Piece {
        &self.from.views.pieces[piece]
    }

    fn find(&self, column: usize, part: Part) -> Option<usize> {
        self.from.views.find(column, part)
    }

    fn filled(&self, column: usize) -> bool {
        self.from.kept.is_filled(column, self.shape)
    }

    fn row(&self, row: u32) -> &'a Row {
        &self.from.profile.donors[row as usize].row
    }

    /// What the person's mailbox asks of them.
    fn fit(&self) -> Option<&'g Fit> {
        self.mailbox.map(|owned| &owned.fit)
    }

    /// What a piece says: made new, or as the row it is like has it.
    fn text_of(&self, column: usize, part: Part) -> Option<&str> {
        let piece = self.find(column, part)?;
        self.made[piece].as_deref().or_else(|| self.piece(piece).text_of_row(self.taken[piece]))
    }

    /// The row that a part of a column is like.
    fn taken_for(&self, column: usize, part: Part) -> Option<u32> {
        self.find(column, part).map(|piece| self.taken[piece]).filter(|row| *row != NONE)
    }

    /// The row that a column is like.
    fn like(&self, column: usize) -> u32 {
        LEADING.iter().find_map(|part| self.taken_for(column, *part)).unwrap_or(self.shape)
    }

    /// The text of the row that a column is like; nothing where it is blank.
    fn like_text(&self, column: usize) -> &'a str {
        self.from.kept.cell(column, self.like(column)).unwrap_or_default()
    }
}
