//! What the networks of Hufu share: the door, the keys of peers, and when to dial again.
