//! Dockerfile templates: text with expressions, each written for the place it stands in.

use super::quoting::Quoting;
use crate::diagnostic::{Code, Diagnostic};
use crate::source::{Place, SourceId, Sources};
use crate::template::{Slot, slots};
use parse_dockerfile::{Command, HealthcheckArguments, Instruction, JsonOrStringArray};
use serde_json::Value;
use std::sync::Arc;

/// A Dockerfile template.
#[derive(Clone, Debug)]
pub struct Dockerfile {
    /// Its text.
    pub text: Arc<str>,
    /// Its first character.
    pub place: Place,
    slots: Vec<(Slot, Quoting)>,
    shape: Vec<Shape>,
}

/// What no value may change of an instruction: its kind, and how many parts it has. The words of a shell
/// form are the shell's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// The instruction.
    pub kind: &'static str,
    /// Its options, and its arguments or pairs.
    pub parts: [usize; 2],
}

/// The instructions of a Dockerfile.
///
/// # Errors
///
/// The line that is no instruction, counted from 1, and why.
pub fn shape(text: &str) -> Result<Vec<Shape>, (usize, String)> {
    let parsed =
        parse_dockerfile::parse(text).map_err(|error| (error.line(), error.to_string()))?;
    Ok(parsed.instructions.iter().map(shape_of).collect())
}

impl Dockerfile {
    /// Reads a template.
    ///
    /// # Errors
    ///
    /// Everything that is no Dockerfile, and every expression that stands where no value can be written.
    pub fn parse(sources: &Sources, source: SourceId) -> Result<Self, Vec<Diagnostic>> {
        let text = match sources.get(source) {
            Some(source) => Arc::clone(&source.text),
            None => Arc::from(""),
        };
        let slots = slots(sources, source)?;
        let masked = masked(&text, &slots);
        let parsed = parse_dockerfile::parse(&masked).map_err(|error| {
            let lines = text
                .split_inclusive('\n')
                .take(error.line().saturating_sub(1));
            let place = sources.place_of_byte(source, lines.map(str::len).sum());
            vec![
                Diagnostic::error(Code::Dockerfile, format!("not a Dockerfile: {error}")).at(place),
            ]
        })?;
        let mut problems = Vec::new();
        if parsed.parser_directives.escape.is_some() {
            problems.push(
                Diagnostic::error(Code::Dockerfile, "the escape character has to stay `\\`")
                    .at(Place::top(source))
                    .help("remove the directive `# escape=`"),
            );
        }
        let starts: Vec<usize> = parsed.instructions.iter().map(start).collect();
        let mut quoted = Vec::with_capacity(slots.len());
        for slot in slots {
            let index = starts.partition_point(|start| *start <= slot.range.start);
            let instruction = index.checked_sub(1).and_then(|index| {
                let before = masked.get(*starts.get(index)?..slot.range.start)?;
                Some((parsed.instructions.get(index)?, before))
            });
            match quoting(instruction) {
                Ok(quoting) => quoted.push((slot, quoting)),
                Err((message, help)) => problems.push(
                    Diagnostic::error(Code::Dockerfile, message)
                        .at(slot.place)
                        .help(help),
                ),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(Self {
            shape: parsed.instructions.iter().map(shape_of).collect(),
            slots: quoted,
            place: Place::top(source),
            text,
        })
    }

    /// Writes the values into the template.
    ///
    /// # Errors
    ///
    /// Every value that is missing, or cannot be written where it is wanted.
    pub fn render(&self, values: &Value) -> Result<String, Vec<Diagnostic>> {
        let mut out = String::with_capacity(self.text.len());
        let mut problems = Vec::new();
        let mut from = 0;
        for (slot, quoting) in &self.slots {
            out.push_str(self.text.get(from..slot.range.start).unwrap_or_default());
            from = slot.range.end;
            match slot.text(values).map(|value| quoting.write(&value)) {
                Ok(Ok(written)) => out.push_str(&written),
                Ok(Err(message)) => problems.push(
                    Diagnostic::error(Code::Dockerfile, message)
                        .at(slot.place)
                        .help("change the value that is read here"),
                ),
                Err(found) => problems.extend(found),
            }
        }
        out.push_str(self.text.get(from..).unwrap_or_default());
        if !problems.is_empty() {
            return Err(problems);
        }
        // The quoting above is what keeps it; this is what would notice if it did not.
        match shape(&out) {
            Ok(shape) if shape == self.shape => Ok(out),
            _ => Err(vec![
                Diagnostic::error(
                    Code::Dockerfile,
                    "with these values the Dockerfile would have other instructions",
                )
                .at(self.place),
            ]),
        }
    }

    /// The words that stand in the template itself, comments left out, each with its place: for lints.
    pub fn words(&self, sources: &Sources) -> Vec<(Place, String)> {
        let masked = masked(&self.text, self.slots.iter().map(|(slot, _)| slot));
        let mut found = Vec::new();
        let mut offset = 0;
        for line in masked.split_inclusive('\n') {
            if !line.trim_start().starts_with('#') {
                for word in line.split([' ', '=', '"', '\'', ',', '\\', '\n']) {
                    let start = offset + word.as_ptr() as usize - line.as_ptr() as usize;
                    if !word.is_empty() {
                        let place = sources.place_of_byte(self.place.source, start);
                        found.push((place, word.replace(MASK, "")));
                    }
                }
            }
            offset += line.len();
        }
        found
    }

    /// Where a line stands, counted from 1.
    pub fn place_of_line(&self, line: u32) -> Option<Place> {
        let index = usize::try_from(line).ok()?.checked_sub(1)?;
        let before = self.text.split_inclusive('\n').take(index);
        let start = u32::try_from(before.map(str::len).sum::<usize>()).ok()?;
        let length = self.text.split_inclusive('\n').nth(index)?.trim_end().len();
        Some(Place {
            line,
            start,
            end: start + u32::try_from(length).ok()?,
            ..self.place
        })
    }

    /// The paths into the values that a line reads, the line counted from 1.
    pub fn paths_of_line(&self, line: u32) -> Vec<Vec<String>> {
        self.slots
            .iter()
            .filter(|(slot, _)| slot.place.line == line)
            .flat_map(|(slot, _)| slot.paths())
            .collect()
    }
}

/// Stands for each byte of an expression: part of a word anywhere.
const MASK: char = 'X';

/// The template with a word in place of each expression, byte for byte as long.
fn masked<'a>(text: &str, slots: impl IntoIterator<Item = &'a Slot>) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for slot in slots {
        masked.push_str(text.get(from..slot.range.start).unwrap_or_default());
        masked.extend(std::iter::repeat_n(MASK, slot.range.len()));
        from = slot.range.end;
    }
    masked.push_str(text.get(from..).unwrap_or_default());
    masked
}

