//! A forest: shallow regression trees, boosted on the gradient of the logistic
//! loss over binned features (after Friedman 2001; histograms and best-first
//! growth as is usual since LightGBM, Ke et al. 2017). NaN falls in the lowest bin.
//!
//! Which features it is given is left to `fold`.

use rand::seq::index;

use super::logistic::{balance, sigmoid};
use crate::model::Entropy;

const TREES: usize = 90;
const LEAVES: usize = 12;
const SMALLEST: usize = 8;
const RATE: f64 = 0.08;
const RIDGE: f64 = 1.0;
const BINS: usize = 128;
/// The share of the features each split may look at.
const SHARE: f64 = 0.3;

/// A fitted forest.
pub struct Forest {
    edges: Vec<Vec<f64>>,
    trees: Vec<Vec<Node>>,
}

enum Node {
    Leaf(f64),
    Split { feature: usize, bin: u8, left: usize, right: usize },
}

/// What fitting works on: binned features and the loss's slope and curvature at each row.
struct Work {
    bins: Vec<Vec<u8>>,
    /// How many bins each feature has.
    width: Vec<usize>,
    slope: Vec<f64>,
    curve: Vec<f64>,
}

/// A leaf that could still be split.
struct Bud {
    node: usize,
    rows: Vec<u32>,
    best: Option<Cut>,
}

#[derive(Clone, Copy)]
struct Cut {
    gain: f64,
    feature: usize,
    bin: u8,
}

impl Forest {
    /// Fits to the rows listed in `training`; `features` are columns of values, one for each row.
    pub fn fit(features: &[&[f64]], labels: &[bool], training: &[usize], entropy: &mut dyn Entropy) -> Self {
        let edges: Vec<Vec<f64>> = features.iter().map(|f| edges(training.iter().map(|&i| f[i]))).collect();
        let binned = |(f, e): (&&[f64], &Vec<f64>)| training.iter().map(|&i| bin(e, f[i])).collect();
        let rows = training.len();
        let mut work = Work {
            bins: features.iter().zip(&edges).map(binned).collect(),
            width: edges.iter().map(|e| e.len() + 2).collect(),
            slope: vec![0.0; rows],
            curve: vec![0.0; rows],
        };
        let weight = balance(labels, training);
        let mut odds = vec![0.0f64; rows];
        let mut trees = Vec::with_capacity(TREES);
        for _ in 0..TREES {
            for (k, &i) in training.iter().enumerate() {
                let (w, p) = (weight[usize::from(labels[i])], sigmoid(odds[k]));
                work.slope[k] = w * (p - f64::from(u8::from(labels[i])));
                work.curve[k] = w * p * (1.0 - p);
            }
            trees.push(work.grow(&mut odds, entropy));
        }
        Self { edges, trees }
    }

    /// The log odds that a row is a canary, given its features.
    pub fn score(&self, features: &[&[f64]], row: usize) -> f64 {
        let bins: Vec<u8> = features.iter().zip(&self.edges).map(|(f, e)| bin(e, f[row])).collect();
        self.trees.iter().map(|tree| walk(tree, &bins)).sum::<f64>()
    }
}

fn walk(tree: &[Node], bins: &[u8]) -> f64 {
    let mut at = 0;
    loop {
        match tree[at] {
            Node::Leaf(value) => return value,
            Node::Split { feature, bin, left, right } => at = if bins[feature] <= bin { left } else { right },
        }
    }
}

/// Upper edges of the bins: midpoints of neighbouring quantiles of the distinct values.
fn edges(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.filter(|v| !v.is_nan()).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    let mut distinct = sorted.clone();
    distinct.dedup();
    if distinct.len() > BINS - 2 {
        distinct = (0..BINS - 2).map(|q| sorted[q * (sorted.len() - 1) / (BINS - 3)]).collect();
        distinct.dedup();
    }
    distinct.windows(2).map(|w| w[0] / 2.0 + w[1] / 2.0).collect()
}

/// Nought for NaN, else one more than the edges below.
fn bin(edges: &[f64], value: f64) -> u8 {
    if value.is_nan() { 0 } else { 1 + edges.partition_point(|&e| e < value) as u8 }
}

impl Work {
    /// One tree, grown where it gains most; moves the rows' odds along.
    fn grow(&self, odds: &mut [f64], entropy: &mut dyn Entropy) -> Vec<Node> {
        let mut tree = vec![Node::Leaf(0.0)];
        let mut buds = vec![self.bud(0, (0..odds.len() as u32).collect(), entropy)];
        while buds.len() < LEAVES {
            let gain = |b: &Bud| b.best.map_or(0.0, |c| c.gain);
            let best = (0..buds.len()).max_by(|&a, &b| gain(&buds[a]).total_cmp(&gain(&buds[b])));
            let Some((at, cut)) = best.and_then(|at| Some((at, buds[at].best?))) else { break };
            let bud = buds.swap_remove(at);
            buds.extend(self.split(&mut tree, bud, cut, entropy));
        }
        for bud in &buds {
            let (g, h) = self.sums(&bud.rows);
            let value = -RATE * g / (h + RIDGE);
            tree[bud.node] = Node::Leaf(value);
            bud.rows.iter().for_each(|&i| odds[i as usize] += value);
        }
        tree
    }

