//! `report CASE`: what a disciplinary board or a court needs of a case, in the
//! order that rules of evidence ask for (object, content, time, place, method,
//! process; an itemised list with category, format and integrity value), with the
//! statistics, the innocent explanations, and how to check all of it.

use std::collections::BTreeSet;

use super::views::{CaseView, HeadView, ItemView, LeakView, ReportView, StepView};
use super::{App, AppError};
use crate::model::{CanaryId, CaseId, Channel, Event, Hit, HitStatus, Release, ReleaseState, Source, Time};
use crate::store::Subject;

impl App {
    /// The report of a case; that it was made is in the ledger.
    pub async fn report(&self, id: CaseId, by: &str) -> Result<ReportView, AppError> {
        let case = self.case_of(id).await?;
        let view = self.show_case(id).await?;
        let sources = self.store.sources().await?;
        let gone = || AppError::NotFound(format!("{} is gone", case.source));
        let source = sources.into_iter().find(|s| s.id == case.source).ok_or_else(gone)?;
        let hits: Vec<Hit> = self.store.hits(None).await?.into_iter().filter(|h| counts(h, &source)).collect();
        let releases: Vec<Release> =
            self.store.releases().await?.into_iter().filter(|r| r.source == source.id).collect();
        let what = format!("the report of {id}: its canaries that were contacted, in clear");
        self.record(vec![Event::Revealed { by: by.to_owned(), what }]).await?;
        let items = self.items(&hits, &releases).await?;
        let head = self.sign_head().await?;
        let leak = view.leak.as_ref();
        Ok(ReportView {
            dyepack: "case report 1".to_owned(),
            made_at: self.now(),
            made_by: by.to_owned(),
            cause: cause(&source, leak),
            object: object(&source, &releases),
            content: content(&hits),
            time: time(leak, &hits),
            place: place(&hits),
            method: METHOD.iter().map(|s| (*s).to_owned()).collect(),
            process: self.process(&source, &releases, &hits, &view).await?,
            items,
            statistics: leak.map(|l| l.because.clone()).unwrap_or_default(),
            innocent: innocent(&source, leak, &hits),
            verify: how_to_verify(&hits, &head),
            head,
            case: view,
        })
    }

    async fn items(&self, hits: &[Hit], releases: &[Release]) -> Result<Vec<ItemView>, AppError> {
        let mut items = Vec::new();
        for release in releases.iter().filter(|r| hits.iter().any(|h| h.release == Some(r.id) || !h.also.is_empty())) {
            for entry in self.store.entries_of(Subject::Release(release.id)).await? {
                items.push(item(
                    entry,
                    "release",
                    &release.id.to_string(),
                    "ledger entry, canonical JSON",
                    release.issued_at,
                ));
            }
        }
        let canaries: BTreeSet<CanaryId> = hits.iter().filter_map(|h| h.canary).collect();
        for id in canaries {
            for entry in self.store.entries_of(Subject::Canary(id)).await? {
                items.push(item(entry, "planted person", &id.to_string(), "ledger entry, canonical JSON", id.time()));
            }
        }
        for hit in hits {
            let mut one = item(
                hit.entry,
                &format!("contact ({})", hit.channel.word()),
                &hit.id.to_string(),
                format_of(hit.channel),
                hit.at,
            );
            one.evidence_sha256 = Some(hit.evidence_sha256.clone());
            items.push(one);
        }
        let numbers: Vec<u64> = items.iter().map(|i| i.entry).collect();
        for (item, leaf) in items.iter_mut().zip(self.leaves(&numbers).await?) {
            item.leaf_sha256 = leaf;
        }
        Ok(items)
    }

