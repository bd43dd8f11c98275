//! The place of a draft: an address put together of the area, street and rest
//! of other rows, its numbers redrawn.

use super::Draft;
use crate::identity::address;
use crate::identity::views::Part;
use crate::model::Entropy;

impl Draft<'_, '_> {
    pub(super) fn address(&self, column: usize, entropy: &mut dyn Entropy) -> String {
        let parts = |part| self.from.kept.address(column, self.taken_for(column, part).unwrap_or(self.shape));
        let text = |part| self.text_of(column, part).unwrap_or_default();
        let (area, street, rest) = (text(Part::Area), text(Part::Street), parts(Part::Rest).rest);
        let mut address = String::with_capacity(area.len() + street.len() + rest.len() + 8);
        address.push_str(area);
        address::renumber(parts(Part::Street).number, &mut address, entropy);
        address.push_str(street);
        address::renumber(rest, &mut address, entropy);
        address
    }
}
