//! A forest: shallow regression trees, boosted on the gradient of the logistic
//! loss over binned features (after Friedman 2001; histograms and best-first
//! growth as is usual since LightGBM, Ke et al. 2017). NaN falls in the lowest bin.
//!
//! Which features it is given is left to `fold`.

use rand::seq::index;

use super::logistic::{balance, sigmoid};
use crate::model::Entropy;

const TREES: usize = 60;
const LEAVES: usize = 12;
const SMALLEST: usize = 8;
const RATE: f64 = 0.12;
const RIDGE: f64 = 1.0;
const BINS: usize = 64;
/// The share of the features each tree may look at, and how many it looks at at least,
/// so that those which tell only together meet.
const SHARE: f64 = 0.4;
const LEAST: usize = 8;

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

/// The features that one tree looks at, and where the bins of each begin.
struct Look {
    features: Vec<usize>,
    begins: Vec<usize>,
}

/// What the rows of one bin push towards: slope, curvature, and how many there are.
#[derive(Clone, Copy, Default)]
struct Push(f64, f64, u32);

/// A leaf that could still be split, and its rows' pushes by the bins looked at.
struct Bud {
    node: usize,
    rows: Vec<u32>,
    pushes: Vec<Push>,
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
        let look = Look::new(&self.width, entropy);
        let mut tree = vec![Node::Leaf(0.0)];
        let all: Vec<u32> = (0..odds.len() as u32).collect();
        let pushes = self.pushes(&look, &all);
        let mut buds = vec![look.bud(0, all, pushes)];
        while buds.len() < LEAVES {
            let gain = |b: &Bud| b.best.map_or(0.0, |c| c.gain);
            let best = (0..buds.len()).max_by(|&a, &b| gain(&buds[a]).total_cmp(&gain(&buds[b])));
            let Some((at, cut)) = best.and_then(|at| Some((at, buds[at].best?))) else { break };
            let bud = buds.swap_remove(at);
            buds.extend(self.split(&look, &mut tree, bud, cut));
        }
        for bud in &buds {
            let (g, h) = self.sums(&bud.rows);
            let value = -RATE * g / (h + RIDGE);
            tree[bud.node] = Node::Leaf(value);
            bud.rows.iter().for_each(|&i| odds[i as usize] += value);
        }
        tree
    }

    /// Only the smaller part's rows are looked at: what is left of the bud's pushes is the other's.
    fn split(&self, look: &Look, tree: &mut Vec<Node>, bud: Bud, cut: Cut) -> [Bud; 2] {
        let bins = &self.bins[cut.feature];
        let (low, high): (Vec<u32>, Vec<u32>) = bud.rows.iter().partition(|&&i| bins[i as usize] <= cut.bin);
        let (left, right) = (tree.len(), tree.len() + 1);
        tree.extend([Node::Leaf(0.0), Node::Leaf(0.0)]);
        tree[bud.node] = Node::Split { feature: cut.feature, bin: cut.bin, left, right };
        let [(less, few), (more, many)] =
            if low.len() < high.len() { [(left, low), (right, high)] } else { [(right, high), (left, low)] };
        let (own, mut rest) = (self.pushes(look, &few), bud.pushes);
        rest.iter_mut().zip(&own).for_each(|(r, o)| *r = Push(r.0 - o.0, r.1 - o.1, r.2 - o.2));
        [look.bud(less, few, own), look.bud(more, many, rest)]
    }

    fn pushes(&self, look: &Look, rows: &[u32]) -> Vec<Push> {
        let forces: Vec<(f64, f64)> = rows.iter().map(|&i| (self.slope[i as usize], self.curve[i as usize])).collect();
        let mut pushes = vec![Push::default(); look.begins.last().copied().unwrap_or_default()];
        for (&feature, ends) in look.features.iter().zip(look.begins.windows(2)) {
            let (bins, own) = (&self.bins[feature], &mut pushes[ends[0]..ends[1]]);
            for (&i, (g, h)) in rows.iter().zip(&forces) {
                let push = &mut own[bins[i as usize] as usize];
                *push = Push(push.0 + g, push.1 + h, push.2 + 1);
            }
        }
        pushes
    }

    fn sums(&self, rows: &[u32]) -> (f64, f64) {
        rows.iter().fold((0.0, 0.0), |(g, h), &i| (g + self.slope[i as usize], h + self.curve[i as usize]))
    }
}

impl Look {
    /// Some of the features, of which each has so many bins.
    fn new(width: &[usize], entropy: &mut dyn Entropy) -> Self {
        let some = ((width.len() as f64 * SHARE).ceil() as usize).max(LEAST).min(width.len());
        let features = index::sample(entropy, width.len(), some).into_vec();
        let mut begins = vec![0];
        begins.extend(features.iter().scan(0, |end, f| {
            *end += width[*f];
            Some(*end)
        }));
        Self { features, begins }
    }

    fn bud(&self, node: usize, rows: Vec<u32>, pushes: Vec<Push>) -> Bud {
        let cuts = self.features.iter().zip(self.begins.windows(2));
        let cuts = cuts.filter_map(|(feature, ends)| cut(*feature, &pushes[ends[0]..ends[1]], rows.len()));
        let best = if rows.len() < 2 * SMALLEST { None } else { cuts.max_by(|a, b| a.gain.total_cmp(&b.gain)) };
        Bud { node, rows, pushes, best }
    }
}

/// The best place to cut one feature, if any gains, by the pushes in its bins.
fn cut(feature: usize, bins: &[Push], rows: usize) -> Option<Cut> {
    let (g, h) = bins.iter().fold((0.0, 0.0), |(g, h), push| (g + push.0, h + push.1));
    let worth = |g: f64, h: f64| g * g / (h + RIDGE);
    let whole = worth(g, h);
    let (mut gl, mut hl, mut nl) = (0.0, 0.0, 0);
    let mut best: Option<Cut> = None;
    for (bin, Push(gb, hb, nb)) in bins.iter().enumerate().filter(|(_, push)| push.2 > 0) {
        (gl, hl, nl) = (gl + gb, hl + hb, nl + *nb as usize);
        if rows - nl < SMALLEST {
            break;
        }
        let gain = worth(gl, hl) + worth(g - gl, h - hl) - whole;
        if nl >= SMALLEST && gain > best.map_or(1e-9, |b| b.gain) {
            best = Some(Cut { gain, feature, bin: bin as u8 });
        }
    }
    best
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
