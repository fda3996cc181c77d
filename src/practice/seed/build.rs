//! From `tenant.toml` as written to a seed with nothing left to check: names resolved, ids given, defaults filled in.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use serde_json::{Value, json};
use toml::Spanned;

use super::defaults;
use super::document::{Document, MeTable, Properties};
use super::generate;
use super::place::Place;
use super::start::{Me, Seed};
use crate::contract::{self, Type, Written, graph, roles};
use crate::ports::cloud::{CLOUDS, by_name};
use crate::ports::nearest::nearest;
use crate::practice::address::Address;
use crate::practice::facts::method_kinds;
use crate::practice::facts::roles::GLOBAL_ADMIN;
use crate::practice::facts::schema::Schema;
use crate::practice::object::{Object, guid, json_of, object, text};
use crate::practice::spot::{Spot, What};
use crate::practice::store::{APPLICATIONS, DEFINITIONS, Store, USERS, app_key};

/// The cloud of a tenant that names none.
const PUBLIC: &str = "public";

pub struct Builder<'a> {
    place: Place<'a>,
    store: Store,
}

impl<'a> Builder<'a> {
    /// Starts with an empty tenant; errors point into `place`.
    pub fn new(place: Place<'a>) -> Self {
        Self { place, store: Store::new(Duration::ZERO) }
    }

    pub fn build(mut self, document: Document) -> Result<Seed> {
        if let Some(lag) = &document.lag {
            self.store.lag = duration(lag.get_ref()).ok_or_else(|| {
                self.place.error(lag.span(), "this is not a duration: write `\"2s\"`, `\"500ms\"` or `\"1m\"`")
            })?;
        }
        let now = match &document.now {
            Some(now) => Some(now.get_ref().parse().map_err(|_| {
                self.place.error(now.span(), "this is not a time: write it like `\"2026-11-30T09:00:00Z\"`")
            })?),
            None => None,
        };
        if let Some(size) = &document.page_size
            && *size.get_ref() == 0
        {
            return Err(self.place.error(size.span(), "a page holds at least one entity: write 1 or more"));
        }
        let shows_nulls = match document.nulls.as_ref().map(|nulls| (nulls.get_ref().as_str(), nulls.span())) {
            None | Some(("omitted", _)) => false,
            Some(("shown", _)) => true,
            Some((_, span)) => return Err(self.place.error(span, "`nulls` is \"omitted\" or \"shown\"")),
        };

        let organization = defaults::organization(document.organization.map(object).unwrap_or_default());
        let domain = defaults::default_domain(&organization);
        let organization_id = text(&organization, "id");
        self.role_definitions(document.role_definitions)?;
        for user in document.users {
            self.user(user)?;
        }
        for generate in &document.generate {
            generate::users(generate, &domain, &mut self.store);
        }
        for principal in document.service_principals {
            self.service_principal(principal)?;
        }
        self.groups(document.groups)?;
        for assignment in document.role_assignments {
            let role = self.role(&assignment.role)?;
            let principal = self.principal(&assignment.principal)?;
            defaults::assign(&mut self.store, &role, &principal, assignment.scope.as_deref().unwrap_or("/"));
        }
        for generate in &document.generate {
            if let Some(role) = &generate.role {
                let role = self.role(role)?;
                generate::admins(generate, &role, &mut self.store);
            } else if generate.admins > 0 {
                generate::admins(generate, GLOBAL_ADMIN, &mut self.store);
            }
        }
        let me = self.me(document.me, &domain)?;
        self.objects(document.objects)?;
        let mut permissions = document.permissions;
        for role in permissions.iter_mut().flat_map(|permission| &mut permission.roles) {
            if let Some(id) = roles::template_id(role) {
                *role = id.to_owned();
            }
        }
        defaults::fill(&mut self.store, organization, &document.licenses);
        let cloud = match &document.cloud {
            None => PUBLIC,
            Some(cloud) => by_name(cloud.get_ref()).map(|cloud| cloud.name).ok_or_else(|| {
                let names = CLOUDS.iter().map(|cloud| cloud.name).collect::<Vec<_>>().join(", ");
                self.place.error(cloud.span(), &format!("this is not a cloud: there are {names}"))
            })?,
        };
        Ok(Seed {
            now,
            cloud,
            store: self.store,
            page_size: document.page_size.map(Spanned::into_inner),
            shows_nulls,
            licenses: document.licenses,
            organization: organization_id,
            me,
            permissions,
            actions: document.actions,
        })
    }

