//! `dyepack token add | list | revoke`.

use anyhow::{Context, Result};
use clap::Subcommand;

use super::connect::with_client;
use super::{Common, print};
use crate::app::views::TokenView;
use crate::model::TokenRole;

#[derive(Subcommand)]
pub(super) enum Token {
    /// Makes a token and shows it once.
    Add {
        name: String,
        /// admin, seeder, analyst or auditor.
        #[arg(long, value_parser = role)]
        role: TokenRole,
    },
    /// Shows all tokens, without their secrets.
    List,
    /// Ends a token.
    Revoke { name: String },
}

impl Token {
    pub(super) async fn run(self, common: &Common) -> Result<()> {
        with_client(common, async |client| match self {
            Token::Add { name, role } => {
                let token = client.add_token(&name, role).await?;
                if common.json {
                    print::json(&token)
                } else {
                    print::text(&format!("{}   shown this once", token.secret.unwrap_or_default()))
                }
            }
            Token::List => {
                let all = client.tokens().await?;
                if common.json { print::json(&all) } else { table(&all) }
            }
            Token::Revoke { name } => {
                let token = client.revoke_token(&name).await?;
                if common.json { print::json(&token) } else { print::text(&format!("revoked {}", token.name)) }
            }
        })
        .await
    }
}

fn role(word: &str) -> Result<TokenRole> {
    TokenRole::parse(word).context("there are admin, seeder, analyst and auditor")
}

fn table(tokens: &[TokenView]) -> Result<()> {
    let row = |t: &TokenView| {
        vec![
            t.name.clone(),
            t.role.word().to_owned(),
            print::when(t.added_at),
            t.revoked_at.map_or_else(String::new, print::when),
        ]
    };
    print::table(&["NAME", "ROLE", "ADDED (UTC)", "REVOKED (UTC)"], tokens.iter().map(row).collect(), "no tokens")
}
