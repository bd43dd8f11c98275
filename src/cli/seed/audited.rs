//! The audit of a batch before it is planted: of the batch itself where it is great
//! enough, else of it and of others like it, held against rows of the table.

use rand::seq::IndexedRandom;

use crate::app::views::DetectionView;
use crate::identity::audit::{self, Audit, Sheet};
use crate::identity::{Chooser, Drawn, Generator, Row};

/// Rows of a table too small for an audit to say anything.
pub(super) const TELLING: u64 = 300;
/// Canaries that an audit is made with, in batches of the size that is planted.
const AUDITED: usize = 240;
const BATCHES: usize = 50;
/// A greater batch is audited by a sample of it in lots of so many: among the rows
/// that they are held against they are about as few as in the table.
const LOT: usize = 48;
/// Rows of the table that they are held against.
const ROWS: usize = 900;

/// The audit of this batch: of a sample of it, or of others drawn as it was and of it.
pub(super) fn audited(
    mut from: Generator<'_>,
    chooser: &Chooser,
    names: &[String],
    rows: &[Drawn],
    warnings: &mut Vec<String>,
    entropy: &mut rand_chacha::ChaCha20Rng,
) -> DetectionView {
    let own: Vec<Row> = rows.iter().map(|r| r.row.clone()).collect();
    let batches = if own.len() > AUDITED {
        let sample: Vec<Row> = own.sample(entropy, AUDITED).cloned().collect();
        sample.chunks(LOT).map(<[Row]>::to_vec).collect()
    } else {
        let others = AUDITED.div_ceil(own.len()).min(BATCHES).saturating_sub(1).max(4);
        let mut batches: Vec<Vec<Row>> = chooser.choose_batches(&mut from, others, own.len(), entropy);
        batches.push(own);
        batches
    };
    let sheet = Sheet { names, roles: from.roles() };
    let found = audit::audit(&sheet, &from.sample(ROWS, entropy), &batches, entropy);
    warnings.extend(telling(&found));
    view(&found)
}

fn telling(found: &Audit) -> Option<String> {
    let columns: Vec<String> =
        found.columns.iter().filter(|(_, auc)| *auc > 0.65).take(4).map(|(c, auc)| format!("{c} ({auc:.2})")).collect();
    (!columns.is_empty()).then(|| {
        format!("columns by which canaries can be told from rows (AUC, 0.5 is chance): {}", columns.join(", "))
    })
}

fn view(found: &Audit) -> DetectionView {
    let rule = |r: &audit::Rule| {
        format!("{} (on {:.0} % of canaries, {:.1} % of rows)", r.name, r.canaries * 100.0, r.rows * 100.0)
    };
    let fires = |r: &&audit::Rule| r.lift > 3.0 && r.canaries > 0.02;
    DetectionView {
        auc: found.auc,
        auc_low: found.auc_low,
        auc_high: found.auc_high,
        auc_worst: found.auc_worst,
        control_auc: found.control_auc,
        planted_precision: found.planted_ap,
        precision_at_k: found.precision_at_k,
        columns: found.columns.iter().cloned().collect(),
        rules: found.rules.iter().filter(fires).map(rule).collect(),
        telling: found.features.iter().take(5).map(|(name, auc)| format!("{name} {auc:.2}")).collect(),
    }
}
