//! A verdict: for one source, how probable it is that it leaked, from which
//! releases, between when and when, and why, in sentences that an officer can
//! read out.

use std::collections::{BTreeSet, HashMap};

use super::counts::{Contact, Exposure, days, log_bayes_factor};
use super::noise::{Background, Silence};
use crate::model::{CanaryId, Channel, HitId, ReleaseId, SourceId, Time};

/// A contact that names the persona is weighed against noise this much rarer: a
/// stranger who reaches a canary by chance and has that very name in mind. The
/// commonest Chinese full names are borne by 2 in 10,000 (Ministry of Public
/// Security, 2019), nearly all others by less than 1 in 100,000.
const NAMED_BY_CHANCE: f64 = 1e-5;

/// A campaign that would by chance keep to one source less often than this has
/// picked its canaries from that source's copy.
const KEPT_BY_CHANCE: f64 = 0.001;

/// One release of a source, as it listens.
#[derive(Debug, Clone)]
pub struct Listening {
    pub release: ReleaseId,
    pub since: Time,
    pub canaries: u32,
    pub points: u32,
}

/// One counted hit.
#[derive(Debug, Clone, Copy)]
pub struct Counted {
    pub hit: HitId,
    pub at: Time,
    pub channel: Channel,
    pub canary: CanaryId,
    pub release: ReleaseId,
    /// When the source was given the canary, in whichever release that was.
    pub since: Time,
    pub campaign: HitId,
    pub confirmed: bool,
}

/// All that is known of one source by canaries that nobody else holds.
#[derive(Debug, Clone)]
pub struct Evidence {
    pub source: SourceId,
    pub label: String,
    pub releases: Vec<Listening>,
    pub hits: Vec<Counted>,
    /// Canaries that it shares, and how many of them each campaign reached: they
    /// neither speak for it alone nor against it.
    pub aside: u32,
    pub reached_aside: HashMap<HitId, u32>,
}

impl Default for Evidence {
    fn default() -> Self {
        Self {
            source: SourceId::from_octets([0; 16]),
            label: String::new(),
            releases: Vec::new(),
            hits: Vec::new(),
            aside: 0,
            reached_aside: HashMap::new(),
        }
    }
}

/// What the judgement of all sources shares.
#[derive(Debug, Clone)]
pub struct Judge {
    /// Probability that a source leaks, before anything is heard.
    pub prior: f64,
    /// Probability from which a source is accused.
    pub accuse_at: f64,
    pub controls: HashMap<Channel, Silence>,
    /// Campaigns that reached controls: diallers.
    pub diallers: BTreeSet<HitId>,
    /// Contact points that each campaign reached, anywhere.
    pub reached: HashMap<HitId, u32>,
    /// Contact points that are listened on: all canaries and controls.
    pub monitored: u32,
    pub now: Time,
}

/// The judgement of one source.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub source: SourceId,
    pub probability: f64,
    pub log10_bayes_factor: f64,
    /// Probable enough, and on two independent contacts or a confirmed one.
    pub accused: bool,
    pub hits: u32,
    pub campaigns: u32,
    pub canaries_hit: u32,
    pub canaries_planted: u32,
    pub releases: Vec<ReleaseId>,
    pub first_hit: Option<Time>,
    /// The leak lies between these.
    pub after: Option<Time>,
    pub before: Option<Time>,
    pub because: Vec<String>,
    /// Canaries that speak for themselves: its own, and those that it shares.
    pub telling: u32,
    pub telling_shared: u32,
    /// A contact at a canary of its own names the person.
    pub confirmed: bool,
}

impl Verdict {
    /// Natural logarithm of the Bayes factor.
    pub(super) fn log(&self) -> f64 {
        self.log10_bayes_factor * std::f64::consts::LN_10
    }

    /// Sets how much speaks for a leak.
    pub(super) fn set_log(&mut self, prior: f64, log: f64) {
        self.log10_bayes_factor = log / std::f64::consts::LN_10;
        self.probability = posterior(prior, log);
    }
}

impl Judge {
    /// Judges one source that shares no canary.
    pub fn judge(&self, evidence: &Evidence) -> Verdict {
        self.conclude(self.weigh(evidence))
    }

