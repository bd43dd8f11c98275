//! A campaign: hits that share a sender or a text. However many calls a dialler
//! makes, it is one piece of news.

use std::collections::HashMap;

use crate::model::{Channel, Hit, HitId};

/// Shorter texts are too common to tie hits together.
const TELLING: usize = 12;

/// Which campaign every hit belongs to, named after its first hit.
#[derive(Debug, Default)]
pub struct Campaigns {
    of: HashMap<HitId, HitId>,
}

/// What ties a contact to others of its sender, if anything does.
pub fn sender_mark(channel: Channel, from: &str) -> Option<String> {
    let sender = from.trim().to_lowercase();
    let nobody = matches!(sender.as_str(), "" | "<>" | "anonymous" | "unknown" | "+266696687" | "restricted");
    (!nobody).then(|| format!("{} {sender}", channel.word()))
}

/// What ties a contact to others of the same text, blanks and numbers apart.
pub fn text_mark(channel: Channel, text: &str) -> Option<String> {
    let letters = text.chars().filter(|c| !c.is_whitespace() && !c.is_numeric());
    let template: String = letters.flat_map(char::to_lowercase).take(400).collect();
    (channel != Channel::Web && template.chars().count() >= TELLING).then_some(template)
}

impl Campaigns {
    /// Groups hits by the digests of these marks (union-find over senders and texts).
    pub fn of<'a>(hits: impl IntoIterator<Item = &'a Hit>) -> Self {
        let hits: Vec<&Hit> = hits.into_iter().collect();
        let mut parent: Vec<usize> = (0..hits.len()).collect();
        let mut first: HashMap<(u8, &str), usize> = HashMap::new();
        for (n, hit) in hits.iter().enumerate() {
            for key in [hit.marks.sender.as_deref().map(|s| (0, s)), hit.marks.text.as_deref().map(|t| (1, t))] {
                let Some(key) = key else { continue };
                let other = *first.entry(key).or_insert(n);
                let (a, b) = (root(&mut parent, n), root(&mut parent, other));
                parent[a.max(b)] = a.min(b);
            }
        }
        let of = (0..hits.len()).map(|n| (hits[n].id, hits[root(&mut parent, n)].id)).collect();
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
    use crate::model::{ContactPoint, Guarded, HitStatus, Marks, Time};

    fn hit(n: u64, channel: Channel, from: &str, text: &str) -> Hit {
        let mut octets = [0u8; 16];
        octets[8..].copy_from_slice(&n.to_be_bytes());
        Hit {
            id: HitId::from_octets(octets),
            at: Time::UNIX_EPOCH,
            channel,
            entry: n,
            to: ContactPoint::phone("+8613800000000").expect("ok"),
            words: Guarded::Sealed(String::new()),
            marks: Marks { sender: sender_mark(channel, from), text: text_mark(channel, text) },
            evidence_sha256: String::new(),
            status: HitStatus::Counted,
            control: false,
            canary: None,
            release: None,
            source: None,
            also: Vec::new(),
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
        let campaigns = Campaigns::of(&hits);
        let names: Vec<String> = hits.iter().map(|h| campaigns.name(h.id)).collect();
        assert!(names[0] == names[1] && names[1] == names[2]);
        assert!(names[3] != names[4] && names[5] != names[0]);
    }
}
