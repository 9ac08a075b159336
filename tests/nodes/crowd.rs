//! Many people who sign up over many connections to all nodes. Whoever gets no answer asks again elsewhere, with the same
//! key, as people do.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use headcount::client::{Address, Connection};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::process::{Server, Told, told};
use crate::site::sign_up;

/// As many connections to each of three nodes.
const CONNECTIONS: usize = 24;
/// After this long without an answer to anybody there will be none.
const PATIENCE: Duration = Duration::from_secs(60);

/// Who is coming.
pub(crate) struct Crowd {
    visitors: JoinSet<()>,
    shared: Arc<Shared>,
}

struct Shared {
    event: String,
    people: Range<usize>,
    next: AtomicUsize,
    /// Where nodes are at this moment.
    nodes: watch::Sender<Vec<Address>>,
    answers: watch::Sender<BTreeMap<usize, Told>>,
    asked_again: Mutex<Vec<usize>>,
}

/// What everybody was told.
pub(crate) struct Answers {
    event: String,
    told: BTreeMap<usize, Told>,
    /// How many had to ask more than once.
    pub(crate) asked_again: usize,
}

impl Crowd {
    /// These people begin to come.
    pub(crate) fn of(people: Range<usize>, event: &str, nodes: &[Server]) -> Crowd {
        let shared = Shared {
            event: event.to_owned(),
            next: AtomicUsize::new(people.start),
            people,
            nodes: watch::Sender::default(),
            answers: watch::Sender::default(),
            asked_again: Mutex::default(),
        };
        let mut crowd = Crowd { visitors: JoinSet::new(), shared: Arc::new(shared) };
        crowd.nodes_are(nodes);
        for number in 0..CONNECTIONS {
            crowd.visitors.spawn(Arc::clone(&crowd.shared).come(number));
        }
        crowd
    }

    /// From now on whoever looks for a node finds these.
    pub(crate) fn nodes_are(&self, nodes: &[Server]) {
        self.shared.nodes.send_replace(nodes.iter().map(|node| node.address.clone()).collect());
    }

    /// Resolves when so many have been answered; how many that are by then.
    pub(crate) async fn answered(&self, count: usize) -> usize {
        let mut answers = self.shared.answers.subscribe();
        loop {
            let so_far = answers.borrow_and_update().len();
            if so_far >= count {
                return so_far;
            }
            let one_more = tokio::time::timeout(PATIENCE, answers.changed()).await;
            one_more.unwrap_or_else(|_| panic!("{so_far} are answered, and nobody else is")).unwrap();
        }
    }

    /// Everybody's answer, once all have one.
    pub(crate) async fn all(self) -> Answers {
        self.answered(self.shared.people.len()).await;
        self.visitors.join_all().await;
        let Shared { event, answers, asked_again, .. } = Arc::into_inner(self.shared).unwrap();
        let (told, asked_again) = (answers.borrow().clone(), asked_again.into_inner().unwrap().len());
        Answers { event, told, asked_again }
    }
}

impl Shared {
    /// One connection for one person after the other.
    async fn come(self: Arc<Self>, number: usize) {
        let (mut connection, mut turn) = (None, number);
        loop {
            let person = self.next.fetch_add(1, Ordering::SeqCst);
            if !self.people.contains(&person) {
                return;
            }
            let mut asks = 0;
            let told = loop {
                let Some(open) = &mut connection else {
                    connection = Some(self.find(&mut turn).await);
                    continue;
                };
                asks += 1;
                match told(open, sign_up(&self.event, person)).await {
                    Some(told) if told.0 != 503 => break told,
                    _ => connection = None,
                }
            };
            if asks > 1 {
                self.asked_again.lock().unwrap().push(person);
            }
            self.answers.send_modify(|answers| drop(answers.insert(person, told)));
        }
    }

    /// A connection to one of the nodes, in turn.
    async fn find(&self, turn: &mut usize) -> Connection {
        let mut nodes = self.nodes.subscribe();
        loop {
            let known = nodes.borrow_and_update().clone();
            for _ in &known {
                *turn += 1;
                if let Ok(connection) = Connection::open(&known[*turn % known.len()]).await {
                    return connection;
                }
            }
            nodes.changed().await.unwrap();
        }
    }
}

impl Answers {
    /// How many were told this: a status, and with it what the answer says under a name.
    pub(crate) fn count(&self, status: u16, name: &str, word: &str) -> usize {
        self.told.values().filter(|(told, body)| *told == status && body[name] == word).count()
    }

    /// Everybody asks again, now at this node: all are told the same as before.
    pub(crate) async fn are_the_same_at(&self, node: &Server) {
        let mut connection = node.connect().await;
        for (person, first) in &self.told {
            let again = told(&mut connection, sign_up(&self.event, *person)).await.unwrap();
            assert_eq!(*first, again, "person {person}");
        }
    }
}