    /// Says whether the bar is met. What is shared names nobody without something
    /// that only this source holds.
    pub(super) fn conclude(&self, mut verdict: Verdict) -> Verdict {
        let enough = verdict.telling > 0 && verdict.telling + verdict.telling_shared >= 2 || verdict.confirmed;
        verdict.accused = verdict.probability >= self.accuse_at && enough;
        verdict.because.extend(self.say_silence(&verdict));
        verdict.because.push(self.say_bar(&verdict));
        verdict
    }

    /// Weighs what is known of one source.
    pub(super) fn weigh(&self, evidence: &Evidence) -> Verdict {
        let contacts = self.contacts(evidence);
        let exposures: Vec<Exposure> =
            evidence.releases.iter().map(|r| Exposure { since: r.since, points: r.points }).collect();
        let log = log_bayes_factor(&exposures, &contacts, self.now);
        let probability = posterior(self.prior, log);
        let canaries = self.telling_canaries(evidence, &contacts);
        let confirmed = contacts.iter().any(|c| c.confirmed);
        let first_hit = contacts.iter().map(|c| c.at).min();
        let mut releases: Vec<ReleaseId> =
            evidence.hits.iter().filter(|h| counting(&contacts).any(|c| c == h.canary)).map(|h| h.release).collect();
        releases.sort();
        releases.dedup();
        let mut verdict = Verdict {
            source: evidence.source,
            probability,
            log10_bayes_factor: log / std::f64::consts::LN_10,
            accused: false,
            telling: canaries.len() as u32,
            telling_shared: 0,
            confirmed,
            hits: evidence.hits.len() as u32,
            campaigns: evidence.hits.iter().map(|h| h.campaign).collect::<BTreeSet<_>>().len() as u32,
            canaries_hit: evidence.hits.iter().map(|h| h.canary).collect::<BTreeSet<_>>().len() as u32,
            canaries_planted: evidence.releases.iter().map(|r| r.canaries).sum(),
            after: counting(&contacts).filter_map(|canary| given(evidence, canary)).min(),
            before: first_hit,
            releases,
            first_hit,
            because: Vec::new(),
        };
        verdict.because = self.because(evidence, &contacts, &verdict);
        verdict
    }

    fn background(&self, channel: Channel) -> Background {
        Background::measured(channel, self.controls.get(&channel).copied().unwrap_or_default())
    }

    /// One contact of each campaign; a dialler's only where it names the persona.
    /// What is weighed against chance is that a campaign came at all, and that it
    /// kept to this source.
    fn contacts(&self, evidence: &Evidence) -> Vec<Contact> {
        let concentration = self.concentration(evidence);
        let mut by_campaign: HashMap<HitId, Contact> = HashMap::new();
        for hit in &evidence.hits {
            if self.diallers.contains(&hit.campaign) && !hit.confirmed {
                continue;
            }
            let named = if hit.confirmed { NAMED_BY_CHANCE } else { 1.0 };
            let kept = concentration.get(&hit.campaign).copied().unwrap_or(1.0);
            let noise = self.background(hit.channel).upper() * named * kept;
            let contact = Contact {
                hit: hit.hit,
                at: hit.at,
                channel: hit.channel,
                canary: hit.canary,
                confirmed: hit.confirmed,
                noise,
            };
            let kept = by_campaign.entry(hit.campaign).or_insert(contact);
            if (contact.confirmed, std::cmp::Reverse(contact.at)) > (kept.confirmed, std::cmp::Reverse(kept.at)) {
                *kept = contact;
            }
        }
        let mut contacts: Vec<Contact> = by_campaign.into_values().collect();
        contacts.sort_by_key(|c| (c.at, c.hit));
        contacts
    }

    /// Canaries that speak for themselves: one for each contact that counts, and
    /// all of a campaign that kept to this source as chance hardly would.
    fn telling_canaries(&self, evidence: &Evidence, contacts: &[Contact]) -> BTreeSet<CanaryId> {
        let concentration = self.concentration(evidence);
        let kept = |h: &&Counted| concentration.get(&h.campaign).is_some_and(|c| *c < KEPT_BY_CHANCE);
        let dialled = |h: &&Counted| self.diallers.contains(&h.campaign);
        let telling = evidence.hits.iter().filter(kept).filter(|h| !dialled(h)).map(|h| h.canary);
        contacts.iter().map(|c| c.canary).chain(telling).collect()
    }

