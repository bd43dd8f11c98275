//! The bar: how well canaries may be told from rows before they are refused.

use crate::app::views::DetectionView;

/// Of as many rows as there are canaries, the most suspicious ones, so large a
/// share may be canaries at most.
const PRECISION: f64 = 0.30;
/// The area under the ROC curve that is too much even where one in a hundred rows
/// is a canary.
const AREA: f64 = 0.95;

/// Why a batch is refused, if it is.
pub(super) fn over(found: &DetectionView) -> Option<String> {
    let precise = found.planted_precision > PRECISION;
    let apart = found.auc_low > AREA;
    (precise || apart).then(|| {
        format!(
            "these canaries can be picked out: of the most suspicious rows {:.0} % would be canaries (the bar is {:.0} %), and a classifier tells them apart with AUC {:.2} (0.5 is chance; telling: {})",
            found.planted_precision * 100.0,
            PRECISION * 100.0,
            found.auc,
            found.telling.join(", ")
        )
    })
}
