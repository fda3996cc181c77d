//! Reading a table: a CSV file as spreadsheets save it.
//!
//! The first row names the columns, in any order and letter case; columns that the wizard does not want are passed
//! over. The first wanted column is the key, so it has a value in every row and no value twice. Every mistake is
//! reported, with its line and column.

use crate::ports::nearest::nearest;
use std::collections::HashMap;

use serde_json::{Map, Value};

use super::InputType;
use super::reading::{read_json, read_text};

/// The most rows that are read.
const MAX_ROWS: usize = 50_000;
/// The most mistakes that are told one by one.
const MAX_MISTAKES: usize = 50;

/// Reads a CSV file into a list of rows, each an object with every wanted column; an empty cell is null.
pub fn read_csv(columns: &[(String, InputType)], text: &str) -> Result<Value, Vec<String>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(vec!["the file is not text, or it is UTF-16 without a byte order mark: save it as \"CSV UTF-8 (comma delimited)\"".to_owned()]);
    }
    if text.contains('\u{fffd}') {
        return Err(vec!["the file is not UTF-8: save it as \"CSV UTF-8 (comma delimited)\"".to_owned()]);
    }
    let (text, skipped, separator) = without_preface(text);
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(separator.unwrap_or_else(|| delimiter(text)))
        .trim(csv::Trim::All)
        .from_reader(text.as_bytes());
    let mut records = reader.records();
    let header = match records.next() {
        Some(Ok(header)) => header,
        Some(Err(error)) => return Err(vec![format!("the file cannot be read: {error}")]),
        None => return Err(vec![format!("the file is empty; its first line must be `{}`", names(columns))]),
    };
    let positions = positions(columns, &header, skipped + 1)?;
    let mut table = Table { positions, width: header.len(), ..Table::default() };
    let mut lines = Lines { text, at: 0, line: skipped + 1 };
    for record in records {
        match record {
            Ok(record) => {
                let begins = record.position().map_or(0, csv::Position::byte);
                table.add(columns, &record, lines.of(begins));
            }
            Err(error) => table.mistakes.push(format!("the file cannot be read on: {error}")),
        }
        if table.rows.len() > MAX_ROWS {
            table.mistakes.push(format!("the table has more than {MAX_ROWS} rows"));
            break;
        }
    }
    table.finish()
}

/// Reads a table that an answers file holds itself: a list of rows.
pub fn read_rows(columns: &[(String, InputType)], rows: &[Value]) -> Result<Value, Vec<String>> {
    let mut table = Table::default();
    for (index, row) in rows.iter().enumerate() {
        let line = index as u64 + 1;
        let Some(row) = row.as_object() else {
            table.mistakes.push(format!("row {line}: it is not a table"));
            continue;
        };
        if let Some(extra) = row.keys().find(|name| !columns.iter().any(|(column, _)| column == *name)) {
            table
                .mistakes
                .push(format!("row {line}: there is no column `{extra}`; the columns are `{}`", names(columns)));
        }
        let mut read = Map::new();
        for (name, kind) in columns {
            let value = match row.get(name).filter(|value| !value.is_null()) {
                Some(value) => read_json(cell_kind(*kind), &[], value),
                None => Ok(Value::Null),
            };
            table.put(&mut read, name, value, format!("row {line}, column `{name}`"));
        }
        table.keep(columns, read, format!("row {line}"));
    }
    table.finish()
}

/// Counts lines as an editor does. The reader's own count is one behind where lines end with CR and LF: it takes a
/// record to begin between the two.
struct Lines<'text> {
    text: &'text str,
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// Returns the line of the record that begins at a byte; asked in rising order.
    fn of(&mut self, byte: u64) -> u64 {
        let bytes = self.text.as_bytes();
        let begins = usize::try_from(byte).unwrap_or(bytes.len()).min(bytes.len());
        let rest = bytes.get(begins..).unwrap_or_default();
        let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        while self.at < begins + blank {
            let two = (bytes.get(self.at), bytes.get(self.at + 1));
            let ends = matches!(two, (Some(b'\n'), _)) || two.0 == Some(&b'\r') && two.1 != Some(&b'\n');
            self.line += u64::from(ends);
            self.at += 1;
        }
        self.line
    }
}

#[derive(Default)]
struct Table {
    positions: Vec<usize>,
    width: usize,
    rows: Vec<Value>,
    seen: HashMap<String, String>,
    mistakes: Vec<String>,
}