    fn split(&self, tree: &mut Vec<Node>, bud: Bud, cut: Cut, entropy: &mut dyn Entropy) -> [Bud; 2] {
        let bins = &self.bins[cut.feature];
        let (low, high): (Vec<u32>, Vec<u32>) = bud.rows.iter().partition(|&&i| bins[i as usize] <= cut.bin);
        let (left, right) = (tree.len(), tree.len() + 1);
        tree.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
        tree[bud.node] = Node::Split { feature: cut.feature, bin: cut.bin, left, right };
        [self.bud(left, low, entropy), self.bud(right, high, entropy)]
    }

    fn bud(&self, node: usize, rows: Vec<u32>, entropy: &mut dyn Entropy) -> Bud {
        let few = ((self.bins.len() as f64 * SHARE).ceil() as usize).clamp(1, self.bins.len().max(1));
        if rows.len() < 2 * SMALLEST || self.bins.is_empty() {
            return Bud { node, rows, best: None };
        }
        let forces: Vec<(f64, f64)> = rows.iter().map(|&i| (self.slope[i as usize], self.curve[i as usize])).collect();
        let mut best: Option<Cut> = None;
        for feature in index::sample(entropy, self.bins.len(), few) {
            if let Some(cut) = self.cut(feature, &rows, &forces) {
                best = Some(best.filter(|b| b.gain >= cut.gain).unwrap_or(cut));
            }
        }
        Bud { node, rows, best }
    }

    fn sums(&self, rows: &[u32]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &i| (g + self.slope[i as usize], h + self.curve[i as usize]))
    }

    /// The best place to cut one feature, if any gains; `forces` are each row's slope and curvature.
    fn cut(&self, feature: usize, rows: &[u32], forces: &[(f64, f64)]) -> Option<Cut> {
        let mut histogram = vec![(0.0f64, 0.0f64, 0usize); self.width[feature]];
        let bins = &self.bins[feature];
        for (&i, (g, h)) in rows.iter().zip(forces) {
            let slot = &mut histogram[bins[i as usize] as usize];
            *slot = (slot.0 + g, slot.1 + h, slot.2 + 1);
        }
        let (g, h) = histogram.iter().fold((0.0, 0.0), |(g, h), slot| (g + slot.0, h + slot.1));
        let worth = |g: f64, h: f64| g * g / (h + RIDGE);
        let whole = worth(g, h);
        let (mut gl, mut hl, mut nl) = (0.0, 0.0, 0);
        let mut best: Option<Cut> = None;
        for (bin, (gb, hb, nb)) in histogram.iter().enumerate() {
            if *nb == 0 {
                continue;
            }
            (gl, hl, nl) = (gl + gb, hl + hb, nl + nb);
            if rows.len() - nl < SMALLEST {
                break;
            }
            let gain = worth(gl, hl) + worth(g - gl, h - hl) - whole;
            if nl >= SMALLEST && gain > best.map_or(1e-9, |b| b.gain) {
                best = Some(Cut { gain, feature, bin: bin as u8 });
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;

    use super::super::measure::auc;
    use super::*;

    fn separation(x: &[f64], y: &[f64], labels: &[bool]) -> f64 {
        let training: Vec<usize> = (0..labels.len()).filter(|i| i % 3 != 0).collect();
        let test: Vec<usize> = (0..labels.len()).filter(|i| i % 3 == 0).collect();
        let features = [x, y];
        let forest = Forest::fit(&features, labels, &training, &mut ChaCha8Rng::seed_from_u64(3));
        let scores: Vec<f64> = test.iter().map(|&i| forest.score(&features, i)).collect();
        auc(&test.iter().map(|&i| labels[i]).collect::<Vec<_>>(), &scores)
    }

    fn scatter(n: usize, by: usize) -> Vec<f64> {
        (0..n).map(|i| ((i * by) % 101) as f64).collect()
    }

    #[test]
    fn two_features_that_tell_only_together_are_found() {
        let (x, y) = (scatter(900, 37), scatter(900, 53));
        let labels: Vec<bool> = (0..900).map(|i| (x[i] > 50.0) != (y[i] > 50.0)).collect();
        assert!(separation(&x, &y, &labels) > 0.95);
    }

    #[test]
    fn missing_values_tell_too() {
        let y = scatter(900, 53);
        let labels: Vec<bool> = (0..900).map(|i| i % 7 < 2).collect();
        let x: Vec<f64> = (0..900).map(|i| if labels[i] { f64::NAN } else { -1e9 }).collect();
        assert!(separation(&x, &y, &labels) > 0.99);
    }

    #[test]
    fn infinity_and_constants_do_no_harm() {
        let x = vec![f64::INFINITY; 60];
        let labels: Vec<bool> = (0..60).map(|i| i % 2 == 0).collect();
        assert!((separation(&x, &x, &labels) - 0.5).abs() < 1e-9);
    }
}
