//! Which identifiers must and which may not stand together (General Specifications 4.13 and 4.14).
use super::{Element, Elements, value};
use crate::CodeError;
use crate::ai::{Content, is_like};

/// Keys that name a class without their last part, and a single thing with it: document, coupon, returnable asset.
const SERIALISED: &[&str] = &["253", "255", "8003"];

impl Elements {
    /// Checks what one label, or all symbols on one thing together, must be: every identifier has the others that it
    /// needs beside it and none that it excludes, a digital signature stands with the key of a single thing, and the
    /// origin is a country. The same identifier with two values is refused before, by [`Elements::push`].
    ///
    /// Errors: [`CodeError::AiExcluded`], [`CodeError::AiMissing`], [`CodeError::SerialMissing`],
    /// [`CodeError::ElementUnlisted`].
    pub fn check(&self) -> Result<(), CodeError> {
        for element in self.iter() {
            self.check_excluded(element)?;
            self.check_required(element)?;
            self.check_signed(element)?;
            if element.rule().content == Content::Origin {
                value::linters(element.rule(), element.ai(), element.value())?;
            }
        }
        Ok(())
    }

    fn check_excluded(&self, element: &Element) -> Result<(), CodeError> {
        let patterns = element.rule().excludes;
        // An identifier does not exclude itself, though a pattern may cover it.
        let is_excluded = |other: &&Element| {
            other.ai() != element.ai() && patterns.iter().any(|pattern| is_like(other.ai(), pattern))
        };
        match self.iter().find(is_excluded) {
            Some(other) => {
                let (ai, other) = (element.ai().to_owned(), other.ai().to_owned());
                Err(CodeError::AiExcluded { ai, input: self.to_bracketed(), other })
            }
            None => Ok(()),
        }
    }

    fn check_required(&self, element: &Element) -> Result<(), CodeError> {
        let groups = element.rule().requires;
        let stands = |pattern: &&str| self.iter().any(|other| is_like(other.ai(), pattern));
        if groups.is_empty() || groups.iter().any(|group| group.iter().all(stands)) {
            return Ok(());
        }
        let expected: Vec<String> = groups.iter().map(|group| group.join("+")).collect();
        let (ai, expected) = (element.ai().to_owned(), expected.join(", "));
        Err(CodeError::AiMissing { ai, input: self.to_bracketed(), expected })
    }

    /// A signature, AI (8030), is of a single thing.
    fn check_signed(&self, element: &Element) -> Result<(), CodeError> {
        let is_class = SERIALISED.contains(&element.ai()) && element.value().len() == element.rule().min_length();
        if is_class && self.get("8030").is_some() {
            return Err(CodeError::SerialMissing { ai: element.ai().to_owned(), input: self.to_bracketed() });
        }
        Ok(())
    }
}