impl Table {
    fn add(&mut self, columns: &[(String, InputType)], record: &csv::StringRecord, line: u64) {
        if record.iter().all(str::is_empty) {
            return;
        }
        if record.len() > self.width {
            self.mistakes.push(format!("line {line}: it has more cells than the first line; put quotes around a text that contains the separator"));
            return;
        }
        let mut row = Map::new();
        let positions = self.positions.clone();
        for ((name, kind), position) in columns.iter().zip(positions) {
            let value = cell(*kind, record.get(position).unwrap_or_default());
            self.put(&mut row, name, value, format!("line {line}, column `{name}`"));
        }
        self.keep(columns, row, format!("line {line}"));
    }

    fn put(&mut self, row: &mut Map<String, Value>, name: &str, value: Result<Value, String>, place: String) {
        let value = value.unwrap_or_else(|reason| {
            self.mistakes.push(format!("{place}: {reason}"));
            Value::Bool(false)
        });
        row.insert(name.to_owned(), value);
    }

    fn keep(&mut self, columns: &[(String, InputType)], row: Map<String, Value>, place: String) {
        let Some((key, _)) = columns.first() else { return };
        match row.get(key) {
            Some(Value::Null) | None => self.mistakes.push(format!("{place}: the column `{key}` is empty")),
            Some(Value::String(text)) => {
                if let Some(first) = self.seen.insert(text.to_lowercase(), place.clone()) {
                    self.mistakes.push(format!("{place}, column `{key}`: `{text}` is there already ({first})"));
                }
            }
            Some(_) => {}
        }
        self.rows.push(Value::Object(row));
    }

    fn finish(mut self) -> Result<Value, Vec<String>> {
        if self.mistakes.is_empty() {
            return Ok(Value::Array(self.rows));
        }
        let more = self.mistakes.len().saturating_sub(MAX_MISTAKES);
        if more > 0 {
            self.mistakes.truncate(MAX_MISTAKES);
            self.mistakes.push(format!("and {more} more"));
        }
        Err(self.mistakes)
    }
}

/// Returns where each wanted column stands.
fn positions(
    columns: &[(String, InputType)],
    header: &csv::StringRecord,
    line: u64,
) -> Result<Vec<usize>, Vec<String>> {
    let mut mistakes = Vec::new();
    let mut positions = Vec::new();
    for (name, _) in columns {
        let mut found = header.iter().enumerate().filter(|(_, title)| title.eq_ignore_ascii_case(name));
        match (found.next(), found.next()) {
            (Some((position, _)), None) => positions.push(position),
            (Some(_), Some(_)) => mistakes.push(format!("line {line}: the column `{name}` is there twice")),
            (None, _) => {
                let near = nearest(name, header).map(|title| format!("; is it `{title}`?"));
                mistakes.push(format!(
                    "line {line}: the column `{name}` is missing{}",
                    near.unwrap_or_else(|| format!("; the first line must be `{}`", names(columns)))
                ));
            }
        }
    }
    if mistakes.is_empty() { Ok(positions) } else { Err(mistakes) }
}

fn cell(kind: InputType, text: &str) -> Result<Value, String> {
    if text.is_empty() {
        return Ok(Value::Null);
    }
    if text.starts_with('=') {
        return Err("it is a formula; paste the value instead".to_owned());
    }
    let number = text.replace(',', ".");
    if kind == InputType::Phone && number.contains("E+") && number.parse::<f64>().is_ok() {
        return Err(
            "the spreadsheet has turned it into a number; format the column as text and enter it again".to_owned()
        );
    }
    read_text(cell_kind(kind), &[], text)
}

/// Choices have no options in a column, so any text will do.
fn cell_kind(kind: InputType) -> InputType {
    if kind == InputType::Choice { InputType::Text } else { kind }
}

/// Takes away the lines that programs write before the first row: `sep=;` for a spreadsheet, `#TYPE …` of Windows
/// PowerShell. Returns the rest, how many lines are gone, and the separator where one is named.
fn without_preface(mut text: &str) -> (&str, u64, Option<u8>) {
    let (mut skipped, mut separator) = (0, None);
    while let Some((line, rest)) = text.split_once('\n') {
        let line = line.trim_end_matches('\r').trim_matches('"');
        let named = line.get(..4).filter(|word| word.eq_ignore_ascii_case("sep=")).and_then(|_| line.get(4..));
        match named.map(str::as_bytes) {
            Some([sign]) => separator = Some(*sign),
            _ if line.starts_with("#TYPE ") => {}
            _ => break,
        }
        (text, skipped) = (rest, skipped + 1);
    }
    (text, skipped, separator)
}