    async fn process(
        &self,
        source: &Source,
        releases: &[Release],
        hits: &[Hit],
        case: &CaseView,
    ) -> Result<Vec<StepView>, AppError> {
        let step = |at: Time, what: String| StepView { at, what };
        let mut steps = vec![step(source.added_at, format!("{} was put down as a source.", source.label()))];
        for r in releases {
            let of = format!("{} of dataset {} ({} canaries)", r.id, r.dataset, r.canaries);
            steps.push(step(
                r.issued_at,
                format!("Release {of} was issued: in the ledger, before any row was planted."),
            ));
            steps.extend(r.planted_at.map(|at| step(at, format!("Release {of} was planted into {}.", r.place.output))));
            steps.extend(r.withdrawn_at.map(|at| step(at, format!("Release {of} was withdrawn."))));
        }
        for hit in hits {
            let named = if hit.confirmed { ", naming the person of the record" } else { "" };
            steps.push(step(
                hit.at,
                format!("Contact by {} at canary {}{named} ({}).", hit.channel.word(), id_of(hit), hit.id),
            ));
        }
        for j in self.store.judgements().await?.into_iter().filter(|j| j.source == source.id) {
            let percent = f64::from(j.probability_ppm) / 1e4;
            steps.push(step(
                j.at,
                format!("Last judgement put down: {percent:.2} % probable, over ledger entries up to {}.", j.through),
            ));
        }
        steps.push(step(case.opened_at, format!("{} was opened, the bar for naming the source being met.", case.id)));
        steps.extend(case.notes.iter().map(|n| step(n.at, format!("{}: {}", n.by, n.text))));
        steps.sort_by_key(|s| s.at);
        Ok(steps)
    }
}

const METHOD: &[&str] = &[
    "People who do not exist were put into the copy of the data that each source holds; each of them is in one copy only, unless this report says otherwise. Every phone number, mailbox and web address that they carry belongs to the operator, was given to nobody else, and is listened on.",
    "Each person, and each contact, was put into an append-only ledger before it was planted or answered. Ledger entries are leaves of a Merkle tree (RFC 6962) whose heads are signed (Ed25519), so that none can be changed, slipped in, dated back or taken away later without that showing.",
    "The probability weighs, by Bayes' rule, how well a leak of this copy explains the contacts and the silences against the contact that arrives for no reason, taken at the upper 95 % bound of what control numbers measured that were never planted anywhere.",
    "Several contacts of one sender or one text count as one. A contact that names the person of the record counts for more, because a wrong number or a guess does not know that name.",
];

fn counts(hit: &Hit, source: &Source) -> bool {
    hit.holders().contains(&source.id) && hit.status == HitStatus::Counted
}

fn id_of(hit: &Hit) -> String {
    hit.canary.map_or_else(String::new, |c| c.to_string())
}

fn item(entry: u64, category: &str, name: &str, format: &str, at: Time) -> ItemView {
    ItemView {
        entry,
        category: category.to_owned(),
        name: name.to_owned(),
        format: format.to_owned(),
        at,
        leaf_sha256: String::new(),
        evidence_sha256: None,
    }
}

fn format_of(channel: Channel) -> &'static str {
    match channel {
        Channel::Sms | Channel::Voice => "provider's HTTP request, octets as received",
        Channel::Email => "message as received by SMTP (RFC 5322), with its envelope",
        Channel::Web => "HTTP request, octets as received",
    }
}

fn cause(source: &Source, leak: Option<&LeakView>) -> String {
    let sure = leak.map_or_else(String::new, |l| match l.probability {
        p if p > 0.999_999 => " The probability is more than 99.9999 %.".to_owned(),
        p => format!(" The probability is {:.4} %.", p * 100.0),
    });
    format!(
        "Suspected leak of the copy of personal data held by {} ({}).{sure} A copy is named, not a person.",
        source.label(),
        source.name
    )
}

fn object(source: &Source, releases: &[Release]) -> String {
    let one = |r: &Release| {
        let state = match r.state {
            ReleaseState::Withdrawn => ", since withdrawn",
            _ => "",
        };
        format!(
            "release {} of dataset {}: {} rows and {} canaries, {}{state}",
            r.id, r.dataset, r.rows_in, r.canaries, r.place.output
        )
    };
    format!("What {} holds: {}.", source.label(), releases.iter().map(one).collect::<Vec<_>>().join("; "))
}

fn content(hits: &[Hit]) -> String {
    let by = |channel: Channel| hits.iter().filter(|h| h.channel == channel).count();
    let parts: Vec<String> =
        Channel::ALL.into_iter().filter(|c| by(*c) > 0).map(|c| format!("{} by {}", by(c), c.word())).collect();
    let canaries: BTreeSet<CanaryId> = hits.iter().filter_map(|h| h.canary).collect();
    format!(
        "{} contacts ({}) at {} persons who do not exist outside this copy{}.",
        hits.len(),
        parts.join(", "),
        canaries.len(),
        in_other_copies(hits)
    )
}

