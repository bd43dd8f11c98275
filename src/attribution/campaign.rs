//! A campaign: hits that share a sender or a text. However many calls a dialler
//! makes, it is one piece of news.

use sha2::{Digest, Sha256};
use std::collections::HashMap;

use crate::model::{Channel, Hit, HitId};

/// Shorter texts are too common to tie hits together.
const TELLING: usize = 12;

/// What ties a hit to others.
#[derive(Debug, Clone)]
pub struct Mark {
    pub hit: HitId,
    sender: Option<u64>,
    text: Option<u64>,
}

/// Which campaign every hit belongs to, named after its first hit.
#[derive(Debug, Default)]
pub struct Campaigns {
    of: HashMap<HitId, HitId>,
}

impl Mark {
    /// The marks of a hit.
    pub fn of(hit: &Hit) -> Self {
        let sender = hit.from.trim().to_lowercase();
        let nobody = matches!(sender.as_str(), "" | "<>" | "anonymous" | "unknown" | "+266696687" | "restricted");
        let template: String = hit
            .text
            .chars()
            .filter(|c| !c.is_whitespace() && !c.is_numeric())
            .flat_map(char::to_lowercase)
            .take(400)
            .collect();
        let telling = hit.channel != Channel::Web && template.chars().count() >= TELLING;
        Self {
            hit: hit.id,
            sender: (!nobody).then(|| digest(&[hit.channel.word(), &sender])),
            text: telling.then(|| digest(&[&template])),
        }
    }
}

fn digest(parts: &[&str]) -> u64 {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let mut first = [0u8; 8];
    first.copy_from_slice(&hash.finalize()[..8]);
    u64::from_be_bytes(first)
}

impl Campaigns {
    /// Groups hits (union-find over senders and texts).
    pub fn of(marks: &[Mark]) -> Self {
        let mut parent: Vec<usize> = (0..marks.len()).collect();
        let mut first: HashMap<(u8, u64), usize> = HashMap::new();
        for (n, mark) in marks.iter().enumerate() {
            for key in [mark.sender.map(|s| (0, s)), mark.text.map(|t| (1, t))].into_iter().flatten() {
                let other = *first.entry(key).or_insert(n);
                let (a, b) = (root(&mut parent, n), root(&mut parent, other));
                parent[a.max(b)] = a.min(b);
            }
        }
        let of = (0..marks.len()).map(|n| (marks[n].hit, marks[root(&mut parent, n)].hit)).collect();
        Self { of }
    }

    /// The first hit of a hit's campaign; itself where it is not known.
    pub fn first_of(&self, hit: HitId) -> HitId {
        self.of.get(&hit).copied().unwrap_or(hit)
    }

    /// What people call it.
    pub fn name(&self, hit: HitId) -> String {
        self.first_of(hit).to_string().replacen("hit_", "cmp_", 1)
    }
}

fn root(parent: &mut [usize], mut n: usize) -> usize {
    while parent[n] != n {
        parent[n] = parent[parent[n]];
        n = parent[n];
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{ContactPoint, HitStatus, Time};

    fn hit(n: u64, channel: Channel, from: &str, text: &str) -> Hit {
        let mut octets = [0u8; 16];
        octets[8..].copy_from_slice(&n.to_be_bytes());
        Hit {
            id: HitId::from_octets(octets),
            at: Time::UNIX_EPOCH,
            channel,
            to: ContactPoint::phone("+8613800000000").expect("ok"),
            from: from.into(),
            summary: String::new(),
            text: text.into(),
            evidence_sha256: String::new(),
            status: HitStatus::Counted,
            control: false,
            canary: None,
            release: None,
            confirmed: false,
            dedupe: None,
        }
    }

    #[test]
    fn a_shared_sender_or_text_makes_one_campaign() {
        let hits = [
            hit(1, Channel::Sms, "+861", "您的贷款已批准，点击领取额度 100"),
            hit(2, Channel::Sms, "+862", "您的贷款已批准，点击领取额度 999"),
            hit(3, Channel::Sms, "+862", "ok"),
            hit(4, Channel::Sms, "anonymous", ""),
            hit(5, Channel::Sms, "anonymous", ""),
            hit(6, Channel::Voice, "+861", ""),
        ];
        let marks: Vec<Mark> = hits.iter().map(Mark::of).collect();
        let campaigns = Campaigns::of(&marks);
        let names: Vec<String> = hits.iter().map(|h| campaigns.name(h.id)).collect();
        assert!(names[0] == names[1] && names[1] == names[2]);
        assert!(names[3] != names[4] && names[5] != names[0]);
    }
}