/// Returns the separator that the first line has most of: spreadsheets take theirs from the region's settings.
fn delimiter(text: &str) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut quoted = false;
    for byte in text.bytes() {
        match byte {
            b'"' => quoted = !quoted,
            b'\n' | b'\r' if !quoted => break,
            _ if !quoted => counts.iter_mut().filter(|(sign, _)| *sign == byte).for_each(|(_, count)| *count += 1),
            _ => {}
        }
    }
    let most = counts.iter().map(|(_, count)| *count).max().unwrap_or(0);
    counts.iter().find(|(_, count)| *count == most).map_or(b',', |(sign, _)| *sign)
}

fn names(columns: &[(String, InputType)]) -> String {
    columns.iter().map(|(name, _)| name.as_str()).collect::<Vec<&str>>().join(",")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use serde_json::json;

    use super::*;

    fn columns() -> Vec<(String, InputType)> {
        [("user", InputType::Upn), ("email", InputType::Email), ("phone", InputType::Phone)]
            .map(|(name, kind)| (name.to_owned(), kind))
            .to_vec()
    }

    fn read(text: &str) -> Result<Value, Vec<String>> {
        read_csv(&columns(), text)
    }

    #[test]
    fn what_spreadsheets_save_is_read() {
        let rows = json!([
            {"user": "ann@contoso.example", "email": "ann@example.net", "phone": "+1 4255550123"},
            {"user": "bob@contoso.example", "email": null, "phone": null},
        ]);
        for text in [
            "user,email,phone\nann@contoso.example,ann@example.net,+14255550123\nbob@contoso.example,,\n",
            "\u{feff}User;E-Name;Phone;EMAIL\r\nann@contoso.example;\"A;nn\";+1 (425) 555-0123;ann@example.net\r\n;;;\r\nbob@contoso.example\r\n",
            "sep=;\r\nuser;email;phone\r\nann@contoso.example;ann@example.net;+14255550123\r\nbob@contoso.example;;\r\n",
            "#TYPE System.Management.Automation.PSCustomObject\r\n\"user\",\"email\",\"phone\"\r\n\"ann@contoso.example\",\"ann@example.net\",\"+14255550123\"\r\n\"bob@contoso.example\",,\r\n",
            "phone\temail\tuser\n+14255550123\tann@example.net\tann@contoso.example\n\t\tbob@contoso.example",
        ] {
            assert_eq!(read(text), Ok(rows.clone()), "{text}");
        }
    }

    #[test]
    fn every_mistake_is_told_with_its_place() {
        let text = "user,email,phone\n\nann@contoso.example,nonsense,=1+1\n,x@example.net,\nANN@contoso.example,,\"1,42556E+10\"\nbob@contoso.example,,+1,more\n";
        let read_at = |preface: &str| read(&format!("{preface}{text}")).unwrap_err();
        assert!(read_at("sep=,\r\n")[0].starts_with("line 4, column `email`"), "{:?}", read_at("sep=,\r\n"));
        for end in ["\n", "\r\n", "\r"] {
            let mistakes = read(&text.replace('\n', end)).unwrap_err();
            let places: Vec<&str> = mistakes.iter().map(|mistake| mistake.split(": ").next().unwrap()).collect();
            assert_eq!(
                places,
                [
                    "line 3, column `email`",
                    "line 3, column `phone`",
                    "line 4",
                    "line 5, column `phone`",
                    "line 5, column `user`",
                    "line 6"
                ],
                "{end:?} {mistakes:#?}"
            );
        }
    }

    #[test]
    fn a_file_that_is_no_such_table_is_refused() {
        for (text, says) in [
            ("", "empty"),
            ("user,e-mail,phone\n", "is it `e-mail`?"),
            ("a,b\n", "first line must be `user,email,phone`"),
            ("user,email,phone,email\n", "twice"),
            ("u\0s\0e\0r\0", "UTF-16"),
            ("user,email,phone\nj\u{fffd}rg", "UTF-8"),
        ] {
            assert!(read(text).unwrap_err()[0].contains(says), "{text:?}: {:?}", read(text));
        }
    }

    #[test]
    fn rows_of_an_answers_file_are_checked_the_same_way() {
        let good = json!([{"user": "ann@contoso.example", "phone": "+14255550123"}]);
        let read = read_rows(&columns(), good.as_array().unwrap()).unwrap();
        assert_eq!(read, json!([{"user": "ann@contoso.example", "email": null, "phone": "+1 4255550123"}]));
        let bad = json!([{"user": "ann@contoso.example", "mail": "x"}, 3, {"user": "Ann@contoso.example"}]);
        assert_eq!(read_rows(&columns(), bad.as_array().unwrap()).unwrap_err().len(), 3);
    }
}
