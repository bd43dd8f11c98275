//! `token add | list | revoke`, and who a bearer is.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::Rng;
use subtle::ConstantTimeEq;

use super::views::TokenView;
use super::{App, AppError};
use crate::model::{Event, Name, Token, TokenId, TokenRole};

/// Who asks.
#[derive(Debug, Clone)]
pub struct Caller {
    pub name: String,
    pub role: TokenRole,
}

impl App {
    /// Makes a token; its secret is in the answer and nowhere else.
    pub async fn add_token(&self, name: &str, role: TokenRole) -> Result<TokenView, AppError> {
        let name = Name::parse(name).map_err(|e| AppError::Invalid(e.to_string()))?;
        if self.store.tokens().await?.iter().any(|t| t.name == name && t.revoked_at.is_none()) {
            return Err(AppError::Conflict(format!(
                "there is a token named {name} already; revoke it first or choose another name"
            )));
        }
        let added_at = self.now();
        let mut octets = [0u8; 24];
        rand::rng().fill_bytes(&mut octets);
        let secret = format!("dyt_{}", URL_SAFE_NO_PAD.encode(octets));
        let id = self.with_entropy(|entropy| TokenId::new(added_at, entropy));
        let token = Token { id, name, role, added_at, revoked_at: None };
        self.record(vec![Event::Token { token: token.clone(), secret_hash: self.secret_hash(&secret) }]).await?;
        Ok(TokenView { secret: Some(secret), ..view(token) })
    }

    fn secret_hash(&self, secret: &str) -> String {
        self.store.lasting_hash("token", secret)
    }

    /// All tokens, without secrets.
    pub async fn list_tokens(&self) -> Result<Vec<TokenView>, AppError> {
        Ok(self.store.tokens().await?.into_iter().map(view).collect())
    }

    /// Ends a token of that name.
    pub async fn revoke_token(&self, name: &str) -> Result<TokenView, AppError> {
        let tokens = self.store.tokens().await?;
        let found = tokens.into_iter().find(|t| t.name.as_str() == name && t.revoked_at.is_none());
        let mut token = found.ok_or_else(|| {
            AppError::NotFound(format!(
                "there is no token named {name:?} that is not revoked; `dyepack token list` shows them"
            ))
        })?;
        token.revoked_at = Some(self.now());
        self.record(vec![Event::Token { token: token.clone(), secret_hash: String::new() }]).await?;
        Ok(view(token))
    }

    /// Who bears this secret, if anybody does.
    pub async fn caller(&self, secret: &str) -> Result<Option<Caller>, AppError> {
        if bool::from(secret.as_bytes().ct_eq(self.local_secret.as_bytes())) {
            return Ok(Some(Caller { name: "operator".to_owned(), role: TokenRole::Admin }));
        }
        let Some(found) = self.store.token(&self.secret_hash(secret)).await? else { return Ok(None) };
        // The secret leads to the token as it was made; its id to how it stands now.
        let now = self.store.tokens().await?.into_iter().find(|t| t.id == found.id);
        Ok(now.filter(|t| t.revoked_at.is_none()).map(|t| Caller { name: t.name.to_string(), role: t.role }))
    }
}

fn view(t: Token) -> TokenView {
    TokenView {
        id: t.id,
        name: t.name.to_string(),
        role: t.role,
        added_at: t.added_at,
        revoked_at: t.revoked_at,
        secret: None,
    }
}
