//! Failures: the one table from what went wrong to a status and a body.

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};
use std::fmt;

use super::wire;
use crate::app::AppError;

/// An error on its way out.
#[derive(Debug)]
pub struct Failed {
    status: StatusCode,
    code: &'static str,
    message: String,
}

impl Failed {
    /// Nobody known asks.
    pub fn unauthorized() -> Self {
        Self {
            status: StatusCode::UNAUTHORIZED,
            code: "unauthorized",
            message: "send a valid token: Authorization: Bearer …; `dyepack token add` makes one".to_owned(),
        }
    }

    /// Somebody known asks for what is not theirs.
    pub fn forbidden(role: &str) -> Self {
        Self {
            status: StatusCode::FORBIDDEN,
            code: "forbidden",
            message: format!("a token of role {role} may not do this"),
        }
    }

    /// The request cannot be understood.
    pub fn invalid(message: String) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code: "invalid", message }
    }
}

impl From<AppError> for Failed {
    fn from(error: AppError) -> Self {
        let message = error.to_string();
        let (status, code) = match error {
            AppError::Invalid(_) => (StatusCode::BAD_REQUEST, "invalid"),
            AppError::NotFound(_) => (StatusCode::NOT_FOUND, "not_found"),
            AppError::Conflict(_) => (StatusCode::CONFLICT, "conflict"),
            AppError::Unavailable(_) => (StatusCode::SERVICE_UNAVAILABLE, "unavailable"),
        };
        Self { status, code, message }
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failed {}

impl ResponseError for Failed {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status)
            .json(wire::Failure { code: self.code.to_owned(), message: self.message.clone() })
    }
}
