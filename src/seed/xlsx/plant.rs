//! A canary's row, written like the row it stands beside: the same attributes,
//! styles, forms of values, and formulas filled into its own row.

use std::collections::HashMap;

use super::book::Book;
use super::fault::Fault;
use super::formula::{Moves, Stand, filled};
use super::ground::Ground;
use super::learn::{Form, Habit, Learned, form};
use super::rows::{Cell, Row};
use super::shared::Shared;
use super::shift::column_name;
use super::strings::{prefix_of, text_element};
use super::value::{Look, number_of_text};
use super::xml::{attribute, escape, unescape, with_attribute};

/// All that a row is written from.
pub struct Planter<'a> {
    pub book: &'a Book,
    pub ground: &'a Ground,
    pub learned: &'a Learned,
    pub moves: Moves<'a>,
    /// The numbers of shared strings.
    pub numbers: HashMap<&'a str, u32>,
}

/// A canary's place: the number of its row, and whether the row beside it stands above it.
#[derive(Debug, Clone, Copy)]
pub struct Spot {
    pub row: u32,
    pub below: bool,
}

/// The form a text takes in a column, and the style if the column has its own for that; nothing if none fits.
pub fn choose(book: &Book, habits: &[Habit], at: usize, text: &str) -> Option<Form> {
    let habit = &habits[at];
    let fits = |f: &Form| encode(book, *f, habit.styles[*f as usize], text).is_some();
    let forms = habit.forms();
    match forms.iter().copied().find(fits) {
        // A column without a value yet takes texts as the rest of the table does.
        None if forms.is_empty() => {
            let total = |f: Form| habits.iter().map(|h| h.counts[f as usize]).sum::<u64>();
            let shared = book.strings_part.is_some() && total(Form::Shared) >= total(Form::Inline);
            Some(if shared { Form::Shared } else { Form::Inline })
        }
        found => found,
    }
}

/// The stored value of a text in a form; texts themselves are returned as they are.
fn encode(book: &Book, form: Form, style: u32, text: &str) -> Option<String> {
    match form {
        Form::Shared | Form::Inline | Form::Text => Some(text.to_owned()),
        Form::Number => number_of_text(text, not_date(book.styles.look(style)), book.epoch),
        Form::Date => number_of_text(text, Look::Date, book.epoch),
        Form::Bool => ["FALSE", "TRUE"].iter().position(|t| *t == text).map(|n| n.to_string()),
        Form::Error => (text.starts_with('#') && text.is_ascii()).then(|| text.to_owned()),
        Form::Iso => {
            let date = |t: &str| t.len() >= 10 && t.as_bytes()[4] == b'-' && t.is_ascii();
            let midnight = if text.len() == 10 { "T00:00:00" } else { "" };
            date(text).then(|| text.replacen(' ', "T", 1) + midnight)
        }
    }
}

fn not_date(look: Look) -> Look {
    if look == Look::Date { Look::Plain } else { look }
}

impl Planter<'_> {
    /// Writes a row beside `beside`.
    pub fn write(&self, beside: &Row, shared: &Shared, spot: Spot, cells: &[Option<String>]) -> Result<Vec<u8>, Fault> {
        let tag = &beside.raw[..beside.tag];
        let prefix = prefix_of(tag);
        let numbered = attribute(tag, "r").is_some();
        let mut row = if numbered { with_attribute(tag, "r", &spot.row.to_string()) } else { tag.to_vec() };
        if row.ends_with(b"/>") {
            row.truncate(row.len() - 2);
            row.push(b'>');
        }
        let first = self.ground.first_column;
        let columns: std::collections::BTreeSet<u32> =
            beside.cells.iter().map(|c| c.column).chain((0..cells.len() as u32).map(|n| first + n)).collect();
        for column in columns {
            let text = column.checked_sub(first).and_then(|at| cells.get(at as usize)?.as_deref());
            let cell = beside.cells.iter().find(|c| c.column == column);
            let new = CellWriter { planter: self, beside, shared, spot, prefix: &prefix, column, cell };
            new.write(text.filter(|t| !t.is_empty()), &mut row)?;
        }
        row.extend(format!("</{prefix}row>").into_bytes());
        Ok(row)
    }
}

/// One cell of a canary's row.
struct CellWriter<'w> {
    planter: &'w Planter<'w>,
    beside: &'w Row,
    shared: &'w Shared,
    spot: Spot,
    prefix: &'w str,
    column: u32,
    /// The cell beside it.
    cell: Option<&'w Cell>,
}

