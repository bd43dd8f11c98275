//! What a table tells of phones: which rows have numbers of one place, how much further
//! numbers share with the main one, and of what country numbers are that show none.

use rustc_hash::FxHashMap;

use super::{Home, TELLING, heads};
use crate::identity::profile::Profile;
use crate::identity::{Role, Row, local, phones};

/// Rows that are asked how numbers are dialled, and so many that tell.
const ASKED: usize = 500;
const ENOUGH: usize = 20;
/// Rows by the first digits of their phones.
pub(super) fn places(profile: &Profile, home: &Home) -> FxHashMap<u32, Vec<u32>> {
    let column = profile.column_of(Role::Phone);
    let mut places: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (row, anchor) in profile.donors.iter().enumerate() {
        let digits = column.and_then(|c| profile.dialled(&anchor.row, c));
        let Some(digits) = digits.filter(|digits| !local::lacks_area(digits)) else { continue };
        let heads = heads(home.national(&digits)).take(TELLING);
        heads.for_each(|head| places.entry(head).or_default().push(row as u32));
    }
    places
}

/// By column: how many first digits the rows' phones there share with their main ones.
pub(super) fn shared(profile: &Profile, home: &Home) -> Vec<Vec<usize>> {
    let main = profile.column_of(Role::Phone);
    let number = |row: &Row, column| Some(home.national(&profile.dialled(row, column)?).to_owned());
    let common = |a: &str, b: &str| a.bytes().zip(b.bytes()).take_while(|(a, b)| a == b).count();
    let both = |row: &Row, column| Some((number(row, main?)?, number(row, column)?)).filter(|(a, b)| a != b);
    let of = |column| {
        let is_further = profile.roles[column] == Role::Phone && main != Some(column);
        let rows = profile.donors.iter().filter(|_| is_further).map(|a| &a.row);
        rows.filter_map(|row| both(row, column)).map(|(a, b)| common(&a, &b)).collect()
    };
    (0..profile.roles.len()).map(of).collect()
}

/// Whether rows of the table have numbers that were not in service yet when
/// they came to be, more than one in fifty.
pub(super) fn has_anachronisms(profile: &Profile) -> bool {
    let (Some(phone), Some(created)) = (profile.column_of(Role::Phone), profile.column_of(Role::CreatedAt)) else {
        return true;
    };
    let year = |row: &Row| Some(profile.dates[created].as_ref()?.read(profile.text(row, Some(created))?)?.year());
    let since = |row: &Row| profile.locale.pack().phone(&profile.dialled(row, phone)?)?.since_year;
    let rows = profile.donors.iter().take(1_000).map(|a| &a.row);
    let pairs: Vec<(i16, i16)> = rows.filter_map(|row| Some((since(row)?, year(row)?))).collect();
    pairs.iter().filter(|(since, year)| since > year).count() * 50 > pairs.len()
}

/// The country of numbers that show none: that of the table, unless its numbers begin with the
/// zero that is dialled within countries whose numbers the table's language does not tell, or
/// the offer has none of the table's country, and it has numbers of one other that can be
/// written so.
pub(super) fn home_by(profile: &Profile, kinds: &[String]) -> String {
    let column = profile.column_of(Role::Phone);
    let has_home = kinds.iter().any(|kind| phones::split(kind).0 == profile.home);
    let texts = profile.donors.iter().filter_map(|a| profile.text(&a.row, column)).take(ASKED);
    let dialled: Vec<&str> = texts.filter(|text| is_dialled_within(text) || !has_home && is_bare(text)).collect();
    let is_written = |code: &str, like: &str| kinds.iter().any(|kind| phones::write_like(kind, like, code).is_some());
    let suits = |code: &str| dialled.iter().filter(|like| is_written(code, like)).count() * 2 > dialled.len();
    let mut codes: Vec<&str> = kinds.iter().map(|kind| phones::split(kind).0).collect();
    codes.sort_unstable();
    codes.dedup();
    let mut others = codes.into_iter().filter(|code| suits(code));
    match (others.next(), others.next()) {
        (Some(other), None) if dialled.len() >= ENOUGH => other.to_owned(),
        _ => profile.home.clone(),
    }
}

/// Whether a number shows no country.
fn is_bare(text: &str) -> bool {
    let text = text.trim_start_matches(['(', ' ']);
    !text.starts_with('+') && !text.starts_with("00")
}

/// Whether a number is written with a trunk zero (ITU-T E.123), not with a country's code.
fn is_dialled_within(text: &str) -> bool {
    let text = text.trim_start_matches(['(', ' ']);
    text.starts_with('0') && !text.starts_with("00")
}