/// Why no value can be written somewhere, and the way out.
type Refusal = (&'static str, &'static str);

/// How a value has to be written after what stands before it in its instruction.
fn quoting(instruction: Option<(&Instruction<'_>, &str)>) -> Result<Quoting, Refusal> {
    // Before the first instruction there are only comments, and `# syntax=` among them.
    let Some((instruction, before)) = instruction else {
        return Ok(Quoting::Word);
    };
    let is_exec = match instruction {
        Instruction::Run(run) => {
            if !run.here_docs.is_empty() {
                return Err((
                    "no value can be written into a here-document",
                    "write the commands after `RUN`, joined by `&&`",
                ));
            }
            matches!(run.arguments, Command::Exec(_))
        }
        Instruction::Cmd(cmd) => matches!(cmd.arguments, Command::Exec(_)),
        Instruction::Entrypoint(entrypoint) => matches!(entrypoint.arguments, Command::Exec(_)),
        Instruction::Shell(_) => true,
        _ => false,
    };
    let around = around(before, is_exec);
    match (instruction, around) {
        (_, Around::Comment | Around::Nothing) => Ok(Quoting::Word),
        (_, Around::Json) => Ok(Quoting::Json),
        (Instruction::Run(_), Around::Single) => Ok(Quoting::ShellQuoted),
        (Instruction::Run(_), Around::Double) => Err((
            "a value of a command stands between single quotes, not double ones",
            "a shell reads what is between double quotes",
        )),
        (Instruction::Label(_) | Instruction::Env(_) | Instruction::Arg(_), Around::Double) => {
            Ok(Quoting::DoubleQuoted)
        }
        _ => Err((
            "no value can be written between these quotes",
            "double quotes are for `LABEL`, `ENV` and `ARG`, single ones for `RUN`",
        )),
    }
}

/// What a place in an instruction is surrounded by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Around {
    Nothing,
    Single,
    Double,
    Json,
    Comment,
}

fn around(before: &str, is_exec: bool) -> Around {
    let mut around = Around::Nothing;
    let mut is_line_start = false;
    let mut characters = before.chars();
    while let Some(character) = characters.next() {
        match (around, character) {
            (Around::Comment, '\n') => around = Around::Nothing,
            (Around::Nothing, '#') if is_line_start => around = Around::Comment,
            (Around::Nothing | Around::Double | Around::Json, '\\') => {
                // The end of a line that goes on begins a line as well.
                is_line_start = characters.next() == Some('\n');
                continue;
            }
            (Around::Nothing, '\'') if !is_exec => around = Around::Single,
            (Around::Nothing, '"') => {
                around = if is_exec {
                    Around::Json
                } else {
                    Around::Double
                };
            }
            (Around::Single, '\'') | (Around::Double | Around::Json, '"') => {
                around = Around::Nothing;
            }
            _ => {}
        }
        is_line_start = character == '\n' || (is_line_start && character.is_whitespace());
    }
    around
}

