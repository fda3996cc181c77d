//! Untrusted text made safe to show: control and direction characters become visible, contact data is masked.

/// Returns `text` with every character that could steer a terminal or deceive a reader replaced by `\u{…}`:
/// C0 and C1 controls, ESC, DEL, bidirectional overrides and isolates, zero-width and tag characters.
///
/// Line feeds stay; a tab becomes a blank. Used by every frontend for every string that it shows.
pub fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' => shown.push('\n'),
            '\t' => shown.push(' '),
            _ if is_deceiving(character) => shown.push_str(&format!("\\u{{{:x}}}", u32::from(character))),
            _ => shown.push(character),
        }
    }
    shown
}

/// Returns a value from outside (a name, an address, a message) made visible and on one line: a line feed in it is no
/// line of ours.
pub fn in_line(text: &str) -> String {
    visible(text).replace('\n', "\\u{a}")
}

/// Returns `text` made visible and on one line.
pub fn one_line(text: &str) -> String {
    visible(text).replace('\n', " ")
}

/// Returns `text` without the signs that nobody sees, which come along when a value is copied from a message or a page.
pub fn without_invisible(text: &str) -> String {
    text.chars().filter(|character| character.is_control() || !is_deceiving(*character)).collect()
}

fn is_deceiving(character: char) -> bool {
    character.is_control()
        || matches!(u32::from(character),
            0x00AD | 0x061C | 0x115F | 0x1160 | 0x180E | 0x200B..=0x200F | 0x2028..=0x202E | 0x2060..=0x206F
            | 0x3164 | 0xFE00..=0xFE0F | 0xFEFF | 0xFFA0 | 0xFFF9..=0xFFFB | 0xE0000..=0xE0FFF)
}

/// Returns what a title is about, without the name that stands between `before` and `after`: `Phone of ` becomes `Phone`,
/// and `: phone` behind a name becomes `phone`.
pub fn without_name(before: &str, after: &str) -> String {
    let before = before.trim_end();
    let before = match after.trim() {
        "" => [" of", " for", " in", " from", " to", ":", ",", " -"]
            .iter()
            .find_map(|lead| before.strip_suffix(lead))
            .unwrap_or(before),
        _ => before,
    };
    let after = if before.is_empty() { after.trim_start_matches([':', ' ']) } else { after.trim_start() };
    format!("{before} {after}").trim().to_owned()
}

/// Returns `text` with e-mail addresses and international phone numbers masked: `a***@c***.com`, `+1 *** **23`.
pub fn mask(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for character in text.chars() {
        if is_address_character(character) {
            word.push(character);
        } else {
            masked.push_str(&mask_address(&word));
            word.clear();
            masked.push(character);
        }
    }
    masked.push_str(&mask_address(&word));
    mask_phones(&masked)
}

fn is_address_character(character: char) -> bool {
    character.is_alphanumeric() || "@.!#$%&'*+/=?^_`{|}~-".contains(character)
}

/// Masks an address, and nothing that a slash parts from it: in a path only one segment is an address.
fn mask_address(word: &str) -> String {
    if word.contains('/') {
        return word.split('/').map(mask_address).collect::<Vec<_>>().join("/");
    }
    // In the text of a path or a query the sign is written as an escape.
    let signs = ["@", "%40"].into_iter();
    let parts = signs.filter_map(|sign| word.rsplit_once(sign).map(|(local, domain)| (local, sign, domain))).next();
    let Some((local, sign, domain)) = parts else { return word.to_owned() };
    if local.is_empty() || !domain.contains('.') {
        return word.to_owned();
    }
    // Quotes and brackets of the sentence around the address are not part of it.
    let start = local.find(char::is_alphanumeric).unwrap_or(0);
    let (lead, local) = local.split_at(start);
    let first = |part: &str| part.chars().next().map(String::from).unwrap_or_default();
    let (name, ending) = domain.rsplit_once('.').unwrap_or((domain, ""));
    format!("{lead}{}***{sign}{}***.{ending}", first(local), first(name))
}

