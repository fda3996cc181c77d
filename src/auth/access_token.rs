//! A ready-made access token, handed in by the caller: a pipeline that has signed in already.

use anyhow::{Result, bail};

use crate::ports::{Credentials, Token};

/// A token that somebody else obtained. It cannot be renewed, and nobody can choose its scopes.
pub struct AccessToken(Token);

impl AccessToken {
    /// Takes a token as it is; `source` says where it was given, such as `FIXFORME_ACCESS_TOKEN`.
    ///
    /// A text that cannot be a token is refused here, with a reason that shows nothing of it, before it is sent.
    pub fn new(token: String, source: &str) -> Result<Self> {
        let token = Token::new(token);
        let text = token.expose();
        if text.is_empty() {
            bail!(
                "{source} is empty; give an access token for Microsoft Graph, or leave it unset to sign in another way"
            );
        }
        if text.contains(['\r', '\n']) {
            bail!("the access token in {source} has a line break; give the token alone, on one line");
        }
        if text.get(..7).is_some_and(|start| start.eq_ignore_ascii_case("bearer ")) {
            bail!("the access token in {source} begins with the word `Bearer`; give the token alone");
        }
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            bail!("the access token in {source} has a space or a character that no token has; give the token alone");
        }
        Ok(Self(token))
    }
}

impl Credentials for AccessToken {
    /// Returns the same token whatever is asked for; the engine compares what it grants with what a step needs.
    fn token(&self, _scopes: &[String]) -> Result<Token> {
        Ok(self.0.clone())
    }

    fn chooses_scopes(&self) -> bool {
        false
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test may fail by panic")]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_taken_as_it_is() {
        let credentials = AccessToken::new("eyJ.eyJ.sig".to_owned(), "FIXFORME_ACCESS_TOKEN").unwrap();
        assert_eq!(credentials.token(&["Any.Scope".to_owned()]).unwrap().expose(), "eyJ.eyJ.sig");
    }

    #[test]
    fn what_cannot_be_a_token_is_refused_without_being_shown() {
        for text in
            ["", " ", "se cret", "secret\n", "secret\r\nX-Evil: 1", "Bearer secret", "secret\u{202e}", "\u{0}secret"]
        {
            let Err(error) = AccessToken::new(text.to_owned(), "FIXFORME_ACCESS_TOKEN") else { panic!("{text:?}") };
            let shown = format!("{error:#} {error:?}");
            assert!(shown.contains("FIXFORME_ACCESS_TOKEN") && !shown.contains("secret"), "{shown}");
        }
    }
}
