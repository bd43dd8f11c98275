//! An invention: a value of a draft that no row has. Which pieces may be such, and of what
//! one is made, is told here.
//! How names are made is `new_name`'s, how texts are put together `splice`'s.

use rand::RngExt;

use super::{Draft, TRIES};
use crate::identity::piece::{NONE, Part, Piece};
use crate::identity::{Dice, Role, address, splice};

impl Draft<'_, '_> {
    /// Whether a piece that is no name may be a value that no row has.
    pub(super) fn is_invented(&self, piece: usize) -> bool {
        let Piece { column, part, .. } = *self.piece(piece);
        match (self.from.profile.roles[column], part) {
            (Role::MiddleName, _) | (_, Part::Street) => true,
            (Role::Other | Role::Company | Role::Text, Part::Whole) => self.from.links.of[piece].unseen() > 0.05,
            _ => false,
        }
    }

    /// A value that no row has. What is put together of rows' words goes with what that one
    /// goes with whose last word it has: a highway has a number behind it.
    pub(super) fn make(&mut self, piece: usize, entropy: &mut Dice) {
        let p = self.piece(piece);
        let row = self.any_row(piece, entropy);
        let like = p.text_of_row(row).unwrap_or_default();
        self.made[piece] = Some(match (self.from.profile.roles[p.column], p.part) {
            (Role::Surname, _) | (_, Part::Surname) => {
                Self::numbered(self.new_surname(piece, like, entropy), like, entropy)
            }
            (Role::GivenName, _) | (_, Part::Given) => Self::numbered(self.new_given(piece, entropy), like, entropy),
            (Role::MiddleName, _) => self.new_middle(piece, entropy),
            // A road that is called by a number is one that there is, no road is none, a box is a box.
            (_, Part::Street)
                if like.is_empty() || like.bytes().any(|b| b.is_ascii_digit()) || address::is_box(like) =>
            {
                self.taken[piece] = row;
                return;
            }
            _ => {
                self.taken[piece] = row;
                let word = self.new_word(piece, like, entropy);
                let joints = &self.from.kept.joints[piece];
                splice::splice(p, joints, like, word, entropy).unwrap_or_else(|| like.to_owned())
            }
        });
    }

    /// A new name with a number behind it where the table's have one.
    fn numbered(made: String, like: &str, entropy: &mut Dice) -> String {
        let digits = like.len() - like.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        let is_bare = digits > 0 && made.ends_with(|c: char| c.is_alphabetic());
        let digit = |n: usize| char::from(b'0' + entropy.random_range(u8::from(n == 0)..10));
        if is_bare { made + &(0..digits).map(digit).collect::<String>() } else { made }
    }

    /// A row that says something in a piece.
    fn any_row(&self, piece: usize, entropy: &mut Dice) -> u32 {
        let rows = &self.piece(piece).exact;
        let mut any = || entropy.random_range(0..rows.len() as u32);
        let drawn = (0..TRIES).map(|_| any()).find(|row| rows[*row as usize] != NONE);
        drawn.or_else(|| rows.iter().position(|text| *text != NONE).map(|row| row as u32)).unwrap_or(NONE)
    }
}
