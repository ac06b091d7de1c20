//! Finds the sections of a PEM file (RFC 7468), and tells what kind of file it is not.
//!
//! Lenient about what stands between the sections and how their lines are cut; bounded by the text
//! it is given; cannot panic. Pure.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// One section: what stands after `BEGIN`, and its bytes.
pub(super) struct Section {
    pub(super) label: String,
    pub(super) der: Zeroizing<Vec<u8>>,
    /// It has the headers of OpenSSL's old encryption, so its bytes are no DER.
    pub(super) old_encryption: bool,
}

/// All sections that can be read, in order.
pub(super) fn sections(text: &str) -> Vec<Section> {
    let mut sections = Vec::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(label) =
            line.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"))
        else {
            continue;
        };
        let mut body = Zeroizing::new(String::new());
        let mut old_encryption = false;
        for line in lines.by_ref() {
            if line.starts_with("-----END ") {
                break;
            }
            // Headers of RFC 1421; only the old encryption uses them.
            if line.contains(':') {
                old_encryption |= line.contains("ENCRYPTED");
            } else {
                body.push_str(line);
            }
        }
        if let Ok(der) = STANDARD.decode(body.as_bytes()) {
            let der = Zeroizing::new(der);
            sections.push(Section { label: label.to_owned(), der, old_encryption });
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sections_are_found_between_whatever_else_stands_there() {
        let text = "subject=CN = x\r\n-----BEGIN CERTIFICATE-----\r\nAQID\r\nBA==\r\n-----END \
                    CERTIFICATE-----\nbla\n-----BEGIN RSA PRIVATE KEY-----\nProc-Type: \
                    4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAQ==\n-----END RSA PRIVATE KEY-----\n";
        let found = sections(text);
        let shape: Vec<_> = found
            .iter()
            .map(|section| (section.label.as_str(), section.der.to_vec(), section.old_encryption))
            .collect();
        assert_eq!(
            shape,
            [("CERTIFICATE", vec![1, 2, 3, 4], false), ("RSA PRIVATE KEY", vec![1], true)]
        );
    }

    proptest! {
        #[test]
        fn no_text_makes_it_fail(text in "(-----BEGIN |-----END |A|=|-----|:|\n|\\PC){0,60}") {
            let _ = sections(&text);
        }
    }
}
