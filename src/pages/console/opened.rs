//! What the address of a page names: the event, and one of those who signed up. Whoever may not manage the event is told
//! that there is no such page.

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::response::Response;
use serde::Deserialize;

use super::answers::{Managed, Registration};
use crate::pages::Pages;
use crate::pages::api::Problem;
use crate::pages::failed;
use crate::pages::visitor::Visitor;

#[derive(Deserialize)]
struct OfEvent {
    event: String,
}

#[derive(Deserialize)]
struct OfPerson {
    event: uuid::Uuid,
    id: String,
}

impl FromRequestParts<Pages> for Managed {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Managed, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, pages).await;
        let found = match Path::from_request_parts(parts, pages).await {
            Ok(Path(OfEvent { event })) => Managed::of(pages, &visitor, &event).await,
            Err(_) => Err(Problem::no_such_page()),
        };
        found.map_err(|problem| failed::page(&visitor, &problem))
    }
}

impl FromRequestParts<Pages> for Registration {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, pages: &Pages) -> Result<Registration, Response> {
        let Ok(visitor) = Visitor::from_request_parts(parts, pages).await;
        let found = match Path::from_request_parts(parts, pages).await {
            Ok(Path(OfPerson { event, id })) => Registration::of(pages, &visitor, event, &id).await,
            Err(_) => Err(Problem::no_such_page()),
        };
        found.map_err(|problem| failed::page(&visitor, &problem))
    }
}
