//! Archives for tests, written octet by octet: stored or deflated, with
//! sizes before or behind the data.

use std::io::Write;

use super::Parts;

/// An archive of these parts: every second one with a data descriptor.
pub fn zip(parts: &Parts) -> Vec<u8> {
    let (mut file, mut directory) = (Vec::new(), Vec::new());
    for (n, (name, contents)) in parts.iter().enumerate() {
        let behind = n % 2 == 1;
        let method: u16 = if name.ends_with(".bin") { 0 } else { 8 };
        let packed = if method == 0 { contents.clone() } else { deflated(contents) };
        let sums = [crc32fast::hash(contents), packed.len() as u32, contents.len() as u32];
        let flags: u16 = if behind { 8 } else { 0 };
        let at = file.len() as u32;
        file.extend(b"PK\x03\x04\x14\x00");
        let common = |sums: [u32; 3]| {
            let mut common = Vec::new();
            common.extend(flags.to_le_bytes());
            common.extend(method.to_le_bytes());
            common.extend([0x21, 0x43, 0x65, 0x57]);
            sums.iter().for_each(|s| common.extend(s.to_le_bytes()));
            common.extend((name.len() as u16).to_le_bytes());
            common
        };
        file.extend(common(if behind { [0; 3] } else { sums }));
        file.extend([0, 0]);
        file.extend(name.as_bytes());
        file.extend(&packed);
        if behind {
            file.extend(b"PK\x07\x08");
            sums.iter().for_each(|s| file.extend(s.to_le_bytes()));
        }
        directory.extend(b"PK\x01\x02\x14\x03\x14\x00");
        directory.extend(common(sums));
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (start, size, count) = (file.len() as u32, directory.len() as u32, (parts.len() as u16).to_le_bytes());
    file.extend(directory);
    file.extend(b"PK\x05\x06\0\0\0\0");
    file.extend(count);
    file.extend(count);
    file.extend(size.to_le_bytes());
    file.extend(start.to_le_bytes());
    file.extend([3, 0]);
    file.extend(b"end");
    file
}

fn deflated(contents: &[u8]) -> Vec<u8> {
    let mut to = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
    to.write_all(contents).expect("memory");
    to.finish().expect("memory")
}