    /// Turns one entity's properties into an object, checking that Graph knows them.
    fn entity(&self, entity: Spanned<Properties>, of: &'static str, more: &[&str]) -> Result<(Range<usize>, Object)> {
        let span = entity.span();
        let schema = Schema::of(Type { name: of, is_list: false });
        let mut object = Object::new();
        for (name, value) in entity.into_inner() {
            let given = name.get_ref().as_str();
            let known =
                schema.as_ref().map(|schema| schema.field(&[given]).map(|member| member.map(|member| member.name)));
            let declared = match known {
                _ if more.contains(&given) => given,
                Some(Err(misnamed)) => {
                    let message = format!("Graph has no such property here{}", did_you_mean(given, &misnamed.known));
                    return Err(self.place.error(name.span(), &message));
                }
                known => known.and_then(Result::ok).flatten().unwrap_or(given),
            };
            object.insert(declared.to_owned(), json_of(value));
        }
        Ok((span, object))
    }

    fn user(&mut self, user: Spanned<Properties>) -> Result<()> {
        let (span, mut user) = self.entity(user, "user", &["authentication", "registration"])?;
        let name = text(&user, "userPrincipalName");
        if name.is_empty() {
            return Err(self.place.error(span, "a user needs a `userPrincipalName`"));
        }
        let id = defaults::id(&mut user, &name);
        if let Some(given) = user.shift_remove("authentication") {
            let methods = method_kinds::of_seed(&given).map_err(|why| self.place.error(span.clone(), &why))?;
            user.insert("authentication".to_owned(), methods);
        }
        for key in [&id, &name] {
            if self.store.principal(key).is_some() {
                return Err(self.place.error(span, &format!("`{key}` is there twice")));
            }
        }
        user.entry("displayName").or_insert_with(|| json!(name.split('@').next().unwrap_or(&name)));
        user.entry("accountEnabled").or_insert(json!(true));
        user.entry("userType").or_insert(json!("Member"));
        self.store.under(USERS, true).seed(Arc::new(user), &[&id, &name]);
        Ok(())
    }

    fn service_principal(&mut self, principal: Spanned<Properties>) -> Result<()> {
        let (_, mut principal) = self.entity(principal, "servicePrincipal", &[])?;
        let name = text(&principal, "displayName");
        let id = defaults::id(&mut principal, &format!("service principal {name}"));
        principal.entry("appId").or_insert_with(|| json!(guid(&format!("application {name}"))));
        principal.entry("servicePrincipalType").or_insert(json!("Application"));
        principal.entry("accountEnabled").or_insert(json!(true));
        let app_id = text(&principal, "appId");
        self.store.under("/servicePrincipals", true).seed(Arc::new(principal), &[&id, &app_key(&app_id)]);
        Ok(())
    }

    fn groups(&mut self, groups: Vec<Spanned<Properties>>) -> Result<()> {
        // Two rounds: a group may be a member of one that comes before it.
        let mut built = Vec::new();
        for group in groups {
            let (span, mut group) = self.entity(group, "group", &["members"])?;
            let name = text(&group, "displayName");
            let id = defaults::id(&mut group, &format!("group {name}"));
            group.entry("securityEnabled").or_insert(json!(true));
            built.push((span, id, group));
        }
        let ids: Vec<String> = built.iter().map(|(_, id, _)| id.clone()).collect();
        for (span, id, mut group) in built {
            let members = group.shift_remove("members").unwrap_or_default();
            self.store.under("/groups", true).seed(Arc::new(group), &[&id]);
            for member in members.as_array().into_iter().flatten() {
                let member = member.as_str().unwrap_or_default();
                let found = self.store.principal(member).and_then(|(_, item)| item.newest());
                let member = match found.map(|found| text(found, "id")) {
                    Some(id) => id,
                    None if ids.iter().any(|id| id == member) => member.to_owned(),
                    None => {
                        let message =
                            format!("the member `{member}` is not a user, group or service principal of this file");
                        return Err(self.place.error(span, &message));
                    }
                };
                defaults::add(self.store.under(&format!("/groups/{id}/members"), true), json!({"id": member}));
            }
        }
        Ok(())
    }

