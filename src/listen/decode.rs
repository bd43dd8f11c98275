//! Decoding for display and matching only: evidence stays octets. Undeclared
//! text is UTF-8 if it is valid UTF-8, else what the detector takes it for
//! (GBK and Big5 among others). PURE.

use encoding_rs::Encoding;

/// A text out of octets of unknown encoding; never fails.
pub fn text(octets: &[u8]) -> String {
    match std::str::from_utf8(octets) {
        Ok(text) => text.to_owned(),
        Err(_) => detect(octets).decode_without_bom_handling(octets).0.into_owned(),
    }
}

fn detect(octets: &[u8]) -> &'static Encoding {
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(octets, true);
    let guess = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    if guess == encoding_rs::GBK { encoding_rs::GB18030 } else { guess }
}

/// Name and value pairs of `application/x-www-form-urlencoded` octets: `+` is a
/// blank, escapes may be of either case, blank values and repeated names stay.
pub fn form(octets: &[u8]) -> Vec<(String, String)> {
    let pair = |pair: &[u8]| {
        let cut = pair.iter().position(|b| *b == b'=').unwrap_or(pair.len());
        (unescape(&pair[..cut]), unescape(pair.get(cut + 1..).unwrap_or_default()))
    };
    octets.split(|b| *b == b'&').filter(|p| !p.is_empty()).map(pair).collect()
}

fn unescape(octets: &[u8]) -> String {
    let mut out = Vec::with_capacity(octets.len());
    let mut at = 0;
    while at < octets.len() {
        let escaped = octets
            .get(at + 1..at + 3)
            .filter(|_| octets[at] == b'%')
            .and_then(|h| Some(hex_digit(h[0])? << 4 | hex_digit(h[1])?));
        match (escaped, octets[at]) {
            (Some(octet), _) => {
                out.push(octet);
                at += 2;
            }
            (None, b'+') => out.push(b' '),
            (None, other) => out.push(other),
        }
        at += 1;
    }
    text(&out)
}

fn hex_digit(octet: u8) -> Option<u8> {
    char::from(octet).to_digit(16).map(|d| d as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn octets_of_any_encoding_become_text() {
        let (gbk, _, _) = encoding_rs::GBK.encode("您好，您的贷款已经批准，请联系我们");
        assert_eq!(text(&gbk), "您好，您的贷款已经批准，请联系我们");
        assert_eq!(text("plain 你好".as_bytes()), "plain 你好");
    }

    #[test]
    fn forms_are_read_as_providers_write_them() {
        assert_eq!(
            form(b"a=1+2&b=%e4%bd%a0&B=%E4%BD%A0&c=&a=%2B&=x&d"),
            [("a", "1 2"), ("b", "你"), ("B", "你"), ("c", ""), ("a", "+"), ("", "x"), ("d", "")]
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
        assert_eq!(
            form(b"a=%&b=%2&c=%zz"),
            [("a", "%"), ("b", "%2"), ("c", "%zz")].map(|(a, b)| (a.to_owned(), b.to_owned()))
        );
    }

    proptest! {
        #[test]
        fn no_octets_break_the_decoders(octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let _ = text(&octets);
            let _ = form(&octets);
        }
    }
}