    /// For each campaign the chance that, had it picked among all that is listened
    /// on, it would have kept to this source as it did; its first pick is free.
    fn concentration(&self, evidence: &Evidence) -> HashMap<HitId, f64> {
        let mut own: HashMap<HitId, BTreeSet<CanaryId>> = HashMap::new();
        for hit in &evidence.hits {
            own.entry(hit.campaign).or_default().insert(hit.canary);
        }
        let points: u32 = evidence.releases.iter().map(|r| r.points).sum();
        let chance = |(campaign, canaries): (HitId, BTreeSet<CanaryId>)| {
            let own = canaries.len() as u32;
            let aside = evidence.reached_aside.get(&campaign).copied().unwrap_or(0);
            let all = self.reached.get(&campaign).copied().unwrap_or(own).saturating_sub(aside).max(own);
            let others = |n: u32| n.saturating_sub(1);
            (
                campaign,
                at_least_among(
                    others(self.monitored.saturating_sub(evidence.aside)),
                    others(points),
                    others(all),
                    others(own),
                ),
            )
        };
        own.into_iter().map(chance).collect()
    }

    fn because(&self, evidence: &Evidence, contacts: &[Contact], verdict: &Verdict) -> Vec<String> {
        let mut because = vec![self.say_contacts(evidence, contacts, verdict)];
        because.extend(self.say_noise(evidence, contacts));
        because.extend(contacts.iter().filter(|c| c.confirmed).take(3).map(|c| {
            format!("The {} of {} ({}) names the person of the record it reached; only somebody who holds the record knows that name, so it is confirmed and weighed against chance a hundred thousand times smaller.", word(c.channel), c.at, c.hit)
        }));
        let diallers = evidence
            .hits
            .iter()
            .map(|h| h.campaign)
            .filter(|c| self.diallers.contains(c))
            .collect::<BTreeSet<_>>()
            .len();
        if diallers > 0 {
            because.push(format!(
                "{} also reached numbers that were never planted anywhere and {} taken for random dialling: such contacts count only where they name the person.",
                count(diallers, "campaign"),
                is(diallers)
            ));
        }
        because.extend(self.say_concentration(evidence));
        because
    }

    fn say_contacts(&self, evidence: &Evidence, contacts: &[Contact], verdict: &Verdict) -> String {
        let first = verdict.first_hit.map_or(String::new(), |at| format!(", the first at {at}"));
        format!(
            "{} in {} reached {} of the {} planted in the copy of {}{first}; {} {} independent.",
            count(verdict.hits as usize, "contact"),
            count(verdict.campaigns as usize, "campaign"),
            verdict.canaries_hit,
            count_of(verdict.canaries_planted as usize, "canary", "canaries"),
            evidence.label,
            contacts.len(),
            if contacts.len() == 1 { "counts as" } else { "count as" },
        )
    }

    /// What the same points would have heard by chance.
    fn say_noise(&self, evidence: &Evidence, contacts: &[Contact]) -> Vec<String> {
        let channels: BTreeSet<Channel> = contacts.iter().map(|c| c.channel).collect();
        let exposed: f64 = evidence.releases.iter().map(|r| f64::from(r.canaries) * days(r.since, self.now)).sum();
        let say = |channel: Channel| {
            let heard = self.controls.get(&channel).copied().unwrap_or_default();
            let background = self.background(channel);
            let measured = match heard.points {
                0 => "no control listens there, so published figures stand in".to_owned(),
                n => {
                    let (controls, campaigns) =
                        (count(n as usize, "control"), count(heard.events as usize, "campaign"));
                    format!("{controls} heard {campaigns} in {:.1} days of listening", heard.days)
                }
            };
            format!(
                "By chance ({}) one {} gets at most {:.4} a day (95 % upper bound; {measured}); the chance that so many canaries would have heard at least one by now is {:.0} %.",
                chance(channel),
                point(channel),
                background.upper(),
                100.0 * background.at_least_one(exposed),
            )
        };
        channels.into_iter().map(say).collect()
    }