    fn role_definitions(&mut self, custom: Vec<Spanned<toml::Table>>) -> Result<()> {
        let place = self.place;
        let definitions = self.store.under("/roleManagement/directory/roleDefinitions", true);
        for (id, name) in roles::all() {
            let object = json!({"id": id, "displayName": name, "isBuiltIn": true, "isEnabled": true, "templateId": id});
            defaults::add(definitions, object);
        }
        for role in custom {
            let span = role.span();
            let mut role = object(role.into_inner());
            let name = text(&role, "displayName");
            if name.is_empty() {
                return Err(place.error(span, "a role definition needs a `displayName`"));
            }
            let id = defaults::id(&mut role, &format!("role {name}"));
            role.entry("templateId").or_insert(json!(id));
            role.entry("isBuiltIn").or_insert(json!(false));
            role.entry("isEnabled").or_insert(json!(true));
            definitions.seed(Arc::new(role), &[&id]);
        }
        Ok(())
    }

    fn role(&self, role: &Spanned<String>) -> Result<String> {
        let wanted = role.get_ref();
        let mut known = self.store.all(DEFINITIONS).newest();
        let found = known.find(|definition| [text(definition, "id"), text(definition, "displayName")].contains(wanted));
        found.map(|definition| text(definition, "id")).ok_or_else(|| {
            let names: Vec<&str> = roles::all().iter().map(|(_, name)| *name).collect();
            let message = format!(
                "the practice tenant does not know this role{}: write the id or name of a built-in role, or declare it with `[[role_definitions]]` (`id`, `displayName`)",
                did_you_mean(wanted, &names)
            );
            self.place.error(role.span(), &message)
        })
    }

    fn principal(&self, principal: &Spanned<String>) -> Result<String> {
        let found = self.store.principal(principal.get_ref()).and_then(|(_, item)| item.newest());
        found.map(|found| text(found, "id")).ok_or_else(|| {
            let message = "there is no user, group or service principal of this id or user principal name in this file";
            self.place.error(principal.span(), message)
        })
    }

    fn me(&mut self, me: Option<MeTable>, domain: &str) -> Result<Me> {
        let me = me.unwrap_or_default();
        let named = me.id.as_ref().or(me.user_principal_name.as_ref());
        let id = match named {
            Some(named) => self.principal(named)?,
            None => match defaults::first_admin(&self.store) {
                Some(id) => id,
                None => defaults::add_admin(&mut self.store, domain),
            },
        };
        if let Some(named) = named
            && let Some((kind, _)) = self.store.principal(&id)
        {
            let right =
                if me.app_only { kind == "#microsoft.graph.servicePrincipal" } else { kind == "#microsoft.graph.user" };
            if !right {
                let message = "a person signs in as a user; an application (`app_only = true`) as a service principal";
                return Err(self.place.error(named.span(), message));
            }
        }
        for role in me.roles.iter().flatten() {
            let role = self.role(role)?;
            if !defaults::has_role(&self.store, &role, &id) {
                defaults::assign(&mut self.store, &role, &id, "/");
            }
        }
        let held = match &me.roles {
            Some(roles) => roles.iter().map(|role| self.role(role)).collect::<Result<Vec<_>>>()?,
            None => defaults::roles_of(&self.store, &id),
        };
        Ok(Me { id, roles: held, scopes: me.scopes, app_only: me.app_only, client_ids: me.client_ids })
    }

