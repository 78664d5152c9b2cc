//! The chat page in headless Chromium, over the deployed template on the local stack.
//!
//! `make browser` runs it and names the stack in the environment. Each test is a user of its own.
#![cfg(test)]

mod back_end;
mod browser;
mod own_product;
mod own_simulator;
mod page;
mod picture;
mod scene;
mod sdk_caller;

mod callers;
mod contrast;
mod conversation;
mod faults;
mod garbage;
mod late_replies;
mod layout;
mod links;
mod mini_programs;
mod overview;
mod replies;
mod restart;
mod traffic;
mod user;
mod windows;
