//! TypeScript and Svelte files taken apart just far enough for the rules of the page.
//!
//! Promises: line numbers stay true. A quote in a regular expression may hide the rest of its line;
//! the rules can live with that.

/// A string of a script, and what stands in front of it.
#[derive(Debug, PartialEq, Eq)]
pub struct Literal {
    /// Counted from 1.
    pub line: usize,
    /// The text between the quotes, escapes as written.
    pub value: String,
    /// True after `from`, `import` and `import(`.
    pub is_import: bool,
}

/// A Svelte file by its parts, each with the other lines blanked out.
#[derive(Debug)]
pub struct Parts {
    /// What stands in `<script>`.
    pub script: String,
    /// What stands in `<style>`.
    pub style: String,
    /// All the rest.
    pub markup: String,
}

/// Takes a Svelte component apart.
#[must_use]
pub fn parts(component: &str) -> Parts {
    let script = inside(component, "script");
    let style = inside(component, "style");
    let blank = |(c, (s, t)): (char, (char, char))| {
        if c == '\n' || (s.is_whitespace() && t.is_whitespace()) { c } else { ' ' }
    };
    let markup = component.chars().zip(script.chars().zip(style.chars())).map(blank).collect();
    Parts { script, style, markup }
}

/// The text within all elements of one name; everything else becomes spaces.
fn inside(component: &str, name: &str) -> String {
    let (open, close) = (format!("<{name}"), format!("</{name}>"));
    let mut result = String::with_capacity(component.len());
    let mut rest = component;
    while let Some(start) = rest.find(&open) {
        let begin =
            rest.get(start..).and_then(|tag| tag.find('>')).map_or(rest.len(), |at| start + at + 1);
        let end = rest
            .get(begin..)
            .and_then(|text| text.find(&close))
            .map_or(rest.len(), |at| begin + at);
        result.push_str(&blanked(rest.get(..begin).unwrap_or_default()));
        result.push_str(rest.get(begin..end).unwrap_or_default());
        rest = rest.get(end..).unwrap_or_default();
    }
    result.push_str(&blanked(rest));
    result
}

fn blanked(text: &str) -> String {
    text.chars().map(|c| if c == '\n' { c } else { ' ' }).collect()
}

/// Style sheets without their comments.
#[must_use]
pub fn without_block_comments(style: &str) -> String {
    let mut result = String::with_capacity(style.len());
    let mut rest = style;
    while let Some(start) = rest.find("/*") {
        let comment = rest.get(start..).unwrap_or_default();
        let length = comment.find("*/").map_or(comment.len(), |at| at + 2);
        result.push_str(rest.get(..start).unwrap_or_default());
        result.push_str(&blanked(comment.get(..length).unwrap_or_default()));
        rest = comment.get(length..).unwrap_or_default();
    }
    result.push_str(rest);
    result
}

/// All strings of a script, in order; comments are passed over.
#[must_use]
pub fn literals(script: &str) -> Vec<Literal> {
    let mut found = Vec::new();
    let mut code = String::new();
    let mut line = 1;
    let mut rest = script;
    while let Some(next) = rest.chars().next() {
        let length = match next {
            '/' if rest.starts_with("//") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |at| at + 2),
            '"' | '\'' | '`' => {
                let value = quoted(rest, next);
                let is_import = follows_import(&code);
                found.push(Literal { line, value: value.to_owned(), is_import });
                code.push(next);
                (value.len() + 2).min(rest.len())
            }
            _ => {
                code.push(next);
                next.len_utf8()
            }
        };
        let (gone, left) = rest.split_at_checked(length).unwrap_or((rest, ""));
        line += gone.matches('\n').count();
        rest = left;
    }
    found
}

fn follows_import(code: &str) -> bool {
    let before = code.trim_end().trim_end_matches('(').trim_end();
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    word == "from" || word == "import"
}

/// The text after an opening quote, up to the closing one; only a template may span lines.
fn quoted(text: &str, quote: char) -> &str {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return text.get(1..at).unwrap_or_default(),
            '\n' if quote != '`' => return text.get(1..at).unwrap_or_default(),
            _ => {}
        }
    }
    text.get(1..).unwrap_or_default()
}
