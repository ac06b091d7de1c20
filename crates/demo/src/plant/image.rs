//! A small grey PNG, made without compression: what a camera on a machine might send.

/// A PNG of `size` by `size` pixels of 8-bit grey. At most 128, so that it fits into one block.
pub(super) fn png(size: u8, pixel: impl Fn(u8, u8) -> u8) -> Vec<u8> {
    let size = size.min(128);
    let mut header = Vec::new();
    header.extend(u32::from(size).to_be_bytes());
    header.extend(u32::from(size).to_be_bytes());
    // 8 bits, grey, and the only compression, filter and order of rows that are usual.
    header.extend([8, 0, 0, 0, 0]);
    let mut rows = Vec::new();
    for y in 0..size {
        rows.push(0);
        rows.extend((0..size).map(|x| pixel(x, y)));
    }
    let mut image = b"\x89PNG\r\n\x1a\n".to_vec();
    chunk(&mut image, *b"IHDR", &header);
    chunk(&mut image, *b"IDAT", &stored(&rows));
    chunk(&mut image, *b"IEND", &[]);
    image
}

fn chunk(image: &mut Vec<u8>, name: [u8; 4], data: &[u8]) {
    let length = u32::try_from(data.len()).unwrap_or_default();
    let named = [&name, data].concat();
    image.extend(length.to_be_bytes());
    image.extend(&named);
    image.extend(crc32(&named).to_be_bytes());
}

/// A zlib stream of one stored block (RFC 1950, RFC 1951 §3.2.4).
fn stored(data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap_or(u16::MAX);
    let mut stream = vec![0x78, 0x01, 0x01];
    stream.extend(length.to_le_bytes());
    stream.extend((!length).to_le_bytes());
    stream.extend(data);
    stream.extend(adler32(data).to_be_bytes());
    stream
}

fn crc32(data: &[u8]) -> u32 {
    let step = |mut crc: u32, byte: &u8| {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = (crc >> 1) ^ (0xedb8_8320 & (crc & 1).wrapping_neg());
        }
        crc
    };
    !data.iter().fold(u32::MAX, step)
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1, 0), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_their_definitions() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(adler32(b"Wikipedia"), 0x11e6_0398);
    }

    #[test]
    fn the_chunks_follow_each_other_to_the_end() {
        let image = png(16, |x, y| x ^ y);
        let mut rest = &image[8..];
        let mut names = Vec::new();
        while !rest.is_empty() {
            let length = u32::from_be_bytes(rest[..4].try_into().unwrap()) as usize;
            names.push(String::from_utf8_lossy(&rest[4..8]).into_owned());
            rest = &rest[length + 12..];
        }
        assert_eq!(names, ["IHDR", "IDAT", "IEND"]);
    }
}
