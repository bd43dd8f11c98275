//! A measure: what a suspicion score is worth. Area under the ROC curve with
//! its interval, average precision and precision at k; ties are shared out
//! fairly, so that a score that says nothing gets what chance gets.

/// An area under the ROC curve and its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Ranks from 1, ties sharing their mean.
pub fn ranks(scores: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[a].total_cmp(&scores[b]));
    let mut rank = vec![0.0; scores.len()];
    let mut from = 0;
    while from < order.len() {
        let tied = order[from..].iter().take_while(|&&i| scores[i] == scores[order[from]]).count().max(1);
        order[from..from + tied].iter().for_each(|&i| rank[i] = from as f64 + (tied as f64 + 1.0) / 2.0);
        from += tied;
    }
    rank
}

/// The chance that a canary scores above a real row; a half when a side is empty.
pub fn auc(labels: &[bool], scores: &[f64]) -> f64 {
    let yes = labels.iter().filter(|&&y| y).count() as f64;
    let no = labels.len() as f64 - yes;
    if yes == 0.0 || no == 0.0 {
        return 0.5;
    }
    let sum: f64 = ranks(scores).iter().zip(labels).filter(|(_, y)| **y).map(|(r, _)| r).sum();
    (sum - yes * (yes + 1.0) / 2.0) / (yes * no)
}

/// The area with the interval of DeLong, DeLong and Clarke-Pearson (1988).
pub fn area(labels: &[bool], scores: &[f64]) -> Area {
    let value = auc(labels, scores);
    let all = ranks(scores);
    let half = (placements(&all, labels, scores, true) + placements(&all, labels, scores, false)).sqrt() * 1.96;
    Area { value, low: (value - half).max(0.0), high: (value + half).min(1.0) }
}

/// One side's share of the area's variance: how unevenly its rows are placed among the other side.
fn placements(all: &[f64], labels: &[bool], scores: &[f64], side: bool) -> f64 {
    let mine: Vec<usize> = (0..labels.len()).filter(|&i| labels[i] == side).collect();
    let own = ranks(&mine.iter().map(|&i| scores[i]).collect::<Vec<_>>());
    let others = (labels.len() - mine.len()).max(1) as f64;
    let placed: Vec<f64> = mine.iter().zip(&own).map(|(&i, r)| (all[i] - r) / others).collect();
    let mean = placed.iter().sum::<f64>() / placed.len().max(1) as f64;
    let variance =
        placed.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / placed.len().saturating_sub(1).max(1) as f64;
    variance / placed.len().max(1) as f64
}

/// Average precision and precision among the k best (k = number of canaries) of one published table.
pub fn precision(labels: &[bool], scores: &[f64]) -> (f64, f64) {
    let mut order: Vec<usize> = (0..scores.len()).collect();
    order.sort_unstable_by(|&a, &b| scores[b].total_cmp(&scores[a]));
    let k = labels.iter().filter(|&&y| y).count() as f64;
    let (mut seen, mut found, mut average, mut top) = (0.0, 0.0, 0.0, 0.0);
    for tied in order.chunk_by(|&a, &b| scores[a] == scores[b]) {
        let (n, hits) = (tied.len() as f64, tied.iter().filter(|&&i| labels[i]).count() as f64);
        top += hits * ((k - seen) / n).clamp(0.0, 1.0);
        seen += n;
        found += hits;
        average += hits * found / seen;
    }
    let k = k.max(1.0);
    (average / k, top / k)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_perfect_score_and_a_blind_one() {
        let labels = [false, false, true, true];
        assert_eq!(auc(&labels, &[0.1, 0.2, 0.3, 0.4]), 1.0);
        assert_eq!(auc(&labels, &[1.0; 4]), 0.5);
        assert_eq!(precision(&labels, &[0.1, 0.2, 0.3, 0.4]), (1.0, 1.0));
        assert_eq!(precision(&labels, &[1.0; 4]), (0.5, 0.5));
    }

    #[test]
    fn average_precision_of_a_known_ranking() {
        let labels = [true, false, true, false];
        let (ap, top) = precision(&labels, &[4.0, 3.0, 2.0, 1.0]);
        assert!((ap - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
        assert_eq!(top, 0.5);
    }

    proptest! {
        #[test]
        fn turning_the_score_round_turns_the_area_round(rows in prop::collection::vec((any::<bool>(), 0u8..9), 2..60)) {
            let labels: Vec<bool> = rows.iter().map(|r| r.0).collect();
            let scores: Vec<f64> = rows.iter().map(|r| f64::from(r.1)).collect();
            let turned: Vec<f64> = scores.iter().map(|s| -s).collect();
            prop_assert!((auc(&labels, &scores) + auc(&labels, &turned) - 1.0).abs() < 1e-9);
            let a = area(&labels, &scores);
            prop_assert!(a.low <= a.value && a.value <= a.high);
        }
    }
}
