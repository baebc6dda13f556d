//! Characters that a reader does not see, and sequences that change what is seen.

use unicode_script::{Script, UnicodeScript};

use super::decode;

/// Something in a text that is not seen as it stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hidden {
    /// What it is.
    pub kind: HiddenKind,
    /// Where it starts, in bytes of the text.
    pub start: usize,
    /// Where it ends, in bytes of the text.
    pub end: usize,
    /// How many characters it is.
    pub count: usize,
    /// What it says, where it encodes a text. May hold whatever its author wanted to hide, secrets
    /// included: redact it like any other text before it is shown.
    pub decoded: Option<String>,
}

/// What kind of hiding it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HiddenKind {
    /// Characters of the tag block, U+E0000 to U+E007F, outside of a flag: a second alphabet that
    /// nothing draws and models read.
    Tag,
    /// Variation selectors where there is nothing to vary: each can carry a byte.
    VariationSelector,
    /// Characters that change the direction of text (Trojan Source, CVE-2021-42574).
    Bidi,
    /// An escape sequence of a terminal (ECMA-48): colours, cursor, titles, links, clipboard.
    TerminalEscape,
    /// Characters without width: U+200B, U+2060, U+FEFF, joiners that join nothing, and the like.
    ZeroWidth,
    /// Characters that are drawn as nothing or as a blank but count as letters or signs.
    Filler,
    /// Control characters of ASCII other than tab and line ends.
    Control,
    /// Control characters U+0080 to U+009F, mostly the result of a wrong decoding.
    C1Control,
}

impl HiddenKind {
    /// Every kind.
    pub const ALL: &'static [Self] = &[
        Self::Tag,
        Self::VariationSelector,
        Self::Bidi,
        Self::TerminalEscape,
        Self::ZeroWidth,
        Self::Filler,
        Self::Control,
        Self::C1Control,
    ];

    /// The word for it in rules and reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::VariationSelector => "variation-selector",
            Self::Bidi => "bidi-control",
            Self::TerminalEscape => "terminal-escape",
            Self::ZeroWidth => "zero-width",
            Self::Filler => "filler",
            Self::Control => "control",
            Self::C1Control => "c1-control",
        }
    }
}

/// What a text is for, which decides what is ordinary in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Something that is compared and not read: a name, a command, an argument, an address. Line
    /// ends, soft hyphens and blanks other than the space have no place in it.
    Name,
    /// Text for people in any language.
    Prose,
}

/// What is hidden in the text, in the order it stands there.
///
/// Ordinary text of every script gives nothing: emoji with joiners and presentation selectors,
/// keycaps, flags of regions and of their parts, joiners in Persian and in the scripts of India,
/// marks of direction in Hebrew and Arabic text, breaks in Thai and Khmer, soft hyphens in prose.
#[must_use]
pub fn hidden(text: &str, role: Role) -> Vec<Hidden> {
    let plain = |byte: u8| matches!(byte, b' '..=b'~') || role == Role::Prose && is_blank(byte);
    if text.bytes().all(plain) {
        return Vec::new();
    }
    Reader::new(text, role).read()
}

const fn is_blank(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\r')
}

