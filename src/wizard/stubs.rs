#![allow(missing_docs)]
pub mod sinks { use serde_json::Value; pub fn tier0(_: crate::seam::http::Method, _: &[Option<&str>], _: &Value) -> Option<&'static str> { None } }
pub mod scopes { pub fn lacking(_: crate::seam::http::Method, _: &[serde_json::Value], _: &[String]) -> Option<String> { None } }
pub mod diagnostic { #[derive(Debug, Clone)] pub struct Report; impl Report { pub fn is_empty(&self)->bool{true} pub fn render(&self,_:bool)->String{String::new()} } }
pub mod builtin { pub struct S { pub id: &'static str } pub fn shipped()->&'static [S] {&[]} pub fn load(_:&str)->Option<Result<(super::super::Wizard, super::diagnostic::Report), super::diagnostic::Report>>{None} }
pub mod schema { pub fn all()->Vec<(&'static str,String)>{vec![]} }
pub mod document { use std::collections::BTreeMap; use serde_json::Value; use super::diagnostic::Report;
 #[derive(Debug,Clone,Default)] pub struct Answers { pub wizard:String, pub version:Option<String>, pub acknowledge:Vec<String>, pub approve:Vec<String>, pub inputs:BTreeMap<String,Value>, pub answers:BTreeMap<String,BTreeMap<String,Value>> }
 impl Answers { pub fn answer(&self,_:&str,_:Option<(&str,&str)>,_:&str)->Option<&Value>{None} }
 #[derive(Debug,Clone)] pub struct Expect { pub exit:u8, pub changes:Option<Vec<String>>, pub objects:Vec<(String,Value)> }
 pub fn answers(_:&str,_:&str)->Result<Answers,Report>{Err(Report)} pub fn expect(_:&str,_:&str)->Result<Expect,Report>{Err(Report)} }
impl super::Wizard { pub fn check_scopes(&self)->Vec<String>{vec![]} pub fn from_bytes(_:super::Origin,_:std::collections::BTreeMap<String,Vec<u8>>)->Result<(Self,diagnostic::Report),diagnostic::Report>{Err(diagnostic::Report)} }
impl super::Step { pub fn step_names(&self)->Vec<String>{vec![]} }