    fn objects(&mut self, objects: BTreeMap<Spanned<String>, toml::Table>) -> Result<()> {
        for (path, table) in objects {
            let bare = path.get_ref().strip_prefix("/v1.0").or_else(|| path.get_ref().strip_prefix("/beta"));
            let Some(bare) = bare.filter(|bare| bare.starts_with('/') && !bare.ends_with('/') && !bare.contains("//"))
            else {
                return Err(self
                    .place
                    .error(path.span(), "an object's path starts with `/v1.0/` or `/beta/` and has no empty segment"));
            };
            let key = bare.to_ascii_lowercase();
            if let Some(instead) = defaults::own_section(&key) {
                return Err(self.place.error(path.span(), &format!("this path has its own section: use {instead}")));
            }
            let mut object = object(table);
            let is_list = object.len() == 1 && object.get("value").is_some_and(Value::is_array);
            let (at, of) = self.spot(&path, is_list)?;
            let fits = |object: &Object| match of {
                Some(of) => contract::refused(of, &Value::Object(object.clone()), Written::Declared),
                None => None,
            };
            if !is_list {
                if let Some(why) = fits(&object) {
                    return Err(self.place.error(path.span(), &why));
                }
                let (parent, name) = at.rsplit_once('/').unwrap_or_default();
                object.entry("id").or_insert(json!(name));
                self.store.under(parent, false).seed(Arc::new(object), &[name]);
                continue;
            }
            let Some(Value::Array(items)) = object.shift_remove("value") else { continue };
            let all = self.store.under(&at, true);
            for (number, item) in items.into_iter().enumerate() {
                let Value::Object(mut item) = item else {
                    return Err(self.place.error(path.span(), "`value` is a list of tables, one an item"));
                };
                if let Some(why) = fits(&item) {
                    return Err(self.place.error(path.span(), &why));
                }
                let id = defaults::id(&mut item, &format!("{key} {number}"));
                if all.find(&id).is_some() {
                    return Err(self.place.error(path.span(), &format!("the id `{id}` is there twice")));
                }
                let app = app_key(&text(&item, "appId"));
                let names: &[&str] = if key == APPLICATIONS { &[&id, &app] } else { &[&id] };
                all.seed(Arc::new(item), names);
            }
        }
        Ok(())
    }

    /// Returns where a declared object or list is kept, and its type where Graph knows the path.
    fn spot(&self, path: &Spanned<String>, is_list: bool) -> Result<(String, Option<Type>)> {
        let wrong = |why: String| self.place.error(path.span(), &why);
        let address = Address::parse(path.get_ref()).map_err(|refusal| wrong(refusal.message))?;
        let segments: Vec<Option<&str>> = address.segments.iter().map(|part| Some(part.as_str())).collect();
        if address.version == "beta" || graph().place(&segments).is_err() {
            return Ok((address.stored_path(), None));
        }
        let spot = Spot::find(&self.store, &|item| item.newest().cloned(), &address).map_err(|no| wrong(no.message))?;
        match (&spot.what, is_list) {
            (What::List, true) | (What::Object, false) => Ok((spot.path, spot.of)),
            (What::List, false) => Err(wrong("this path is a list: write `value = [...]`".to_owned())),
            _ => Err(wrong("this path is no list, so `value` is none of its properties".to_owned())),
        }
    }
}

/// Reads a length of time such as `500ms`, `2s`, `1m`.
fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|character: char| !character.is_ascii_digit() && character != '.')?;
    let (number, unit) = text.split_at(split);
    let seconds = match unit.trim() {
        "ms" => 0.001,
        "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3_600.0,
        _ => return None,
    };
    Duration::try_from_secs_f64(number.parse::<f64>().ok()? * seconds).ok().filter(|lag| lag.as_secs() < 7 * 86_400)
}

fn did_you_mean(wrong: &str, names: &[&str]) -> String {
    nearest(wrong, names.iter().copied()).map_or_else(String::new, |name| format!(" (did you mean `{name}`?)"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time() {
        assert_eq!(duration("1.5s"), Some(Duration::from_millis(1_500)));
        assert_eq!(duration("500ms"), Some(Duration::from_millis(500)));
        for text in ["", "s", "2", "2 weeks", "-1s", "1e9h"] {
            assert_eq!(duration(text), None, "{text}");
        }
    }
}
