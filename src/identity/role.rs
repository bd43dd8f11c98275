//! A role: what a column means for a person's identity. Which column has which
//! role is found by `catalogue` (names) and `column` (values).

use std::fmt;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The table's own running number.
    Key,
    FullName,
    Surname,
    GivenName,
    Phone,
    Email,
    Url,
    /// Another way to reach somebody, which the pool cannot give: left empty.
    OtherContact,
    NationalId,
    Sex,
    BirthDate,
    Address,
    HouseNumber,
    /// When the row came to be, or another event's date.
    CreatedAt,
    /// Money, scores, quantities.
    Amount,
    /// A number or code that differs from row to row and is nothing of the above.
    Code,
    /// Anything else: taken over from a row of the table.
    Other,
}

/// A word that names no role.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{word:?} is no role; the roles are: {all}")]
pub struct BadRole {
    word: String,
    all: String,
}

impl Role {
    /// All of them.
    pub const ALL: [Role; 17] = [
        Role::Key,
        Role::FullName,
        Role::Surname,
        Role::GivenName,
        Role::Phone,
        Role::Email,
        Role::Url,
        Role::OtherContact,
        Role::NationalId,
        Role::Sex,
        Role::BirthDate,
        Role::Address,
        Role::HouseNumber,
        Role::CreatedAt,
        Role::Amount,
        Role::Code,
        Role::Other,
    ];

    /// The word people read and type (`--map COL=ROLE`).
    pub fn word(self) -> &'static str {
        match self {
            Role::Key => "key",
            Role::FullName => "name",
            Role::Surname => "surname",
            Role::GivenName => "given-name",
            Role::Phone => "phone",
            Role::Email => "email",
            Role::Url => "url",
            Role::OtherContact => "other-contact",
            Role::NationalId => "national-id",
            Role::Sex => "sex",
            Role::BirthDate => "birth-date",
            Role::Address => "address",
            Role::HouseNumber => "house-number",
            Role::CreatedAt => "created-at",
            Role::Amount => "amount",
            Role::Code => "code",
            Role::Other => "other",
        }
    }

    /// The role of a word.
    pub fn parse(word: &str) -> Result<Self, BadRole> {
        let all = || Self::ALL.map(Role::word).join(", ");
        Self::ALL.into_iter().find(|r| r.word() == word).ok_or_else(|| BadRole { word: word.to_owned(), all: all() })
    }

    /// Whether somebody can be contacted by what the column holds.
    pub fn is_contact(self) -> bool {
        matches!(self, Role::Phone | Role::Email | Role::Url)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}
