//! JSON: paths, and what values there have to be.

use super::Parser;
use crate::QueryError;
use crate::ast::{JsonTest, Literal, Operator, Path, Step, Test};
use crate::json::Number;

/// Steps of a path.
const STEPS: usize = 64;
const VALUE: &str = "a number, \"text\", true, false or null";

/// The longer ones first, since they begin like the others.
const OPERATORS: [(&str, Operator); 7] = [
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("==", Operator::Equal),
    ("=", Operator::Equal),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

/// What a name can have without quotes.
pub(crate) fn is_name_part(c: char) -> bool {
    !c.is_whitespace() && !".[]()<>=!~\"'*,".contains(c)
}

impl Parser<'_> {
    pub(super) fn exists(&mut self) -> Result<Test, QueryError> {
        let start = self.cursor.at();
        self.cursor.skip("exists(".len());
        self.cursor.skip_spaces();
        if !self.cursor.starts_with("$") {
            let at = self.cursor.at();
            let sentence = "Here stands the path of a JSON field.";
            return Err(QueryError::new(at..at, sentence, "a path such as $.values.rpm"));
        }
        let path = self.path()?;
        self.cursor.skip_spaces();
        if self.cursor.take(')') {
            return Ok(Test::Json(path, JsonTest::Exists));
        }
        let sentence = "The closing parenthesis of exists( is missing.";
        Err(QueryError::new(start..self.cursor.at(), sentence, ")"))
    }

    pub(super) fn json(&mut self) -> Result<Test, QueryError> {
        let path = self.path()?;
        let behind = self.cursor;
        self.cursor.skip_spaces();
        let start = self.cursor.at();
        if self.cursor.take('~') {
            self.cursor.skip_spaces();
            if self.cursor.peek() != Some('/') {
                let at = self.cursor.at();
                let sentence = "Behind ~ stands a regular expression.";
                return Err(QueryError::new(at..at, sentence, "/regex/ or /regex/i"));
            }
            return Ok(Test::Json(path, JsonTest::Like(self.pattern()?)));
        }
        let Some((symbol, operator)) =
            OPERATORS.iter().find(|(symbol, _)| self.cursor.starts_with(symbol))
        else {
            self.cursor = behind;
            return Ok(Test::Json(path, JsonTest::Exists));
        };
        self.cursor.skip(symbol.len());
        let span = start..self.cursor.at();
        self.cursor.skip_spaces();
        let literal = self.literal()?;
        if operator.is_order() && matches!(literal, Literal::Bool(_) | Literal::Null) {
            let sentence = format!("{symbol} compares numbers and texts only.");
            return Err(QueryError::new(span, sentence, "= or !="));
        }
        Ok(Test::Json(path, JsonTest::Compare(*operator, literal)))
    }

    fn literal(&mut self) -> Result<Literal, QueryError> {
        if self.cursor.peek() == Some('"') {
            return self.cursor.quoted().map(Literal::Text);
        }
        let start = self.cursor.at();
        let word = self.cursor.take_value();
        Ok(match word {
            "true" => Literal::Bool(true),
            "false" => Literal::Bool(false),
            "null" => Literal::Null,
            _ => Literal::Number(Number::new(word).ok_or_else(|| {
                let sentence = if word.is_empty() {
                    "The value to compare with is missing.".to_owned()
                } else {
                    format!("“{word}” is no JSON value. Text stands in quotes, as in \"{word}\".")
                };
                QueryError::new(start..start + word.len(), sentence, VALUE)
            })?),
        })
    }

    /// `$` and the steps behind it.
    fn path(&mut self) -> Result<Path, QueryError> {
        let start = self.cursor.at();
        self.cursor.skip(1);
        let mut steps = Vec::new();
        loop {
            if self.cursor.take('.') {
                steps.push(self.name()?);
            } else if self.cursor.take('[') {
                steps.push(self.bracket()?);
            } else {
                return Ok(Path(steps));
            }
            if steps.len() > STEPS {
                let sentence = format!("A path has at most {STEPS} steps.");
                return Err(QueryError::new(start..self.cursor.at(), sentence, ""));
            }
        }
    }

    fn name(&mut self) -> Result<Step, QueryError> {
        if self.cursor.take('*') {
            return Ok(Step::Each);
        }
        let name = self.cursor.take_while(is_name_part);
        if name.is_empty() {
            let at = self.cursor.at();
            let sentence = "Behind the dot, the name of the field is missing.";
            let expected = "a name; one with spaces or dots is written [\"a b\"]";
            return Err(QueryError::new(at..at, sentence, expected));
        }
        Ok(Step::Name(name.to_owned()))
    }

    fn bracket(&mut self) -> Result<Step, QueryError> {
        let start = self.cursor.at();
        let step = match self.cursor.peek() {
            Some('"') => Some(Step::Name(self.cursor.quoted()?)),
            Some('*') => {
                self.cursor.skip(1);
                Some(Step::Each)
            }
            _ => {
                let digits = self.cursor.take_while(|c| c.is_ascii_digit());
                super::value::number(digits).map(Step::Index)
            }
        };
        match step.filter(|_| self.cursor.take(']')) {
            Some(step) => Ok(step),
            None => {
                let span = start..self.cursor.at();
                let sentence = "Between brackets stands a place from 0 on, a name in quotes, or *.";
                Err(QueryError::new(span, sentence, "[0], [\"name\"] or [*]"))
            }
        }
    }
}
