//! The access network: nodes of members and partners ask, nodes of agencies answer.
