//! A JSON document that is sent while it is written, so that it takes the same memory however long it is. If it comes to no
//! end, the connection breaks off: nobody takes a part for the whole.

use axum::body::{Body, Bytes};
use futures_util::stream;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::people::Failed;
use crate::store::StoreError;

/// So much is sent at once.
const PIECE_BYTES: usize = 16 * 1024;

/// The document as far as it was not sent yet.
pub(super) struct Sheet {
    unsent: Vec<u8>,
    pieces: mpsc::Sender<Bytes>,
    /// Whether the list that is open has an item.
    follows: bool,
}

/// Why a document was not written to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum Cut {
    /// Nobody takes it any more.
    #[error("whoever asked is gone")]
    Gone,
    /// What should be in it cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Failed),
}

impl From<StoreError> for Cut {
    fn from(error: StoreError) -> Cut {
        Cut::Unreadable(error.into())
    }
}

/// The body that `write` writes.
pub(super) fn body<W>(write: impl FnOnce(Sheet) -> W) -> Body
where
    W: Future<Output = Result<(), Cut>> + Send + 'static,
{
    let (sender, pieces) = mpsc::channel(1);
    let writing = tokio::spawn(write(Sheet { unsent: Vec::new(), pieces: sender, follows: false }));
    Body::from_stream(stream::unfold((pieces, Some(writing)), async |(mut pieces, writing)| {
        if let Some(piece) = pieces.recv().await {
            return Some((Ok(piece), (pieces, writing)));
        }
        let cut = why_cut(writing?).await?;
        Some((Err(cut), (pieces, None)))
    }))
}

/// Why it was not written to its end; none: it was.
async fn why_cut(writing: JoinHandle<Result<(), Cut>>) -> Option<std::io::Error> {
    match writing.await {
        Ok(Ok(())) => None,
        Ok(Err(cut)) => {
            tracing::error!(cause = %cut, "an export was cut short");
            Some(std::io::Error::other(cut))
        }
        // It panicked, which is told by itself.
        Err(ended) => Some(std::io::Error::other(ended)),
    }
}

impl Sheet {
    /// Begins an object with these fields, to which lists are added.
    pub(super) async fn object(&mut self, fields: &impl Serialize) -> Result<(), Cut> {
        let mut written = serde_json::to_vec(fields).expect("an answer has only string keys");
        assert_eq!(written.pop(), Some(b'}'), "what an object begins with is an object");
        self.item(&written).await
    }

    /// Ends an object.
    pub(super) fn end_object(&mut self) {
        self.unsent.push(b'}');
        self.follows = true;
    }

    /// Begins a list.
    pub(super) fn list(&mut self, name: &str) {
        self.unsent.extend_from_slice(format!(",\"{name}\":[").as_bytes());
        self.follows = false;
    }

    /// Adds to a list.
    pub(super) async fn add(&mut self, item: &impl Serialize) -> Result<(), Cut> {
        let written = serde_json::to_vec(item).expect("an answer has only string keys");
        self.item(&written).await
    }

    /// Ends a list.
    pub(super) fn end_list(&mut self) {
        self.unsent.push(b']');
    }

    /// Sends the rest.
    pub(super) async fn end(mut self) -> Result<(), Cut> {
        self.unsent.push(b'\n');
        self.send().await
    }

    /// Each item on a line of its own, so that people can read it too.
    async fn item(&mut self, written: &[u8]) -> Result<(), Cut> {
        if self.follows {
            self.unsent.push(b',');
        }
        if !self.unsent.is_empty() {
            self.unsent.push(b'\n');
        }
        self.unsent.extend_from_slice(written);
        self.follows = true;
        if self.unsent.len() < PIECE_BYTES { Ok(()) } else { self.send().await }
    }

    async fn send(&mut self) -> Result<(), Cut> {
        let piece = std::mem::take(&mut self.unsent).into();
        self.pieces.send(piece).await.map_err(|_| Cut::Gone)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;
    use serde_json::{Value, json};

    use super::*;

    #[tokio::test]
    async fn it_is_one_document_however_long_it_is() {
        let people = |count: usize| {
            body(async move |mut sheet: Sheet| {
                sheet.object(&json!({"what": "people"})).await?;
                sheet.list("people");
                for number in 0..count {
                    sheet.object(&json!({"name": "x".repeat(100), "number": number})).await?;
                    sheet.list("none");
                    sheet.end_list();
                    sheet.list("two");
                    sheet.add(&1).await?;
                    sheet.add(&2).await?;
                    sheet.end_list();
                    sheet.end_object();
                }
                sheet.end_list();
                sheet.end_object();
                sheet.end().await
            })
        };
        for count in [0, 1, 2, 1_000] {
            let written = people(count).collect().await.unwrap().to_bytes();
            let read: Value = serde_json::from_slice(&written).unwrap();
            assert_eq!(read["people"].as_array().unwrap().len(), count);
            assert!(
                read["people"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .all(|one| one["none"] == json!([]) && one["two"] == json!([1, 2]))
            );
        }
    }

    #[tokio::test]
    async fn what_is_cut_short_is_not_taken_for_the_whole() {
        let cut = body(async |mut sheet: Sheet| {
            sheet.object(&json!({"what": "people"})).await?;
            Err(Cut::from(StoreError::Unavailable("away".into())))
        });
        assert!(cut.collect().await.is_err());
        let broken = body(async |_: Sheet| panic!("a bug"));
        assert!(broken.collect().await.is_err());
    }
}
