//! Axes: which columns of coordinates count degrees north and which degrees east, told by
//! the centres of the rows' postcodes. Where a canary lives is the gazetteer's.

use crate::identity::locale::Degrees;
use crate::identity::profile::Profile;
use crate::identity::{Role, Row};

/// Degrees within which a row lies of the centre of its postcode.
const NEAR: f64 = 0.5;

/// Which of the two degrees a column counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    North,
    East,
}

impl Axis {
    /// What a place has of it.
    pub(super) fn of(self, (north, east): Degrees) -> f64 {
        if self == Self::North { north } else { east }
    }
}

/// The axis of each column of coordinates that counts one, if as many rows agree as `most`
/// asks for.
pub(super) fn find(profile: &Profile, rows: &[(&Row, Degrees)], most: impl Fn(usize) -> bool) -> Vec<(usize, Axis)> {
    let is_along = |column: usize, axis: Axis| {
        let near = |(row, centre): &&(&Row, Degrees)| {
            let at = profile.text(row, Some(column)).and_then(|text| text.trim().parse::<f64>().ok());
            at.is_some_and(|at| (at - axis.of(*centre)).abs() < NEAR)
        };
        most(rows.iter().filter(near).count())
    };
    let axis = |column| [Axis::North, Axis::East].into_iter().find(|axis| is_along(column, *axis));
    profile.columns_of(Role::Geo).filter_map(|column| Some((column, axis(column)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity::{Generator, Profiler, Told, locale::Locale};
    use crate::model::Offer;
    use rand::SeedableRng;
    use rand_chacha::ChaCha20Rng;

    const ROLES: [Role; 6] = [Role::Surname, Role::Postcode, Role::Region, Role::Region, Role::Geo, Role::Geo];

    /// Somebody at every second postcode of some areas, a little off its centre, with the
    /// coordinates as `written`.
    fn table(written: impl Fn(Degrees) -> [String; 2]) -> Profile {
        let mut entropy = ChaCha20Rng::seed_from_u64(1);
        let mut profiler = Profiler::new(&["last_name", "zip", "city", "state", "y", "x"].map(str::to_owned));
        let pack = Locale::EnUs.pack();
        for (n, (code, at)) in
            ["60002", "01201", "15001", "27501"].iter().flat_map(|c| pack.postcodes_around(c)).enumerate()
        {
            let Some((north, east)) = pack.centre(code).filter(|_| n % 2 == 0) else { continue };
            let [y, x] = written((north + 0.004321, east - 0.004321));
            let cells = [["Mason", "Baker", "Carter"][n % 3], code, at.city.expect("a city"), at.region, &y, &x];
            profiler.meet(&cells.map(Some), &mut entropy);
        }
        profiler.finish(&Told { roles: ROLES.into_iter().enumerate().collect(), ..Told::default() })
    }

    #[test]
    fn coordinates_go_where_the_canary_goes() {
        let profile = table(|(north, east)| [format!("{north:.6}"), format!("{east:.6}")]);
        let (offer, mut entropy) = (Offer::default(), ChaCha20Rng::seed_from_u64(2));
        let mut from = Generator::new(&profile, &offer);
        let pack = Locale::EnUs.pack();
        let drawn: Vec<Row> = (0..200).map(|_| from.draw(10, &mut entropy).row).collect();
        let number = |row: &Row, c: usize| row[c].as_deref().and_then(|t| t.parse::<f64>().ok()).expect("degrees");
        let mut elsewhere = 0;
        for row in &drawn {
            let code = row[1].as_deref().expect("a postcode");
            let (north, east) = pack.centre(code).expect("a centre");
            assert!((number(row, 4) - north).abs() < 0.05 && (number(row, 5) - east).abs() < 0.05, "{row:?}");
            elsewhere += usize::from(!profile.columns[2].has(row[2].as_deref().expect("a city")));
        }
        assert!(elsewhere > 20, "{elsewhere} in cities of no row");
    }

    #[test]
    fn where_coordinates_cannot_be_read_the_city_stays() {
        let grid = |(north, east): Degrees| [format!("{:.1}", north * 111_000.0), format!("{:.1}", east * 85_000.0)];
        let profile = table(grid);
        let (offer, mut entropy) = (Offer::default(), ChaCha20Rng::seed_from_u64(2));
        let mut from = Generator::new(&profile, &offer);
        let own = |row: &Row| profile.columns[2].has(row[2].as_deref().expect("a city"));
        assert!((0..100).all(|_| own(&from.draw(10, &mut entropy).row)));
    }
}