/// Returns a whole value masked: like [`mask`], and where it is nothing but a phone number, also one without its country,
/// which a directory takes as well: `*** **23`.
pub fn mask_value(text: &str) -> String {
    let digits: Vec<char> = text.chars().filter(char::is_ascii_digit).collect();
    let is_number = text.chars().all(|c| c.is_ascii_digit() || " -.()/xX".contains(c));
    let is_date = text.contains('-') && text.parse::<jiff::civil::Date>().is_ok();
    let is_address = text.parse::<std::net::IpAddr>().is_ok();
    if !is_number || !(7..=15).contains(&digits.len()) || is_date || is_address {
        return mask(text);
    }
    format!("*** **{}", digits.iter().skip(digits.len() - 2).collect::<String>())
}

fn mask_phones(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut masked = String::with_capacity(text.len());
    let mut at = 0;
    while at < characters.len() {
        let starts = characters[at] == '+'
            && characters.get(at + 1).is_some_and(char::is_ascii_digit)
            && (at == 0 || !characters[at - 1].is_alphanumeric());
        if !starts {
            masked.push(characters[at]);
            at += 1;
            continue;
        }
        let mut end = at + 1;
        while end < characters.len() && (characters[end].is_ascii_digit() || " -.()/x".contains(characters[end])) {
            end += 1;
        }
        while !characters[end - 1].is_ascii_digit() {
            end -= 1;
        }
        let digits: Vec<char> = characters[at..end].iter().copied().filter(char::is_ascii_digit).collect();
        if digits.len() < 7 {
            masked.extend(&characters[at..end]);
        } else {
            let country: String = characters[at + 1..end].iter().take_while(|c| c.is_ascii_digit()).take(3).collect();
            let last: String = digits[digits.len() - 2..].iter().collect();
            let country = if country.len() < 3 { country } else { country[..2].to_owned() };
            masked.push_str(&format!("+{country} *** **{last}"));
        }
        at = end;
    }
    masked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_a_terminal_is_made_visible() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\rd\u{9b}e"), "a\\u{1b}[2Jb\\u{202e}c\\u{d}d\\u{9b}e");
        assert_eq!(one_line("a\nb\tc"), "a b c");
        assert_eq!(in_line("a\nb\u{1b}c"), "a\\u{a}b\\u{1b}c");
    }

    #[test]
    fn addresses_and_phone_numbers_are_masked() {
        assert_eq!(mask("write to ann.private@example.net, please"), "write to a***@e***.net, please");
        assert_eq!(mask("\"ann@contoso.example\""), "\"a***@c***.example\"");
        assert_eq!(mask("call +1 4255550123 or +49 30 123456."), "call +1 *** **23 or +49 *** **56.");
        assert_eq!(mask("/v1.0/users/ann@contoso.example/x"), "/v1.0/users/a***@c***.example/x");
        assert_eq!(mask("plan 1+1, @odata.type, a@b"), "plan 1+1, @odata.type, a@b");
        assert_eq!(
            mask("/v1.0/users/ann%40contoso.example is not a list"),
            "/v1.0/users/a***%40c***.example is not a list"
        );
        assert_eq!(mask("/v1.0/users/ann_x.example%23EXT%23%40contoso.example"), "/v1.0/users/a***%40c***.example");
    }

    #[test]
    fn a_value_that_is_a_phone_number_is_masked_however_it_is_written() {
        for phone in ["4255550123", "(425) 555-0123", "425.555.0123", "0425 / 555 01 23", "555-0123"] {
            assert_eq!(mask_value(phone), "*** **23", "{phone}");
        }
        assert_eq!(mask_value("425-555-0100 x23"), "*** **23");
        assert_eq!(mask_value("+1 4255550123"), "+1 *** **23");
        assert_eq!(mask_value("ann@contoso.example"), "a***@c***.example");
        for other in
            ["2026-11-24", "192.168.100.200", "0.1.0", "62e90394-69f5-4237-9190-012177145e10", "123456", "", "x"]
        {
            assert_eq!(mask_value(other), other);
        }
    }
}