struct Reader<'t> {
    text: &'t str,
    role: Role,
    characters: Vec<(usize, char)>,
    /// The text has letters that are written from right to left.
    right_to_left: bool,
    /// Embeddings and isolates are closed in the order they were opened.
    balanced: bool,
    found: Vec<Hidden>,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str, role: Role) -> Self {
        let characters: Vec<(usize, char)> = text.char_indices().collect();
        let right_to_left = characters.iter().any(|(_, c)| is_right_to_left(*c));
        let balanced = is_balanced(characters.iter().map(|(_, c)| *c));
        Self { text, role, characters, right_to_left, balanced, found: Vec::new() }
    }

    fn at(&self, place: usize) -> Option<char> {
        self.characters.get(place).map(|(_, c)| *c)
    }

    fn before(&self, place: usize) -> Option<char> {
        self.at(place.checked_sub(1)?)
    }

    /// The byte at which the character at this place starts; the end of the text past the last.
    fn byte(&self, place: usize) -> usize {
        self.characters.get(place).map_or(self.text.len(), |(at, _)| *at)
    }

    fn read(mut self) -> Vec<Hidden> {
        let mut place = 0;
        while let Some(c) = self.at(place) {
            place = match c {
                '\u{1f3f4}' => self.flag(place),
                '\u{1b}' | '\u{90}' | '\u{9b}' | '\u{9d}' => self.escape(place),
                _ => self.single(place, c),
            };
        }
        let text = self.text;
        for run in &mut self.found {
            let characters = text.get(run.start..run.end).unwrap_or_default().chars();
            run.decoded = match run.kind {
                HiddenKind::Tag => decode::tags(characters),
                HiddenKind::VariationSelector => decode::variation_selectors(characters),
                HiddenKind::ZeroWidth => decode::bits(characters),
                HiddenKind::TerminalEscape => decode::command_string(characters),
                _ => None,
            };
        }
        self.found
    }

    /// A black flag, and the tags behind it that name a part of a region; returns where to go on.
    fn flag(&self, place: usize) -> usize {
        let tags = self.characters.iter().skip(place + 1).take_while(|(_, c)| is_tag(*c)).count();
        let ends = self.at(place + tags) == Some('\u{e007f}');
        // Three to six letters and digits of ISO 3166-2, and the end.
        if ends && (4..=7).contains(&tags) { place + tags + 1 } else { place + 1 }
    }

    /// An escape sequence; returns where to go on.
    fn escape(&mut self, place: usize) -> usize {
        let end = self.escape_end(place);
        let kind = match (self.at(place), end) {
            (_, Some(_)) => HiddenKind::TerminalEscape,
            (Some('\u{1b}'), None) => HiddenKind::Control,
            _ => HiddenKind::C1Control,
        };
        let end = end.unwrap_or(place + 1);
        self.found.push(Hidden {
            kind,
            start: self.byte(place),
            end: self.byte(end),
            count: end - place,
            decoded: None,
        });
        end
    }

    /// Where an escape sequence ends, if a whole one stands here.
    fn escape_end(&self, place: usize) -> Option<usize> {
        let (introducer, body) = match (self.at(place)?, self.at(place + 1)) {
            ('\u{1b}', Some(second)) => (second, place + 2),
            ('\u{9b}', _) => ('[', place + 1),
            ('\u{9d}', _) => (']', place + 1),
            ('\u{90}', _) => ('P', place + 1),
            _ => return None,
        };
        let rest = || self.characters.iter().enumerate().skip(body);
        match introducer {
            '[' => {
                let (end, (_, last)) = rest().find(|(_, (_, c))| !matches!(c, ' '..='?'))?;
                matches!(last, '@'..='~').then_some(end + 1)
            }
            // A string ends with BEL or ST; no other control character is part of it.
            ']' | 'P' | '^' | '_' | 'X' => {
                let (end, (_, last)) = rest().find(|(_, (_, c))| c.is_control())?;
                match last {
                    '\u{1b}' if self.at(end + 1) == Some('\\') => Some(end + 2),
                    '\u{1b}' | '\u{7}' | '\u{9c}' => Some(end + 1),
                    _ => None,
                }
            }
            ' '..='/' => {
                let (end, (_, last)) = rest().find(|(_, (_, c))| !matches!(c, ' '..='/'))?;
                matches!(last, '0'..='~').then_some(end + 1)
            }
            '0'..='~' => Some(body),
            _ => None,
        }
    }

    fn single(&mut self, place: usize, c: char) -> usize {
        if let Some(kind) = self.judge(place, c) {
            let (start, end) = (self.byte(place), self.byte(place + 1));
            match self.found.last_mut() {
                Some(last) if last.kind == kind && last.end == start => {
                    last.end = end;
                    last.count += 1;
                }
                _ => self.found.push(Hidden { kind, start, end, count: 1, decoded: None }),
            }
        }
        place + 1
    }

    fn judge(&self, place: usize, c: char) -> Option<HiddenKind> {
        let name = self.role == Role::Name;
        match c {
            '\t' | '\n' | '\r' => name.then_some(HiddenKind::Control),
            '\0'..='\u{1f}' | '\u{7f}' => Some(HiddenKind::Control),
            ' '..='~' => None,
            // NEL is a line end.
            '\u{85}' => name.then_some(HiddenKind::C1Control),
            '\u{80}'..='\u{9f}' => Some(HiddenKind::C1Control),
            '\u{ad}' => name.then_some(HiddenKind::ZeroWidth),
            '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}' => {
                name.then_some(HiddenKind::Filler)
            }
            '\u{2028}' | '\u{2029}' => name.then_some(HiddenKind::Control),
            '\u{200e}' | '\u{200f}' | '\u{61c}' => {
                (name || !self.right_to_left).then_some(HiddenKind::Bidi)
            }
            '\u{202d}' | '\u{202e}' => Some(HiddenKind::Bidi),
            '\u{202a}'..='\u{202c}' | '\u{2066}'..='\u{2069}' => {
                let natural = !name && self.right_to_left && self.balanced;
                (!natural).then_some(HiddenKind::Bidi)
            }
            '\u{200c}' | '\u{200d}' => (!self.joins(place, c)).then_some(HiddenKind::ZeroWidth),
            '\u{200b}' => (!self.breaks(place)).then_some(HiddenKind::ZeroWidth),
            '\u{34f}' => {
                let after_letter = self.before(place).is_some_and(|c| !c.is_ascii());
                (name || !after_letter).then_some(HiddenKind::ZeroWidth)
            }
            '\u{2060}'..='\u{2065}'
            | '\u{206a}'..='\u{206f}'
            | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}'
            | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' => Some(HiddenKind::ZeroWidth),
            '\u{17b4}' | '\u{17b5}' => (!self.beside(place, |c| c.script() == Script::Khmer))
                .then_some(HiddenKind::ZeroWidth),
            '\u{180b}'..='\u{180f}' => (!self.beside(place, |c| c.script() == Script::Mongolian))
                .then_some(HiddenKind::ZeroWidth),
            '\u{115f}' | '\u{1160}' => {
                let jamo = |c: char| matches!(c, '\u{1100}'..='\u{11ff}');
                (!self.beside(place, jamo)).then_some(HiddenKind::Filler)
            }
            '\u{3164}' | '\u{ffa0}' | '\u{1d159}' => Some(HiddenKind::Filler),
            '\u{2800}' => {
                let braille = |c: char| matches!(c, '\u{2801}'..='\u{28ff}');
                (name || !self.near(place, braille)).then_some(HiddenKind::Filler)
            }
            '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}' => {
                (!self.varies(place, c)).then_some(HiddenKind::VariationSelector)
            }
            '\u{e0000}'..='\u{e007f}' => Some(HiddenKind::Tag),
            '\u{e0080}'..='\u{e00ff}' | '\u{e01f0}'..='\u{e0fff}' => Some(HiddenKind::ZeroWidth),
            _ => None,
        }
    }

    /// Whether the character before or behind satisfies the test.
    fn beside(&self, place: usize, test: impl Fn(char) -> bool) -> bool {
        self.before(place).is_some_and(&test) || self.at(place + 1).is_some_and(&test)
    }

    /// Whether one of the few characters around satisfies the test.
    fn near(&self, place: usize, test: impl Fn(char) -> bool) -> bool {
        (place.saturating_sub(8)..place + 9).filter_map(|at| self.at(at)).any(test)
    }

    /// Whether a joiner or non-joiner stands where scripts or emoji have use for one.
    fn joins(&self, place: usize, c: char) -> bool {
        let (Some(before), after) = (self.before(place), self.at(place + 1)) else { return false };
        let emoji = c == '\u{200d}'
            && (is_pictograph(before) || is_emoji_part(before))
            && after.is_some_and(is_pictograph);
        emoji || has_joining_forms(before) && after.is_none_or(|after| !is_invisible(after))
    }

    /// Whether a break without width stands between letters of a script without spaces.
    fn breaks(&self, place: usize) -> bool {
        let alone = !self.beside(place, is_invisible);
        self.role == Role::Prose && alone && self.beside(place, has_no_spaces)
    }

    /// Whether a variation selector stands behind something that has variants.
    fn varies(&self, place: usize, c: char) -> bool {
        let Some(base) = self.before(place) else { return false };
        // A run of them says something else than how to draw one sign.
        if self.beside(place, is_variation_selector) {
            return false;
        }
        match c {
            '\u{e0100}'..='\u{e01ef}' => base.script() == Script::Han,
            _ => {
                base.is_ascii_digit()
                    || matches!(base, '#' | '*')
                    || !base.is_ascii() && !is_invisible(base)
            }
        }
    }
}

