//! The way of every act that a command describes in words: look up what it names, find who signs, and do it.

use super::{
    known::Known,
    signers::{self, Named},
};
use crate::{
    act::{ActSpec, Built},
    acts::{self, Act},
    cli::{Plain, Signing},
    failure::Result,
    private::{self, Private},
    session::Session,
};

/// An act as a command describes it.
pub(super) struct Deed<'a> {
    spec: ActSpec,
    signing: &'a Signing,
    plain: Option<&'a Plain>,
    /// Signers beside those of the flags.
    named: Vec<Named>,
    /// All signers in their order, instead of those that the rules ask for.
    by: Vec<Named>,
}

impl<'a> Deed<'a> {
    pub(super) fn new(spec: ActSpec, signing: &'a Signing) -> Deed<'a> {
        Deed { spec, signing, plain: None, named: Vec::new(), by: Vec::new() }
    }

    /// With private fields, for which the act has a place.
    pub(super) fn with(self, plain: &'a Plain) -> Deed<'a> {
        Deed { plain: Some(plain), ..self }
    }

    /// Signed by these too.
    pub(super) fn and(mut self, named: impl IntoIterator<Item = Named>) -> Deed<'a> {
        self.named.extend(named);
        self
    }

    /// Signed by these and nobody else, if there are any.
    pub(super) fn by(self, by: Vec<Named>) -> Deed<'a> {
        Deed { by, ..self }
    }

    pub(super) fn perform(self, session: &Session) -> Result<u8> {
        let Deed { spec, signing, plain, mut named, by } = self;
        let known = Known::new(session);
        let Built { mut operation, entries } = spec.build(&known)?;
        let private = match plain {
            Some(plain) => private::of_flags(plain)?,
            None => None,
        };
        private::commit(&mut operation, private.as_ref().map(Private::root));
        named.extend(Named::all(&signing.with)?);
        let slots = match by.is_empty() {
            true => signers::of(session, &operation, &named)?,
            false => signers::explicit(session, &by)?,
        };
        let act = Act::new(operation, slots, &signing.life.expires);
        let act = match plain {
            Some(plain) => act.with(private, plain),
            None => act,
        };
        acts::perform(session, known.about(Act { entries, out: signing.out.clone(), ..act }))
    }
}

/// Does what an act says, with the signers of the flags.
pub(super) fn perform(session: &Session, spec: ActSpec, signing: &Signing) -> Result<u8> {
    Deed::new(spec, signing).perform(session)
}
