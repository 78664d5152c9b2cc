//! Models of the protocols whose rules a test of the running system cannot prove, because the rules must hold in every
//! order of events. A model checker visits every state that a model can reach. Each model is a module of its own.

pub mod reply;
pub mod token;
pub mod window;