const fn is_tag(c: char) -> bool {
    matches!(c, '\u{e0020}'..='\u{e007f}')
}

const fn is_variation_selector(c: char) -> bool {
    matches!(c, '\u{fe00}'..='\u{fe0f}' | '\u{e0100}'..='\u{e01ef}')
}

const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200d}' | '\u{2060}'..='\u{2065}' | '\u{feff}')
        || is_variation_selector(c)
}

/// Letters of the scripts that are written from right to left.
fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
        && c != '\u{61c}'
}

/// Whether each embedding and isolate ends, in order (UAX 9).
fn is_balanced(characters: impl Iterator<Item = char>) -> bool {
    let mut open = Vec::new();
    for c in characters {
        let closes = match c {
            '\u{202a}' | '\u{202b}' | '\u{202d}' | '\u{202e}' => {
                open.push('\u{202c}');
                continue;
            }
            '\u{2066}'..='\u{2068}' => {
                open.push('\u{2069}');
                continue;
            }
            '\u{202c}' | '\u{2069}' => c,
            _ => continue,
        };
        if open.pop() != Some(closes) {
            return false;
        }
    }
    open.is_empty()
}

/// Signs that emoji sequences are made of (UTS 51): pictographs, of which the ranges below are the
/// ones that sequences with joiners use.
const fn is_pictograph(c: char) -> bool {
    matches!(c,
        '\u{1f000}'..='\u{1faff}' | '\u{2190}'..='\u{21ff}' | '\u{2300}'..='\u{27bf}' | '\u{2900}'..='\u{297f}' | '\u{2b00}'..='\u{2bff}'
        | '\u{a9}' | '\u{ae}' | '\u{203c}' | '\u{2049}' | '\u{2122}' | '\u{2139}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}')
}

