//! What an ask may suggest: contact data of the very person it is asked for, from that person's own profile.
//!
//! Who writes to one account must not be able to have that value registered for another, so a suggestion is exactly
//! `objects.ID.FIELD`, a contact field of an object at `/v1.0/users/{{ … }}`, in a step all of whose objects are read and
//! written below that same path. It is offered to a person, never taken over.

use crate::expr::Expression;
use crate::wizard::document::StepFile;
use crate::wizard::input::InputType;

use super::keys::is_contact_key;

const USERS: &str = "/v1.0/users/";

/// Returns why `suggest` may not be offered for an ask of this type.
pub fn check(file: &StepFile, kind: InputType, suggest: &str) -> Result<(), &'static str> {
    const FIELD: &str = "only a contact field of an object may be suggested, such as `objects.profile.mobilePhone`";
    if !matches!(kind, InputType::Email | InputType::Phone) {
        return Err("only an e-mail address or a phone number may be suggested");
    }
    let path = Expression::parse(suggest).ok().and_then(|suggest| suggest.tree().path());
    let names = path.map(|path| path.names).unwrap_or_default();
    let [objects, id, field] = names.as_slice() else { return Err(FIELD) };
    if objects != "objects" || !is_contact_key(field) {
        return Err(FIELD);
    }
    let object = file.object.iter().find(|object| object.id.value == *id);
    let get = object.and_then(|object| object.get.as_ref());
    let own = get.and_then(|get| person(&get.value).filter(|person| get.value.strip_prefix(USERS) == Some(person)));
    let Some(person) = own else {
        return Err("only an object at `/v1.0/users/{{ … }}` is a person's own profile");
    };
    for object in &file.object {
        let requests = [&object.create, &object.set, &object.remove].into_iter().flatten();
        let written = requests.map(|request| request.http.value.split_once(' ').map_or("", |(_, path)| path));
        let read = object.get.as_ref().map_or("", |get| get.value.as_str());
        if !written.chain([read]).all(|path| self::person(path) == Some(person)) {
            return Err("every object of such a step must be read and written below the same person's path");
        }
    }
    Ok(())
}

/// Returns the placeholder that names the person whose path this is.
fn person(path: &str) -> Option<&str> {
    let person = path.strip_prefix(USERS)?.split('/').next()?;
    (person.starts_with("{{") && person.ends_with("}}")).then_some(person)
}