/// Canaries that other sources hold too are evidence for one of all of them.
fn in_other_copies(hits: &[Hit]) -> String {
    let shared: BTreeSet<CanaryId> = hits.iter().filter(|h| !h.also.is_empty()).filter_map(|h| h.canary).collect();
    if shared.is_empty() {
        String::new()
    } else {
        format!(", but for {} that were put into other copies too", shared.len())
    }
}

fn time(leak: Option<&LeakView>, hits: &[Hit]) -> String {
    let moment = |at: Option<Time>| at.map_or_else(|| "unknown".to_owned(), |at| at.to_string());
    let last = hits.iter().map(|h| h.at).max();
    format!(
        "The leak lies after {} (issue of the oldest release concerned) and before {} (first contact); the last contact so far was at {}. All times are UTC.",
        moment(leak.and_then(|l| l.window.after)),
        moment(leak.and_then(|l| l.window.before)),
        moment(last),
    )
}

fn place(hits: &[Hit]) -> String {
    let points: BTreeSet<&str> = hits.iter().map(|h| h.to.value.as_str()).collect();
    format!(
        "Contact points of the operator where the contacts arrived: {}.",
        points.into_iter().collect::<Vec<_>>().join(", ")
    )
}

fn innocent(source: &Source, leak: Option<&LeakView>, hits: &[Hit]) -> Vec<String> {
    let confirmed = hits.iter().filter(|h| h.confirmed).count();
    let label = source.label();
    let mut all = vec![
        match leak {
            Some(l) => format!("Chance: wrong and random numbers, guessed addresses. Weighed in the statistics above; the Bayes factor against it is 10^{:.1}.", l.log10_bayes_factor),
            None => "Chance: wrong and random numbers, guessed addresses. Weighed in the statistics above.".to_owned(),
        },
        format!("A former holder of a number is still being called, or its number is still in somebody's list. {confirmed} of {} contacts name the person of the record, which such a caller would not know.", hits.len()),
        format!("{label} handed the copy on lawfully (to a processor, an auditor, a court), and the leak is there. Ask for its records of disclosure; seeding such a recipient's copy apart from now on tells the two apart."),
        format!("The copy was taken from {label} by an intruder, or from a backup or a device of it. The finding names the copy, not who let it out, nor whether anybody meant to."),
        "Somebody at the operator's, who can read the key file or reveal canaries, let the persons out. Every look at canaries in clear is an entry of the ledger: see the entries of type \"revealed\" in an export.".to_owned(),
        "The contact was lawful (the operator's own notices, a survey). Senders that were listed as expected were not counted; if one was forgotten, list it and judge anew.".to_owned(),
    ];
    if leak.is_some_and(|l| l.campaigns <= 1) {
        all.push("All contacts are of one campaign: one caller may have met the person by another way. Further, independent contacts would settle this.".to_owned());
    }
    all
}

fn how_to_verify(hits: &[Hit], head: &HeadView) -> Vec<String> {
    let hit = hits.first().map_or_else(|| "HIT".to_owned(), |h| h.id.to_string());
    vec![
        format!("Public key of the ledger: {}. Take it from a place you trust, not from this report.", head.key),
        format!("One contact with all that led to it: `dyepack evidence prove {hit} -o proof.json`, then on any machine `dyepack evidence verify proof.json --key FILE`."),
        "The whole ledger: `dyepack evidence export -o ledger.jsonl`, then `dyepack evidence verify ledger.jsonl --key FILE`; with a head that was kept elsewhere (`--since FILE`) it also shows that nothing was rolled back.".to_owned(),
        "An item's leaf hash is SHA-256 over an octet 0x00 and the entry as it stands in the export (RFC 6962 section 2.1); its evidence hash is SHA-256 over the contact's octets, which the proof opens.".to_owned(),
        format!("The signed head below vouches for the first {} entries; this report was made after them.", head.size),
    ]
}
