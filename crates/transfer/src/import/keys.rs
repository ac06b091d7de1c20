//! The names of the fields at the beginning of a JSON text, which may be cut off anywhere. It is
//! only for telling files apart: what is not JSON gives names too, or none.

/// What a text begins as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// An object; the names are its own.
    Object,
    /// An array; the names are those of the object it begins with.
    Array,
}

/// The most names that are looked at.
const MOST: usize = 256;

/// The shape of the text and the names in its first object, as far as they stand there.
pub(super) fn names(text: &[u8]) -> Option<(Shape, Vec<&[u8]>)> {
    let text = text.trim_ascii_start();
    let (shape, level, inside) = match text.split_first()? {
        (b'{', inside) => (Shape::Object, 1, inside),
        (b'[', inside) => (Shape::Array, 2, inside),
        _ => return None,
    };
    let mut scan = Scan { rest: inside, depth: 1, level };
    let mut names = Vec::new();
    while names.len() < MOST {
        match scan.next_name() {
            Some(name) => names.push(name),
            None => break,
        }
    }
    Some((shape, names))
}

struct Scan<'a> {
    rest: &'a [u8],
    depth: usize,
    /// How deep the names stand that are wanted.
    level: usize,
}

impl<'a> Scan<'a> {
    /// The next string that a colon follows, unless the object ends before.
    fn next_name(&mut self) -> Option<&'a [u8]> {
        loop {
            let (byte, rest) = self.rest.split_first()?;
            self.rest = rest;
            match byte {
                b'{' | b'[' => self.depth += 1,
                b'}' | b']' if self.depth <= self.level => return None,
                b'}' | b']' => self.depth -= 1,
                b'"' => {
                    let text = self.string()?;
                    if self.depth == self.level && self.rest.trim_ascii_start().starts_with(b":") {
                        return Some(text);
                    }
                }
                _ => {}
            }
        }
    }

    /// What stands before the closing quote, escapes as they are.
    fn string(&mut self) -> Option<&'a [u8]> {
        let mut escaped = false;
        let end = self.rest.iter().position(|byte| {
            let closes = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            closes
        })?;
        let (text, rest) = self.rest.split_at_checked(end)?;
        self.rest = rest.get(1..)?;
        Some(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn told(text: &str) -> Option<(Shape, Vec<String>)> {
        let (shape, found) = names(text.as_bytes())?;
        let texts = found.into_iter().map(|name| String::from_utf8_lossy(name).into_owned());
        Some((shape, texts.collect()))
    }

    #[test]
    fn names_of_the_first_object_only() {
        for (text, shape, expected) in [
            (r#"{"a":1,"b":{"c":2},"d":["e",{"f":3}]}"#, Shape::Object, vec!["a", "b", "d"]),
            (r#" [ {"a" : "x:y", "b\"":[]} , {"c":1}]"#, Shape::Array, vec!["a", r#"b\""#]),
            (r#"{"a":"cut o"#, Shape::Object, vec!["a"]),
            ("[[[{\"deep\":1}]]]", Shape::Array, vec![]),
            ("[]", Shape::Array, vec![]),
            ("{}{\"next\":1}", Shape::Object, vec![]),
        ] {
            let expected = expected.into_iter().map(str::to_owned).collect();
            assert_eq!(told(text), Some((shape, expected)), "{text}");
        }
        assert_eq!(told("a,b"), None);
        assert_eq!(told(""), None);
    }

    proptest! {
        #[test]
        fn nothing_panics(text in any::<Vec<u8>>(), more in "[\\[{}\\]\":,\\\\ab ]{0,64}") {
            names(&text);
            names(more.as_bytes());
        }
    }
}
