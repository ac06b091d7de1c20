//! What the window looks at, and the pictures made of it. Pure: moments come in as arguments.
//!
//! The tree and the way one window looks at it (expansion, filter, selection, rows on screen) stand
//! here together, so that the actor only moves messages.

use wiretree_model::{Message, Topic, TopicFilter};
use wiretree_store::TopicState;
use wiretree_tree::{Filter, Limits, NodeId, Outlook, Step, Tree, Update, View, Window};

use crate::Selection;
use crate::history_mark::HistoryMark;

/// Something a person did to the window.
#[derive(Clone, Debug)]
pub enum Gesture {
    /// The rows on screen, the ones just outside included.
    SetWindow {
        /// Index of the first.
        first: usize,
        /// How many.
        count: usize,
    },
    /// A twisty was clicked.
    SetExpanded(NodeId, bool),
    /// A row was clicked; none: the selection was given up.
    Select(Option<NodeId>),
    /// A key moved the selection.
    Step(Step),
    /// A topic is to be selected wherever it is, and its ancestors opened.
    Reveal(Topic),
    /// The broker has acknowledged that it keeps a retained message for a topic, or none any more.
    MarkRetained(Topic, bool),
    /// Only matching topics are to be shown.
    SetFilter {
        /// Part of the name, whatever the case.
        text: Option<String>,
        /// An MQTT topic filter.
        topic_filter: Option<TopicFilter>,
        /// Only topics whose last message was retained.
        retained_only: bool,
    },
}

/// The most rows a window may ask for: a frame stays below 64 KB.
const MOST_ROWS: usize = 160;

pub(crate) struct Picture {
    tree: Tree,
    view: View,
    first: usize,
    count: usize,
    history: HistoryMark,
    /// The count of the selected topic that was last given.
    counted: u64,
}

impl Picture {
    pub(crate) fn new(limits: Limits, seed: u64) -> Self {
        Self {
            tree: Tree::new(limits, seed),
            view: View::new(),
            first: 0,
            count: 0,
            history: HistoryMark::default(),
            counted: 0,
        }
    }

    /// Takes a batch in.
    pub(crate) fn apply(&mut self, batch: &[Message]) {
        self.tree.apply(batch.iter().map(|message| Update {
            topic: &message.publish.topic,
            payload: &message.publish.payload,
            retain: message.publish.retain,
            received_at: message.received_at,
        }));
    }

    /// Takes topics in that are known from history.
    pub(crate) fn seed(&mut self, topics: &[Topic]) {
        for topic in topics {
            self.tree.seed(topic);
        }
    }

    /// Takes a topic in as it was at some moment, and gives its node.
    pub(crate) fn seed_as(&mut self, state: &TopicState) -> Option<NodeId> {
        self.tree.seed_as(&state.topic, state.messages, state.retained)
    }

    /// What is open and selected.
    pub(crate) fn outlook(&self) -> Outlook {
        self.view.outlook(&self.tree)
    }

    /// Opens and selects the same as another picture.
    pub(crate) fn look_as(&mut self, outlook: &Outlook) {
        self.view.look_as(&self.tree, outlook);
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Does what a person did.
    pub(crate) fn look(&mut self, gesture: Gesture) {
        match gesture {
            Gesture::SetWindow { first, count } => {
                self.first = first;
                self.count = count.min(MOST_ROWS);
            }
            Gesture::SetExpanded(node, expanded) => {
                if self.knows(node) {
                    self.view.set_expanded(&self.tree, node, expanded);
                }
            }
            Gesture::Select(node) => self.view.select(node.filter(|node| self.knows(*node))),
            Gesture::Step(step) => {
                self.view.step(&mut self.tree, step);
            }
            Gesture::Reveal(topic) => {
                if let Some(node) = self.tree.find(&topic) {
                    self.view.reveal(&self.tree, node);
                    self.view.select(Some(node));
                }
            }
            Gesture::MarkRetained(topic, is_kept) => {
                if let Some(node) = self.tree.find(&topic) {
                    self.tree.mark_retained(node, is_kept);
                }
            }
            Gesture::SetFilter { text, topic_filter, retained_only } => {
                self.view.set_filter(&self.tree, Filter { text, topic_filter, retained_only });
            }
        }
    }

    /// A number that the tree never gave is answered like a click beside the rows.
    fn knows(&self, node: NodeId) -> bool {
        self.tree.topic(node).is_some()
    }

    /// Whether the rows on screen, or the selected topic beside them, would look different now.
    pub(crate) fn changed(&mut self) -> bool {
        self.view.changed(&mut self.tree, self.first, self.count) || self.selected_grew()
    }

    fn selected_grew(&mut self) -> bool {
        let about = self.view.selected().and_then(|node| self.tree.about(node));
        about.is_some_and(|about| about.messages != self.counted)
    }

    /// The rows on screen.
    pub(crate) fn window(&mut self) -> Window {
        self.view.window(&mut self.tree, self.first, self.count)
    }

    /// The beginning or the end of a gap is on the disk: it stands in every topic's history.
    pub(crate) fn note_gap(&mut self) {
        self.history.note_gap();
    }

    /// Whether the next look at the selection will find its history grown.
    pub(crate) fn awaits(&self, committed: u64) -> bool {
        self.history.awaits(committed)
    }

    /// The selected topic. `received` is the newest sequence number, `committed` the newest that
    /// is on the disk.
    pub(crate) fn selection(&mut self, received: u64, committed: u64) -> Option<Selection> {
        let node = self.view.selected()?;
        let row = self.view.selected_row(&mut self.tree);
        let about = self.tree.about(node)?;
        let messages = about.messages;
        self.counted = messages;
        let history_revision = self.history.look(node, messages, received, committed);
        Some(Selection {
            node,
            row,
            topic: self.tree.topic(node)?,
            is_topic: about.is_topic,
            has_children: about.has_children,
            retained: about.retained,
            messages,
            history_revision,
        })
    }
}