    /// The campaign that kept to this source most tellingly.
    fn say_concentration(&self, evidence: &Evidence) -> Option<String> {
        let chances = self.concentration(evidence);
        let (campaign, chance) = chances.into_iter().min_by(|a, b| a.1.total_cmp(&b.1)).filter(|(_, c)| *c < 0.05)?;
        let own: BTreeSet<CanaryId> =
            evidence.hits.iter().filter(|h| h.campaign == campaign).map(|h| h.canary).collect();
        let all = self.reached.get(&campaign).copied().unwrap_or(0);
        Some(format!(
            "One campaign reached {} of this source out of {all} contact points it reached in all; among the {} that are listened on, chance would keep to one source like that with probability {chance:.1e}.",
            count_of(own.len(), "canary", "canaries"),
            self.monitored,
        ))
    }

    fn say_silence(&self, verdict: &Verdict) -> Option<String> {
        let silent = verdict.canaries_planted.saturating_sub(verdict.canaries_hit);
        (silent > 0).then(|| {
            format!(
                "{} stayed silent, which is counted against a leak.",
                count_of(silent as usize, "canary", "canaries")
            )
        })
    }

    fn say_bar(&self, verdict: &Verdict) -> String {
        if verdict.accused {
            return format!(
                "The probability is at or over the bar of {} set for naming a source, and rests on {}.",
                self.accuse_at,
                if verdict.confirmed { "a confirmed contact" } else { "contacts at two or more canaries" }
            );
        }
        if verdict.probability >= self.accuse_at {
            return "This rests on one canary without confirmation: it is a lead, not enough to name the source."
                .to_owned();
        }
        format!(
            "The probability is under the bar of {} set for naming a source: this is a lead at most.",
            self.accuse_at
        )
    }
}

fn counting(contacts: &[Contact]) -> impl Iterator<Item = CanaryId> + '_ {
    contacts.iter().map(|c| c.canary)
}

/// When the source was given a canary.
fn given(evidence: &Evidence, canary: CanaryId) -> Option<Time> {
    evidence.hits.iter().filter(|h| h.canary == canary).map(|h| h.since).min()
}

fn chance(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS to wrong and random numbers",
        Channel::Voice => "calls to wrong and random numbers",
        Channel::Email => "mail to guessed addresses",
        Channel::Web => "requests for guessed addresses",
    }
}

fn point(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms | Channel::Voice => "number",
        Channel::Email => "mailbox",
        Channel::Web => "web address",
    }
}

fn word(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms => "SMS",
        Channel::Voice => "call",
        Channel::Email => "e-mail",
        Channel::Web => "web request",
    }
}

fn is(n: usize) -> &'static str {
    if n == 1 { "is" } else { "are" }
}

fn count(n: usize, noun: &str) -> String {
    count_of(n, noun, &format!("{noun}s"))
}

fn count_of(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// Chance that of `drawn` out of `all` at least `hits` fall among `marked`
/// (hypergeometric tail; Holm's adjustment is not needed where one source's own
/// evidence is weighed).
fn at_least_among(all: u32, marked: u32, drawn: u32, hits: u32) -> f64 {
    if marked >= all {
        return 1.0;
    }
    let log_choose =
        |n: u32, k: u32| -> f64 { (0..k.min(n - k)).map(|i| (f64::from(n - i) / f64::from(i + 1)).ln()).sum() };
    let drawn = drawn.min(all);
    let possible = (hits..=drawn.min(marked)).filter(|k| drawn - k <= all - marked);
    let total = log_choose(all, drawn);
    possible.map(|k| (log_choose(marked, k) + log_choose(all - marked, drawn - k) - total).exp()).sum::<f64>().min(1.0)
}

/// pi * BF / (1 - pi + pi * BF), from log BF.
fn posterior(prior: f64, log_factor: f64) -> f64 {
    let odds = (prior / (1.0 - prior)).ln() + log_factor;
    1.0 / (1.0 + (-odds).exp())
}

#[cfg(test)]
mod tests;
