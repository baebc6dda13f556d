//! Collections between brackets, their elements parted by commas: JSON, the flow style of YAML,
//! arrays and inline tables of TOML.

use super::layout::Layout;
use super::{Edit, Refusal};
use crate::problem::Span;

/// A bracketed collection.
pub(super) struct Flow<'l, 'd> {
    layout: &'l Layout<'d>,
    /// Behind the opening bracket.
    open: usize,
    /// Before the closing one.
    close: usize,
    elements: Vec<Element>,
}

/// From the first to the last byte of a value, or of a key and its value.
struct Element {
    start: usize,
    end: usize,
    /// Where the comma behind it stands; the last one may have none.
    comma: Option<usize>,
}

impl Element {
    /// Behind its comma, or behind itself.
    fn behind(&self) -> usize {
        self.comma.map_or(self.end, |comma| comma + 1)
    }
}

/// How a new element is laid out.
#[derive(Clone, Debug)]
pub(super) enum Place {
    /// In a line of its own, indented like this.
    Line(String),
    /// Among others.
    Inline,
}

impl<'l, 'd> Flow<'l, 'd> {
    /// The collection at `span` with elements that end and begin no earlier than these.
    pub(super) fn of(
        layout: &'l Layout<'d>,
        span: Span,
        children: &[Span],
    ) -> Result<Self, Refusal> {
        let mut flow = Self {
            layout,
            open: span.start + 1,
            close: span.end.saturating_sub(1),
            elements: Vec::with_capacity(children.len()),
        };
        let mut from = flow.open;
        for (index, child) in children.iter().enumerate() {
            let next = children.get(index + 1).map_or(flow.close, |next| next.start);
            if child.start < from || child.end < child.start || next < child.end {
                return Err(Refusal::Shared);
            }
            // A tag or an anchor of YAML belongs to the element but not to its span.
            let start = layout.skip(from, child.start.max(from));
            let comma = layout.find(',', child.end, next);
            if comma.is_none() && index + 1 < children.len() {
                return Err(Refusal::Shared);
            }
            from = comma.map_or(child.end, |comma| comma + 1);
            flow.elements.push(Element { start, end: child.end, comma });
        }
        Ok(flow)
    }

    /// Takes an element out, and the lines that it has for itself.
    pub(super) fn remove(&self, index: usize) -> Result<Vec<Edit>, Refusal> {
        let layout = self.layout;
        let this = self.elements.get(index).ok_or(Refusal::NotThere)?;
        let before = index.checked_sub(1).and_then(|before| self.elements.get(before));
        let next = self.elements.get(index + 1);
        let behind = this.behind();
        let tail = layout.tail(behind);
        let alone = layout.begins_line(this.start) && layout.ends_line(tail);
        let itself = match alone {
            true => Span::new(layout.line_start(this.start), layout.next_line(tail)),
            false => Span::new(this.start, behind),
        };
        let cut = |start, end| Edit::remove(Span::new(start, end));
        Ok(match (before.and_then(|before| before.comma), next, this.comma) {
            _ if self.elements.len() == 1 => {
                let comments = layout.has_comment(self.open, self.close);
                vec![if comments { Edit::remove(itself) } else { cut(self.open, self.close) }]
            }
            (_, _, Some(_)) if alone => vec![Edit::remove(itself)],
            (_, Some(next), Some(_)) => {
                let commented = layout.has_comment(behind, next.start);
                vec![if commented { Edit::remove(itself) } else { cut(this.start, next.start) }]
            }
            (Some(comma), None, Some(_)) if !layout.has_comment(comma, this.start) => {
                vec![cut(comma + 1, behind)]
            }
            (Some(comma), None, None) if !layout.has_comment(comma, this.start) => {
                vec![cut(comma, if alone { tail } else { this.end })]
            }
            (Some(comma), None, None) => vec![cut(comma, comma + 1), Edit::remove(itself)],
            _ => vec![Edit::remove(itself)],
        })
    }

    /// Where a new element of that index goes. An empty collection gets lines if `lines` is the
    /// indentation for them.
    pub(super) fn place(&self, index: usize, lines: Option<&str>) -> Place {
        let neighbour = self.elements.get(index).or(self.elements.last());
        match (neighbour, lines) {
            (Some(other), _) if self.layout.begins_line(other.start) => {
                Place::Line(self.layout.indent(other.start).to_owned())
            }
            (None, Some(indent)) => Place::Line(indent.to_owned()),
            _ => Place::Inline,
        }
    }

    /// Puts a new element before that of the index, or behind the last.
    pub(super) fn insert(&self, index: usize, text: &str, place: &Place) -> Vec<Edit> {
        let layout = self.layout;
        let newline = layout.newline;
        let insert = |at, text: String| vec![Edit::new(Span::new(at, at), text)];
        if let Some(next) = self.elements.get(index) {
            return insert(
                next.start,
                match place {
                    Place::Line(indent) => format!("{text},{newline}{indent}"),
                    Place::Inline => format!("{text},{}", self.space()),
                },
            );
        }
        let Some(last) = self.elements.last() else { return self.fill(text, place) };
        let behind = last.behind();
        match (place, last.comma) {
            (Place::Line(indent), Some(_)) => {
                insert(layout.tail(behind), format!("{newline}{indent}{text},"))
            }
            (Place::Line(indent), None) => {
                let line = format!("{newline}{indent}{text}");
                match layout.tail(behind) {
                    tail if tail == behind => insert(behind, format!(",{line}")),
                    tail => vec![
                        Edit::new(Span::new(behind, behind), ",".to_owned()),
                        Edit::new(Span::new(tail, tail), line),
                    ],
                }
            }
            (Place::Inline, Some(_)) => insert(behind, format!("{}{text},", self.space())),
            (Place::Inline, None) => insert(behind, format!(",{}{text}", self.space())),
        }
    }

    /// The first element.
    fn fill(&self, text: &str, place: &Place) -> Vec<Edit> {
        let layout = self.layout;
        let newline = layout.newline;
        let inner = Span::new(self.open, self.close);
        if layout.has_comment(self.open, self.close) {
            let (at, text) = match place {
                Place::Line(indent) if layout.begins_line(self.close) => {
                    (layout.line_start(self.close), format!("{indent}{text}{newline}"))
                }
                _ => (self.close, format!(" {text} ")),
            };
            return vec![Edit::new(Span::new(at, at), text)];
        }
        let outer = layout.indent(self.open);
        vec![match place {
            Place::Line(indent) => {
                Edit::new(inner, format!("{newline}{indent}{text}{newline}{outer}"))
            }
            Place::Inline => Edit::new(inner, text.to_owned()),
        }]
    }

    /// What parts an element from the comma before it.
    fn space(&self) -> &'static str {
        match self.elements.first().and_then(|first| first.comma).zip(self.elements.get(1)) {
            Some((comma, second)) if comma + 1 == second.start => "",
            _ => " ",
        }
    }
}