/// Where an instruction begins.
fn start(instruction: &Instruction<'_>) -> usize {
    let keyword = match instruction {
        Instruction::Add(one) => &one.add,
        Instruction::Arg(one) => &one.arg,
        Instruction::Cmd(one) => &one.cmd,
        Instruction::Copy(one) => &one.copy,
        Instruction::Entrypoint(one) => &one.entrypoint,
        Instruction::Env(one) => &one.env,
        Instruction::Expose(one) => &one.expose,
        Instruction::From(one) => &one.from,
        Instruction::Healthcheck(one) => &one.healthcheck,
        Instruction::Label(one) => &one.label,
        Instruction::Maintainer(one) => &one.maintainer,
        Instruction::Onbuild(one) => &one.onbuild,
        Instruction::Run(one) => &one.run,
        Instruction::Shell(one) => &one.shell,
        Instruction::Stopsignal(one) => &one.stopsignal,
        Instruction::User(one) => &one.user,
        Instruction::Volume(one) => &one.volume,
        Instruction::Workdir(one) => &one.workdir,
        _ => return 0,
    };
    keyword.span.start
}

fn shape_of(instruction: &Instruction<'_>) -> Shape {
    let command = |command: &Command<'_>| match command {
        Command::Exec(arguments) => arguments.value.len(),
        _ => 0,
    };
    let (kind, parts) = match instruction {
        Instruction::Add(one) => ("ADD", [one.options.len(), one.src.len() + 1]),
        Instruction::Arg(one) => ("ARG", [0, words(&one.arguments.value)]),
        Instruction::Cmd(one) => ("CMD", [0, command(&one.arguments)]),
        Instruction::Copy(one) => ("COPY", [one.options.len(), one.src.len() + 1]),
        Instruction::Entrypoint(one) => ("ENTRYPOINT", [0, command(&one.arguments)]),
        Instruction::Env(one) => ("ENV", [0, words(&one.arguments.value)]),
        Instruction::Expose(one) => ("EXPOSE", [0, one.arguments.len()]),
        Instruction::From(one) => ("FROM", [one.options.len(), usize::from(one.as_.is_some())]),
        Instruction::Healthcheck(one) => (
            "HEALTHCHECK",
            [
                one.options.len(),
                match &one.arguments {
                    HealthcheckArguments::Cmd { arguments, .. } => command(arguments),
                    _ => 0,
                },
            ],
        ),
        Instruction::Label(one) => ("LABEL", [0, words(&one.arguments.value)]),
        Instruction::Maintainer(_) => ("MAINTAINER", [0, 1]),
        Instruction::Onbuild(one) => ("ONBUILD", shape_of(&one.instruction).parts),
        Instruction::Run(one) => (
            "RUN",
            [
                one.options.len() + one.here_docs.len(),
                command(&one.arguments),
            ],
        ),
        Instruction::Shell(one) => ("SHELL", [0, one.arguments.len()]),
        Instruction::Stopsignal(_) => ("STOPSIGNAL", [0, 1]),
        Instruction::User(_) => ("USER", [0, 1]),
        Instruction::Volume(one) => (
            "VOLUME",
            [
                0,
                match &one.arguments {
                    JsonOrStringArray::Json(arguments) => arguments.value.len(),
                    JsonOrStringArray::String(arguments) => arguments.len(),
                },
            ],
        ),
        Instruction::Workdir(_) => ("WORKDIR", [0, 1]),
        _ => ("?", [0, 0]),
    };
    Shape { kind, parts }
}

/// The words of `LABEL`, `ENV` and `ARG`: what white space outside of quotes separates.
fn words(text: &str) -> usize {
    let mut count = 0;
    let mut is_inside = false;
    let mut quote = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (None, character) if character.is_whitespace() => {
                is_inside = false;
                continue;
            }
            // A line that goes on separates words like any white space, or stands where there is some.
            (None, '\\') if characters.clone().next() == Some('\n') => continue,
            (None | Some('"'), '\\') => drop(characters.next()),
            (None, '"' | '\'') => quote = Some(character),
            (Some(open), character) if open == character => quote = None,
            _ => {}
        }
        count += usize::from(!is_inside);
        is_inside = true;
    }
    count
}
