//! A time stamp: the statement of an outside authority (RFC 3161) that it saw
//! a digest at a moment. Here are the request and the reading of the answer.
//! Sending is left to others, and so is the authority's signature, which is
//! NOT verified here: until `openssl ts -verify` has accepted the token
//! against the authority's certificate, anyone may have written it.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

mod der;

use der::{Der, Malformed};

/// More than any token takes: with its certificates it has 2,000 to 10,000 octets.
const MOST_OCTETS: usize = 64 * 1024;

/// How many of its reasons for a refusal are passed on.
const MOST_REASONS: usize = 4;

/// 1.2.840.113549.1.7.2, RFC 5652 section 5.1.
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// 1.2.840.113549.1.9.16.1.4, RFC 3161 section 2.4.2.
const TST_INFO: [u8; 11] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01, 0x04];
/// 2.16.840.1.101.3.4.2.1, RFC 5754 section 2.2.
const SHA256: [u8; 9] = [0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01];

/// PKIFailureInfo, RFC 3161 section 2.4.2: what each bit says.
const FAILURES: [(usize, &str); 8] = [
    (0, "it does not support SHA-256"),
    (2, "it does not permit this request"),
    (5, "it could not read the request"),
    (14, "its clock is not available"),
    (15, "it does not support the policy"),
    (16, "it does not support an extension"),
    (17, "additional information is not available"),
    (25, "it has failed"),
];

/// What a granted response says, as far as it is checked here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    /// The TimeStampToken: the DER of a CMS ContentInfo.
    pub token: Vec<u8>,
    /// When the authority says it saw the digest.
    pub at: Timestamp,
}

/// Why an answer holds no time stamp of what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadStamp {
    #[error("the time-stamp authority's answer has {0} octets, more than any time stamp takes")]
    TooLong(usize),
    #[error(
        "the answer is not a time-stamp response (RFC 3161): its {0} is missing, malformed or not where it belongs"
    )]
    Malformed(&'static str),
    #[error("the time-stamp authority refused with status {status}: {reason}")]
    Refused { status: u8, reason: String },
    #[error("the time-stamp authority says that it granted the request, but sent no time stamp")]
    NoToken,
    #[error("the time stamp is of another digest than the one that was sent")]
    OtherDigest,
    #[error("the time stamp does not bear the nonce of this request; it may be an old answer, sent again")]
    OtherNonce,
    #[error("the time stamp states {0:?}, which is no moment in UTC")]
    BadTime(String),
}

impl From<Malformed> for BadStamp {
    fn from(Malformed(what): Malformed) -> Self {
        Self::Malformed(what)
    }
}

/// The DER of a TimeStampReq (RFC 3161 section 2.4.1) for a SHA-256 digest. It
/// asks that the authority's certificate be in the token, so that the token
/// can be verified for as long as it is kept.
pub fn request(digest: &[u8; 32], nonce: u64) -> Vec<u8> {
    let sequence = |values: &[Vec<u8>]| der::value(der::SEQUENCE, &values.concat());
    let algorithm = sequence(&[der::value(der::OID, &SHA256), der::value(der::NULL, &[])]);
    sequence(&[
        der::value(der::INTEGER, &[1]),
        sequence(&[algorithm, der::value(der::OCTETS, digest)]),
        der::value(der::INTEGER, &der::unsigned(nonce)),
        der::value(der::BOOLEAN, &[0xff]),
    ])
}

/// The token in a TimeStampResp (RFC 3161 section 2.4.2), after checking that
/// the request was granted, with or without changes, and that the token is of
/// this digest and nonce. Answers of more than 65,536 octets are not read.
pub fn token(response: &[u8], digest: &[u8; 32], nonce: u64) -> Result<Stamp, BadStamp> {
    if response.len() > MOST_OCTETS {
        return Err(BadStamp::TooLong(response.len()));
    }
    let token = Der::whole(response, |der| der.inside(der::SEQUENCE, "TimeStampResp", granted))?;
    let info = Der::whole(content(token)?, |der| der.inside(der::SEQUENCE, "TSTInfo", Info::read))?;
    if info.algorithm != SHA256 || info.digest != digest {
        return Err(BadStamp::OtherDigest);
    }
    if info.nonce != Some(der::unsigned(nonce).as_slice()) {
        return Err(BadStamp::OtherNonce);
    }
    let at = moment(info.time).ok_or_else(|| BadStamp::BadTime(readable(info.time)))?;
    Ok(Stamp { token: token.to_vec(), at })
}

/// The token of a TimeStampResp whose status is granted (0) or granted with
/// changes (1).
fn granted<'a>(der: &mut Der<'a>) -> Result<&'a [u8], BadStamp> {
    let (status, reason) = der.inside(der::SEQUENCE, "PKIStatusInfo", status)?;
    if status > 1 {
        return Err(BadStamp::Refused { status, reason });
    }
    let token = der.rest();
    if token.is_empty() { Err(BadStamp::NoToken) } else { Ok(token) }
}