impl CellWriter<'_> {
    fn write(&self, text: Option<&str>, row: &mut Vec<u8>) -> Result<(), Fault> {
        let at = self.column.wrapping_sub(self.planter.ground.first_column) as usize;
        let computed = self.planter.learned.habits.get(at).is_some_and(Habit::computed);
        let formula = if computed { self.formula()? } else { None };
        let Some(text) = text else { return self.write_blank(formula, row) };
        let habits = &self.planter.learned.habits;
        let form = choose(self.planter.book, habits, at, text).ok_or_else(|| self.misfit(text))?;
        let form = if computed && matches!(form, Form::Shared | Form::Inline) { Form::Text } else { form };
        let fits = |c: &&Cell| encode(self.planter.book, form, c.style, text).is_some();
        let alike = self.cell.filter(|c| c.value.is_some() && is_form(self.planter.book, c, form)).filter(fits);
        let style = alike.map_or(habits[at].styles[form as usize], |c| c.style);
        let value = encode(self.planter.book, form, style, text).ok_or_else(|| self.misfit(text))?;
        row.extend(self.tag(alike, style, form));
        row.extend(formula.unwrap_or_default().into_bytes());
        row.extend(self.value(form, &value)?.into_bytes());
        row.extend(format!("</{}c>", self.prefix).into_bytes());
        Ok(())
    }

    /// A cell without a value: only its formula or its style.
    fn write_blank(&self, formula: Option<String>, row: &mut Vec<u8>) -> Result<(), Fault> {
        let Some(cell) = self.cell.filter(|c| formula.is_some() || c.style != 0 || c.value.is_none()) else {
            return Ok(());
        };
        let (p, style, reference) = (self.prefix, cell.style, self.reference());
        let style = if style == 0 { String::new() } else { format!(" s=\"{style}\"") };
        match formula {
            Some(formula) => row.extend(format!("<{p}c{reference}{style}>{formula}</{p}c>").into_bytes()),
            None => row.extend(format!("<{p}c{reference}{style}/>").into_bytes()),
        }
        Ok(())
    }

    /// The opening tag: that of the cell beside if it is of the same form, else one of its own.
    fn tag(&self, alike: Option<&Cell>, style: u32, form: Form) -> Vec<u8> {
        if let Some(cell) = alike {
            let tag = self.beside.octets(&cell.tag);
            let own = |name| attribute(tag, name).is_some();
            if !own("cm") && !own("vm") {
                let name = format!("{}{}", column_name(self.column), self.spot.row);
                return if cell.reference.is_some() { with_attribute(tag, "r", &name) } else { tag.to_vec() };
            }
        }
        let t = match form {
            Form::Shared => " t=\"s\"",
            Form::Inline => " t=\"inlineStr\"",
            Form::Text => " t=\"str\"",
            Form::Bool => " t=\"b\"",
            Form::Error => " t=\"e\"",
            Form::Iso => " t=\"d\"",
            Form::Number | Form::Date => "",
        };
        let style = if style == 0 { String::new() } else { format!(" s=\"{style}\"") };
        format!("<{}c{}{style}{t}>", self.prefix, self.reference()).into_bytes()
    }

    /// ` r="B7"`, unless the rows of this sheet go without.
    fn reference(&self) -> String {
        let without = !self.beside.cells.is_empty() && self.beside.cells.iter().all(|c| c.reference.is_none());
        if without { String::new() } else { format!(" r=\"{}{}\"", column_name(self.column), self.spot.row) }
    }

    fn value(&self, form: Form, value: &str) -> Result<String, Fault> {
        let p = self.prefix;
        Ok(match form {
            Form::Inline => format!("<{p}is>{}</{p}is>", text_element(value, p)),
            Form::Shared => {
                let number = self.planter.numbers.get(value).ok_or_else(|| self.misfit(value))?;
                format!("<{p}v>{number}</{p}v>")
            }
            _ => format!("<{p}v>{}</{p}v>", escape(value, b"")),
        })
    }

    /// The formula beside, filled into this row.
    fn formula(&self) -> Result<Option<String>, Fault> {
        let Some((cell, formula)) = self.cell.and_then(|c| Some((c, c.formula.as_ref()?))) else { return Ok(None) };
        let p = self.prefix;
        let tag = self.beside.octets(&formula.tag);
        let group = attribute(tag, "si").filter(|_| attribute(tag, "t").is_some_and(|t| t == "shared"));
        if let Some(si) = &group
            && self.spot.below
            && self.shared.reaches(si, self.beside.number + 1)
        {
            return Ok(Some(format!("<{p}f t=\"shared\" si=\"{si}\"/>")));
        }
        let own = unescape(self.beside.octets(&formula.text)).map_err(|f| f.within(&self.beside.place(cell)))?;
        let text = match &group {
            Some(si) => self.shared.formula(si, self.beside.number, cell.column).unwrap_or_else(|| own.into_owned()),
            None => own.into_owned(),
        };
        let text = self.planter.moves.follow(&text, true, Stand::Inside).unwrap_or(text);
        let far = self.spot.row as i64 - self.planter.moves.shift.row(self.beside.number) as i64;
        let text = escape(&filled(&text, far, 0), self.beside.octets(&formula.text));
        if attribute(tag, "t").is_some_and(|t| t == "array") {
            let own = format!("{}{}", column_name(self.column), self.spot.row);
            return Ok(Some(format!("<{p}f t=\"array\" ref=\"{own}\">{text}</{p}f>")));
        }
        Ok(Some(format!("<{p}f>{text}</{p}f>")))
    }

    fn misfit(&self, text: &str) -> Fault {
        let at = self.column.wrapping_sub(self.planter.ground.first_column) as usize;
        let name = self.planter.ground.names.get(at).map_or("", String::as_str);
        misfit(&self.planter.ground.sheet.name, name, text)
    }
}

/// A text that a column cannot hold.
pub fn misfit(sheet: &str, column: &str, text: &str) -> Fault {
    let what = format!(
        "{text:?} cannot be written there: the column has only numbers, dates or the like; \
         give the column another role (--map) or format it as text"
    );
    Fault::at(format!("sheet {sheet}, column {column}"), what)
}

fn is_form(book: &Book, cell: &Cell, wanted: Form) -> bool {
    form(book, cell) == wanted
}
