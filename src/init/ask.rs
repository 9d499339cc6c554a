//! Asking a person, a question at a time, until each answer is one that the schema takes.

use super::answers::{Answers, ModelSource, Question, SOURCE};
use super::environment::refused;
use crate::diagnostic::Diagnostic;
use crate::schema::Schemas;
use crate::source::Sources;
use std::io::{self, BufRead, Write};

/// Why there is no answer.
#[derive(Debug)]
pub enum AskError {
    /// The person has ended the input.
    Ended,
    /// The terminal cannot be read or written.
    Io(io::Error),
    /// A question leads nowhere.
    Problems(Vec<Diagnostic>),
}

impl From<io::Error> for AskError {
    fn from(error: io::Error) -> Self {
        AskError::Io(error)
    }
}

/// Asks for everything that is still open.
///
/// # Errors
///
/// If the input ends first.
pub fn ask(
    answers: &mut Answers,
    schemas: &Schemas,
    sources: &mut Sources,
    input: &mut dyn BufRead,
    output: &mut dyn Write,
) -> Result<(), AskError> {
    if answers.model_source().is_none() && !answers.has(SOURCE) {
        let source = model_source(input, output)?;
        answers
            .take(sources, "where models are", SOURCE, source.name())
            .map_err(AskError::Problems)?;
    }
    for question in answers.open() {
        writeln!(output, "\n{}", question.description())?;
        loop {
            let label = question.path.rsplit('.').next().unwrap_or_default();
            let text = line(label, input, output)?;
            if text.is_empty() {
                continue;
            }
            let taken = accepted(answers, question, &text, schemas, sources)?;
            match taken {
                Ok(more) => {
                    *answers = more;
                    break;
                }
                Err(message) => writeln!(output, "{message}")?,
            }
        }
    }
    Ok(())
}

fn model_source(input: &mut dyn BufRead, output: &mut dyn Write) -> Result<ModelSource, AskError> {
    let names = ModelSource::ALL.map(ModelSource::name);
    let usual = ModelSource::Bucket;
    let question = Question {
        flag: "",
        path: SOURCE,
    };
    writeln!(output, "{}", question.description())?;
    loop {
        let label = format!("models, one of {} [{}]", names.join(", "), usual.name());
        let text = line(&label, input, output)?;
        if text.is_empty() {
            return Ok(usual);
        }
        let found = ModelSource::ALL.into_iter().find(|one| one.name() == text);
        if let Some(source) = found {
            return Ok(source);
        }
    }
}

/// The answers with one more, or why the schema does not take it.
fn accepted(
    answers: &Answers,
    question: Question,
    text: &str,
    schemas: &Schemas,
    sources: &mut Sources,
) -> Result<Result<Answers, String>, AskError> {
    let mut more = answers.clone();
    more.take(sources, question.flag, question.path, text)
        .map_err(AskError::Problems)?;
    let is_about_it = |problem: &&Diagnostic| {
        problem.primary.as_ref().is_some_and(|label| {
            let source = sources.get(label.place.source);
            source.is_some_and(|source| source.name.as_ref() == question.flag)
        })
    };
    let problem = refused(&more, schemas)
        .iter()
        .find(is_about_it)
        .map(|one| one.message.clone());
    Ok(match problem {
        Some(message) => Err(message),
        None => Ok(more),
    })
}

fn line(label: &str, input: &mut dyn BufRead, output: &mut dyn Write) -> Result<String, AskError> {
    write!(output, "{label}: ")?;
    output.flush()?;
    let mut text = String::new();
    if input.read_line(&mut text)? == 0 {
        return Err(AskError::Ended);
    }
    Ok(text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(lines: &str) -> (Result<serde_json::Value, AskError>, String) {
        let mut sources = Sources::default();
        let mut answers = Answers::new(&mut sources);
        let mut said = Vec::new();
        let mut input = lines.as_bytes();
        let schemas = Schemas::default();
        let done = ask(&mut answers, &schemas, &mut sources, &mut input, &mut said);
        let said = String::from_utf8(said).expect("text");
        (done.map(|()| answers.tree().to_json()), said)
    }

    #[test]
    fn each_answer_is_checked_before_the_next_question() {
        let (value, said) = asked("\nTeam A\nteam-a\nrunner\nr.test/x\nbucket-a\nm\ngs://r\n");
        let expected = serde_json::json!({"environment": {
            "models": {"source": "gcsfuse", "bucket": "bucket-a", "directory": "m"},
            "namespace": "team-a",
            "serviceAccount": "runner",
            "registry": "r.test/x",
            "results": {"url": "gs://r"},
        }});
        assert_eq!(value.expect("all is answered"), expected, "{said}");
        assert!(
            said.contains("`environment.namespace` is \"Team A\""),
            "{said}"
        );
    }

    #[test]
    fn an_input_that_ends_leaves_nothing() {
        let (value, _) = asked("hub\nteam-a\n");
        assert!(matches!(value, Err(AskError::Ended)));
    }
}