/// The status of PKIStatusInfo and its reasons in words.
fn status(der: &mut Der<'_>) -> Result<(u8, String), BadStamp> {
    let &[status] = der.take(der::INTEGER, "status")? else { return Err(BadStamp::Malformed("status")) };
    let mut reasons = Vec::new();
    let mut texts = Der::new(der.optional(der::SEQUENCE, "statusString")?.unwrap_or_default());
    while let Some(text) = texts.optional(der::UTF8, "statusString")?
        && reasons.len() < MOST_REASONS
    {
        reasons.push(format!("{:?}", readable(text)));
    }
    let bits = der.optional(der::BITS, "failInfo")?.and_then(|bits| bits.get(1..)).unwrap_or_default();
    let set = |bit: usize| bits.get(bit / 8).is_some_and(|octet| octet >> (7 - bit % 8) & 1 == 1);
    reasons.extend(FAILURES.iter().filter(|(bit, _)| set(*bit)).map(|(_, reason)| (*reason).to_owned()));
    Ok((status, if reasons.is_empty() { "it gives no reason".to_owned() } else { reasons.join("; ") }))
}

/// What the token signs, the octets of a TSTInfo: ContentInfo and SignedData
/// of RFC 5652 sections 3 and 5.1.
fn content(token: &[u8]) -> Result<&[u8], BadStamp> {
    Der::whole(token, |der| {
        der.inside(der::SEQUENCE, "ContentInfo", |info| {
            info.exactly(der::OID, &SIGNED_DATA, "contentType")?;
            info.inside(der::CONTEXT_0, "content", |der| der.inside(der::SEQUENCE, "SignedData", signed_data))
        })
    })
}

fn signed_data<'a>(der: &mut Der<'a>) -> Result<&'a [u8], BadStamp> {
    der.take(der::INTEGER, "SignedData version")?;
    der.take(der::SET, "digestAlgorithms")?;
    let content = der.inside(der::SEQUENCE, "encapContentInfo", |info| {
        info.exactly(der::OID, &TST_INFO, "eContentType")?;
        info.inside(der::CONTEXT_0, "eContent", |der| der.take(der::OCTETS, "eContent"))
    })?;
    der.optional(der::CONTEXT_0, "certificates")?;
    der.optional(der::CONTEXT_1, "crls")?;
    let signers = der.take(der::SET, "signerInfos")?;
    if signers.is_empty() { Err(BadStamp::Malformed("signerInfos")) } else { Ok(content) }
}

/// What is read of a TSTInfo, RFC 3161 section 2.4.2.
struct Info<'a> {
    algorithm: &'a [u8],
    digest: &'a [u8],
    time: &'a [u8],
    nonce: Option<&'a [u8]>,
}

impl<'a> Info<'a> {
    fn read(der: &mut Der<'a>) -> Result<Self, BadStamp> {
        der.exactly(der::INTEGER, &[1], "TSTInfo version")?;
        der.take(der::OID, "policy")?;
        let (algorithm, digest) = der.inside(der::SEQUENCE, "messageImprint", imprint)?;
        der.take(der::INTEGER, "serialNumber")?;
        let time = der.take(der::TIME, "genTime")?;
        der.optional(der::SEQUENCE, "accuracy")?;
        der.optional(der::BOOLEAN, "ordering")?;
        let nonce = der.optional(der::INTEGER, "nonce")?;
        der.optional(der::CONTEXT_0, "tsa")?;
        der.optional(der::CONTEXT_1, "extensions")?;
        Ok(Self { algorithm, digest, time, nonce })
    }
}

/// The algorithm of a MessageImprint and its digest.
fn imprint<'a>(der: &mut Der<'a>) -> Result<(&'a [u8], &'a [u8]), BadStamp> {
    let algorithm = der.inside(der::SEQUENCE, "hashAlgorithm", |der| {
        let algorithm = der.take(der::OID, "hashAlgorithm")?;
        // RFC 5754 lets the parameters be absent or NULL.
        der.optional(der::NULL, "hashAlgorithm")?;
        Ok::<_, Malformed>(algorithm)
    })?;
    Ok((algorithm, der.take(der::OCTETS, "hashedMessage")?))
}

/// A GeneralizedTime as RFC 3161 restricts it: `YYYYMMDDhhmmss[.s…]Z`, here
/// with up to nine digits of a second.
fn moment(octets: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(octets).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) || !(1..=9).contains(&fraction.len()) || !digits(fraction) {
        return None;
    }
    let pair = |at: usize| whole[at..at + 2].parse::<i8>().ok();
    let year = whole[..4].parse().ok()?;
    let nanosecond = format!("{fraction:0<9}").parse().ok()?;
    let civil = DateTime::new(year, pair(4)?, pair(6)?, pair(8)?, pair(10)?, pair(12)?, nanosecond).ok()?;
    Offset::UTC.to_timestamp(civil).ok()
}

/// Some of a stranger's text, for a message that shows it escaped.
fn readable(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).chars().take(200).collect()
}

#[cfg(test)]
mod tests;