/// What may stand between a pictograph and a joiner: a presentation selector, a keycap.
const fn is_emoji_part(c: char) -> bool {
    matches!(c, '\u{fe0f}' | '\u{20e3}')
}

/// Scripts in which joiner and non-joiner choose between forms of letters.
fn has_joining_forms(c: char) -> bool {
    matches!(
        c.script(),
        Script::Adlam
            | Script::Arabic
            | Script::Balinese
            | Script::Bengali
            | Script::Chakma
            | Script::Devanagari
            | Script::Grantha
            | Script::Gujarati
            | Script::Gurmukhi
            | Script::Hanifi_Rohingya
            | Script::Javanese
            | Script::Kannada
            | Script::Khmer
            | Script::Lao
            | Script::Malayalam
            | Script::Mandaic
            | Script::Manichaean
            | Script::Meetei_Mayek
            | Script::Mongolian
            | Script::Myanmar
            | Script::Newa
            | Script::Nko
            | Script::Oriya
            | Script::Phags_Pa
            | Script::Sinhala
            | Script::Syriac
            | Script::Tamil
            | Script::Telugu
            | Script::Thai
            | Script::Tibetan
            | Script::Tirhuta
    ) || matches!(c, '\u{300}'..='\u{36f}' | '\u{64b}'..='\u{65f}')
}

/// Scripts that do not put spaces between words.
fn has_no_spaces(c: char) -> bool {
    matches!(
        c.script(),
        Script::Balinese
            | Script::Bopomofo
            | Script::Han
            | Script::Hiragana
            | Script::Javanese
            | Script::Katakana
            | Script::Khmer
            | Script::Lao
            | Script::Myanmar
            | Script::Tai_Le
            | Script::Thai
            | Script::Tibetan
    )
}
