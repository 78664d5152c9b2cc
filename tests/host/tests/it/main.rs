//! The host's own behaviour, and the product's functions on it.
//!
//! `make host` runs it: it needs the functions as `make build` leaves them, and DynamoDB Local.
#![cfg(test)]

mod aws_clients;
mod calls;
mod handlers;
mod kept;
mod scripted;
mod stack;
mod wechat;

mod api_gateway;
mod asynchronous;
mod crashes;
mod failures;
mod late;
mod late_crashes;
mod lost_answers;
mod mini_programs;
mod out_of_reach;
mod parked_twice;
mod payments;
mod points;
mod product;
mod queues;
mod runtime;
mod schedule;
mod sdk_gateway;
mod secrets;
mod starts;
mod stragglers;
mod take_overs;
